"""`colorize run`: colour pictures, as a filter or file by file."""

from functools import partial
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from colorize_cli import console
from colorize_cli.core.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from colorize_cli.core.existing_outputs import Policy

SHORT_USAGE: Final = """\
usage: colorize run [OPTIONS] [FILE]...
  colorize run < gray.png > color.png         colour one picture
  colorize run gray.jpg -o color.png          the same, by name
  colorize run -r scans --output-dir out      colour all in a folder
colorize run --help tells all options"""

_FILES: Final = partial(typer.Option, rich_help_panel="Inputs and outputs")
_PICTURES: Final = partial(typer.Option, rich_help_panel="Pictures")
_ENGINE: Final = partial(typer.Option, rich_help_panel="What computes")
_TELLING: Final = partial(typer.Option, rich_help_panel="What is told")


def _print_schema(is_asked: bool) -> None:
    if is_asked:
        from colorize_cli.commands.run_events import SCHEMA

        typer.echo(SCHEMA.read_text("utf-8"), nl=False)
        raise typer.Exit


def _finite(value: float | None) -> float | None:
    # A range lets what is no number pass.
    if value is not None and not isfinite(value):
        raise typer.BadParameter(f"{value} is not a finite number")
    return value


def run(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            rich_help_panel="Arguments",
            metavar="[FILE]...",
            help="Pictures or folders; - or none: stdin.",
        ),
    ] = None,
    output: Annotated[
        str | None,
        _FILES("--output", "-o", metavar="FILE", help="Where the result goes; - is stdout."),
    ] = None,
    output_dir: Annotated[
        str | None,
        _FILES(metavar="DIR", help="Where the results of many go, in the same sub-folders."),
    ] = None,
    is_recursive: Annotated[
        bool, _FILES("--recursive", "-r", help="Colour all pictures in folders.")
    ] = False,
    files_from: Annotated[
        str | None,
        _FILES(metavar="FILE", help="Read more names from a file, one a line; - is stdin."),
    ] = None,
    is_null_separated: Annotated[
        bool, _FILES("--null", "-0", help="Those names end in a zero byte: find -print0.")
    ] = False,
    format_name: Annotated[
        str | None,
        _FILES(
            "--format",
            metavar="FORMAT",
            help="png, tiff, webp, jpeg or gif; default: the suffix of -o, else tiff for TIFF "
            "and png for all else.",
        ),
    ] = None,
    name: Annotated[
        str | None,
        _FILES(
            metavar="TEMPLATE",
            help="Names in --output-dir, of {stem}, {name}, {ext}; default: '{stem}{ext}'.",
        ),
    ] = None,
    is_updating: Annotated[
        bool,
        _FILES("--update", "-u", help="Replace what colorize made of another input or way."),
    ] = False,
    is_forced: Annotated[
        bool, _FILES("--force", "-f", help="Replace all outputs that are there already.")
    ] = False,
    strength: Annotated[
        float,
        _PICTURES(
            min=0,
            max=2,
            metavar="X",
            callback=_finite,
            help="Less or more colour: 0 is gray, 1 the model's.",
        ),
    ] = 1.0,
    size: Annotated[
        int | None,
        _PICTURES(
            min=16,
            max=4096,
            metavar="PIXELS",
            help="The longer side that the network sees; default: that of its training.",
        ),
    ] = None,
    is_only_gray: Annotated[
        bool, _PICTURES("--only-gray", help="Skip pictures that have colours already.")
    ] = False,
    is_stripped: Annotated[
        bool, _PICTURES("--strip", help="Leave out EXIF, XMP and other metadata.")
    ] = False,
    is_unmarked: Annotated[
        bool,
        _PICTURES(
            "--no-mark",
            help="Do not write into metadata what made it; it will not be known again.",
        ),
    ] = False,
    max_megapixels: Annotated[
        float | None,
        _PICTURES(
            "--max-pixels",
            min=0.001,
            callback=_finite,
            metavar="MEGAPIXELS",
            help="Refuse larger pictures, or allow larger ones than usual.",
        ),
    ] = None,
    model: Annotated[
        str | None,
        _ENGINE(
            "--model", "-m", metavar="MODEL", help="Bundled name, model file or run directory."
        ),
    ] = None,
    backend: Annotated[
        str | None, _ENGINE(metavar="NAME", help="What computes; see `colorize backends`.")
    ] = None,
    device: Annotated[
        str | None,
        _ENGINE(metavar="NAME", help="Where it computes: auto, cpu, cuda, ... Never another."),
    ] = None,
    precision: Annotated[
        Literal["float32", "bfloat16"] | None, _ENGINE(help="How exactly it computes.")
    ] = None,
    jobs: Annotated[
        int | None,
        _ENGINE(
            "--jobs",
            "-j",
            min=1,
            metavar="N",
            help="Pictures at a time; default: one for each processor.",
        ),
    ] = None,
    is_quiet: Annotated[bool, _TELLING("--quiet", "-q", help="Say nothing but errors.")] = False,
    verbosity: Annotated[
        int,
        _TELLING(
            "--verbose",
            "-v",
            count=True,
            show_default=False,
            metavar="",
            help="A line for each picture; -vv: with times.",
        ),
    ] = 0,
    is_json: Annotated[
        bool, _TELLING("--json", help="Tell programs on stdout, as JSON Lines.")
    ] = False,
    json_file: Annotated[str | None, _TELLING(metavar="FILE", help="The same into a file.")] = None,
    _is_schema_asked: Annotated[
        bool,
        _TELLING(
            "--json-schema",
            callback=_print_schema,
            is_eager=True,
            help="Print what those lines look like, as JSON Schema.",
        ),
    ] = False,
) -> None:
    """Give gray pictures their colour back; size and lightness stay as they are.

    \b
    colorize run < gray.png > color.png
    colorize run gray.jpg -o color.png
    colorize run scans/*.jpg --output-dir colored
    colorize run -r scans --output-dir colored
    find . -name '*.tif' -print0 | colorize run --files-from - -0 -o colored/

    Reads any common format; 16 bits, transparency and metadata are kept. TIFF stays TIFF and
    all else becomes PNG unless another format is asked for, as JPEG cannot keep the lightness
    exactly, nor WebP 16 bits. Inputs are never replaced, nor is anything else unless asked for:
    what was made before from the same input, model and options is skipped, so that the same
    command goes on where it was stopped; other outputs are refused before any work.
    """
    from colorize_cli.commands import run_choices as choices
    from colorize_cli.commands.run_work import run_request
    from colorize_cli.standard_streams import is_stdin_terminal

    reads_stdin = files_from == "-" or (not files and files_from is None)
    if reads_stdin and is_stdin_terminal():
        console.print_line(SHORT_USAGE)
        raise typer.Exit(ExitStatus.USAGE)
    if is_quiet and verbosity:
        raise UsageError("--quiet and --verbose exclude each other")
    policy: Policy = "force" if is_forced else "update" if is_updating else "refuse"
    run_request(
        choices.Request(
            inputs=choices.InputChoice(
                names=tuple(files or ()),
                files_from=files_from,
                is_null_separated=is_null_separated,
                is_recursive=is_recursive,
            ),
            outputs=choices.OutputChoice(
                output=output,
                folder=output_dir,
                template=name,
                format_name=format_name,
                policy=policy,
            ),
            engine=choices.EngineChoice(
                model=model, backend=backend, device=device, precision=precision
            ),
            finish=choices.Finish(
                strength=strength,
                size=size,
                max_pixels=None if max_megapixels is None else round(max_megapixels * 1e6),
                is_only_gray=is_only_gray,
                is_stripped=is_stripped,
                is_marked=not is_unmarked,
            ),
            telling=choices.Telling(
                verbosity=-1 if is_quiet else verbosity, is_json=is_json, json_file=json_file
            ),
            jobs=jobs,
        )
    )
