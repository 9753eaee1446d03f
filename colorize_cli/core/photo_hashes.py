"""What a photo is known by, and what else is measured of its pixels. NumPy is not needed."""

from dataclasses import dataclass
from typing import Final, TypeAlias

from PIL import Image, ImageChops

Box: TypeAlias = tuple[int, int, int, int]

STRIP_BYTES: Final = 256 * 1024
"""Pixels packed and hashed at a time, so few that they stay in a processor's own cache and need no
memory that the system has to clear: 64 KiB took longer, and more than 256 KiB gained little."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hashes:
    """What a photo is known by, whatever its name.

    `pixels` is the SHA-256 of shape and decoded pixels, in hex; `coarse` and `fine` are difference
    hashes of 64 and 256 bits (see `photo_measures.difference_hash`); `colors` are the sRGB codes of
    8 x 8 equal parts, 192 bytes; `area` is the number of pixels.
    """

    pixels: str
    coarse: bytes
    fine: bytes
    colors: bytes
    area: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Measures:
    """What one look at all pixels of a photo tells.

    `small` is the central square averaged to (size, size, 3) sRGB codes, None of a photo that is
    smaller. `is_neutral` says whether the square, averaged to 64 x 64, is gray throughout, and
    `is_colorful` whether it has colour of its own (see `own_color.is_colorful`).
    """

    hashes: Hashes
    small: bytes | None
    is_neutral: bool
    is_colorful: bool


def central_square(width: int, height: int) -> Box:
    """Return the largest square in the middle of a picture: left, top, right, bottom."""
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    return left, top, left + side, top + side


def strip_rows(width: int) -> int:
    """Return how many rows of RGB pixels are packed and hashed at a time."""
    return max(1, STRIP_BYTES // (3 * width))


def is_neutral(image: Image.Image) -> bool:
    """Whether every pixel of an RGB picture is gray."""
    red, green, blue = image.split()
    pairs = (red, green), (green, blue)
    return not any(ImageChops.difference(*pair).getbbox() for pair in pairs)
