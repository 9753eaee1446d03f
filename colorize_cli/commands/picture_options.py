"""The options of every command that colours pictures, and the values that they become."""

from functools import partial
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

import typer

from colorize_cli.commands.grouped_help import COMMON, COMPUTING, FILES, TELLING

if TYPE_CHECKING:
    from colorize_cli.commands.run_choices import EngineChoice, Finish

common_option: Final = partial(typer.Option, rich_help_panel=COMMON)
files_option: Final = partial(typer.Option, rich_help_panel=FILES)
pictures_option: Final = partial(typer.Option, rich_help_panel="Pictures")
engine_option: Final = partial(typer.Option, rich_help_panel=COMPUTING)
telling_option: Final = partial(typer.Option, rich_help_panel=TELLING)

MOST_MEGAPIXELS: Final = 1e12
"""More than any disk holds."""


def finite(value: float | None) -> float | None:
    """Return an option's number as it is; raise typer.BadParameter for one that is none."""
    # A range lets what is no number pass.
    if value is not None and not isfinite(value):
        raise typer.BadParameter(f"{value} is not a finite number")
    return value


FormatName: TypeAlias = Annotated[
    str | None,
    files_option(
        "--format",
        metavar="FORMAT",
        help="png, tiff, webp, jpeg or gif; default: the suffix of -o, else tiff for TIFF "
        "and png for all else.",
    ),
]
NameTemplate: TypeAlias = Annotated[
    str | None,
    files_option(
        metavar="TEMPLATE",
        help="Names in --output-dir, of {stem}, {name}, {ext}; default: '{stem}{ext}'.",
    ),
]
Strength: TypeAlias = Annotated[
    float,
    common_option(
        min=0,
        max=2,
        metavar="X",
        callback=finite,
        help="Less or more colour: 0 is gray, 1 the model's.",
    ),
]
Size: TypeAlias = Annotated[
    int | None,
    pictures_option(
        min=16,
        max=4096,
        metavar="PIXELS",
        help="The longer side that the network sees; default: that of its training.",
    ),
]
Quality: TypeAlias = Annotated[
    Literal["standard", "best"],
    pictures_option(help="Best asks the network about the mirror image as well: twice the time."),
]
Reference: TypeAlias = Annotated[
    str | None,
    pictures_option(metavar="PHOTO", help="Take over the palette of another photo."),
]
IsOnlyGray: TypeAlias = Annotated[
    bool, pictures_option("--only-gray", help="Skip pictures that have colours already.")
]
IsStripped: TypeAlias = Annotated[
    bool, pictures_option("--strip", help="Leave out EXIF, XMP and other metadata.")
]
IsUnmarked: TypeAlias = Annotated[
    bool,
    pictures_option(
        "--no-mark",
        help="Do not write into metadata what made it; it will not be known again.",
    ),
]
MaxMegapixels: TypeAlias = Annotated[
    float | None,
    pictures_option(
        "--max-pixels",
        min=0.001,
        callback=finite,
        metavar="MEGAPIXELS",
        help="Refuse larger pictures, or allow larger ones than usual.",
    ),
]
Model: TypeAlias = Annotated[
    str | None,
    common_option(
        "--model", "-m", metavar="MODEL", help="Bundled name, model file or run directory."
    ),
]
Backend: TypeAlias = Annotated[
    str | None, engine_option(metavar="NAME", help="What computes; see `colorize backends`.")
]
Device: TypeAlias = Annotated[
    str | None,
    engine_option(metavar="NAME", help="Where it computes: auto, cpu, cuda, ... Never another."),
]
Precision: TypeAlias = Annotated[
    Literal["auto", "float32", "bfloat16"] | None,
    engine_option(
        help="How exactly it computes; default: float32. Auto is the fastest that the backend has."
    ),
]
Jobs: TypeAlias = Annotated[
    int | None,
    engine_option(
        "--jobs",
        "-j",
        min=1,
        metavar="N",
        help="Pictures at a time; default: one for each processor.",
    ),
]
IsQuiet: TypeAlias = Annotated[bool, common_option("--quiet", "-q", help="Say nothing but errors.")]
Verbosity: TypeAlias = Annotated[
    int,
    telling_option(
        "--verbose",
        "-v",
        count=True,
        show_default=False,
        metavar="",
        help="A line for each picture; -vv: with times.",
    ),
]


def _pixels(megapixels: float) -> int:
    # A million times the greatest of all numbers is none.
    return round(min(megapixels, MOST_MEGAPIXELS) * 1e6)


def engine_choice(
    *,
    model: str | None,
    backend: str | None,
    device: str | None,
    precision: Literal["auto", "float32", "bfloat16"] | None,
) -> "EngineChoice":
    """Return what the options say of the network."""
    from colorize_cli.commands.run_choices import EngineChoice

    return EngineChoice(model=model, backend=backend, device=device, precision=precision)


def picture_finish(
    *,
    strength: float,
    size: int | None,
    max_megapixels: float | None,
    is_only_gray: bool,
    is_stripped: bool,
    is_unmarked: bool,
    quality: Literal["standard", "best"] = "standard",
    reference: str | None = None,
    hints: str | None = None,
) -> "Finish":
    """Return what the options say of the pictures."""
    from colorize_cli.commands.run_choices import Finish

    return Finish(
        strength=strength,
        size=size,
        max_pixels=None if max_megapixels is None else _pixels(max_megapixels),
        is_only_gray=is_only_gray,
        is_stripped=is_stripped,
        is_marked=not is_unmarked,
        quality=quality,
        reference=reference,
        hints=hints,
    )
