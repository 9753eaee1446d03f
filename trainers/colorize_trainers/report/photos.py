"""Photos from outside the set, at their own size and as `colorize run` does them (figure 12)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from colorize_cli.core.architecture import GeneratorSpec
from colorize_cli.core.backend import Colorizer
from colorize_cli.core.batches import Photos
from colorize_cli.core.errors import ColorizeError, NoInputError
from colorize_cli.core.gamut import lightness_of
from colorize_cli.core.image_io import decode
from colorize_cli.core.lab import luminance_from_lightness, srgb_from_linear
from colorize_cli.core.own_color import has_own_color
from colorize_cli.core.photo_folder import find_photos
from colorize_cli.core.picture import Picture
from colorize_cli.core.pipeline import colorize
from colorize_trainers.report.run import shown

STRIP_ROWS: Final = 256
"""Rows made gray at once, so that a large photo's float arrays stay small."""


@dataclass(frozen=True, kw_only=True)
class OutsidePhoto:
    """A photo from elsewhere, uint8 sRGB at its own size.

    `real` is None where the photo has no colour of its own: gray, sepia or otherwise toned.
    """

    name: str
    gray: Photos
    generated: Photos
    real: Photos | None

    def columns(self) -> list[Photos]:
        """Return its pictures in order: gray, generated and, where known, real."""
        return [self.gray, self.generated, *([] if self.real is None else [self.real])]


def list_photos(paths: Sequence[Path]) -> tuple[list[Path], list[ColorizeError]]:
    """Return the files that paths stand for, folders in natural order, and what is not there."""
    found: list[Path] = []
    errors: list[ColorizeError] = []
    for path in paths:
        try:
            found += _files(path)
        except ColorizeError as error:
            errors.append(error)
    return list(dict.fromkeys(found)), errors


def color_photo(path: Path, generator: GeneratorSpec, colorizer: Colorizer) -> OutsidePhoto:
    """Take a photo's colour away, and let the model give it colours.

    Raises NoInputError if it cannot be read, NotAnImageError if it is no photo, TemporaryError
    if memory is short.
    """
    picture = decode(_bytes(path), path=path)
    gray = _as_gray(picture)
    generated = colorize(gray, generator, colorizer)
    return OutsidePhoto(
        name=shown(path.name),
        gray=gray.srgb8(),
        generated=generated.srgb8(),
        real=picture.srgb8() if has_own_color(picture) else None,
    )


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        photos = [path / name for name in find_photos(path).photos]
        if not photos:
            raise NoInputError("no photos in this folder", path=path)
        return photos
    if not path.exists():
        raise NoInputError("no such photo", path=path)
    return [path]


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "error").lower()
        raise NoInputError(f"cannot be read: {reason}", path=path) from error


def _as_gray(picture: Picture) -> Picture:
    """Return the picture's lightness alone, in codes of the same depth."""
    if picture.is_gray:
        return picture
    codes = np.concatenate(list(_gray_strips(picture)))
    return replace(picture, codes=codes)


def _gray_strips(picture: Picture) -> Iterator[Photos]:
    kind = picture.codes.dtype
    for top in range(0, len(picture.codes), STRIP_ROWS):
        lightness = lightness_of(picture.codes[top : top + STRIP_ROWS])
        srgb = np.clip(srgb_from_linear(luminance_from_lightness(lightness)), 0, 1)
        yield (srgb * np.iinfo(kind).max).round().astype(kind)
