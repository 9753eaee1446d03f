"""The figures of photos from outside the set: each at its own size, and all on one sheet."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from textwrap import wrap
from typing import Final, TypeAlias

from colorize_cli.core.backend import Colorizer
from colorize_cli.core.errors import ColorizeError
from colorize_cli.core.model_file import Model
from colorize_trainers.report.photos import OutsidePhoto, color_photo, list_photos
from colorize_trainers.report.pictures import (
    LABEL_LETTERS,
    SheetRow,
    within,
    write_sheet,
    write_side_by_side,
)

SHEET_PX: Final = 320
"""Longer side on the sheet: three columns and the names fit a screen."""

_PAGE_PX: Final = ((4, 800), (9, 560), (18, 400), (36, 280))
"""Longer side on the page for at most so many photos: it stays below a few megabytes."""
_LEAST_PAGE_PX: Final = 200

Place: TypeAlias = Callable[[str], Path]
"""Gives the file of a figure by its name, such as `outside` or `outside-01`."""


def show_outside(
    paths: Sequence[Path],
    model: Model | None,
    colorizer: Colorizer | None,
    place: Place,
    *,
    runs: int = 1,
) -> tuple[list[OutsidePhoto], list[ColorizeError]]:
    """Colour photos, write their figures, and return smaller copies for the page.

    A photo that cannot be shown is returned as its error. Without a model nothing is done. The
    more photos times `runs` the page has to hold, the smaller the copies.
    """
    if not paths or model is None or colorizer is None:
        return [], []
    files, errors = list_photos(paths)
    long_side = next((px for count, px in _PAGE_PX if len(files) * runs <= count), _LEAST_PAGE_PX)
    copies: list[OutsidePhoto] = []
    for file in files:
        try:
            photo = color_photo(file, model.generator, colorizer)
        except ColorizeError as error:
            errors.append(error)
            continue
        write_side_by_side(place(f"outside-{len(copies) + 1:02d}"), photo.columns())
        copies.append(_reduced(photo, long_side))
    if copies:
        write_sheet(place("outside"), ["gray", "generated", "real"], _rows(copies))
    return copies, errors


def _reduced(photo: OutsidePhoto, long_side: int) -> OutsidePhoto:
    return replace(
        photo,
        gray=within(photo.gray, long_side),
        generated=within(photo.generated, long_side),
        real=None if photo.real is None else within(photo.real, long_side),
    )


def _rows(photos: Sequence[OutsidePhoto]) -> list[SheetRow]:
    return [
        SheetRow(
            label=[f"photo {number:02d}", *wrap(photo.name, LABEL_LETTERS)[:3]],
            pictures=[within(picture, SHEET_PX) for picture in photo.columns()],
        )
        for number, photo in enumerate(photos, start=1)
    ]
