"""Look at one photo: can it be read, is it large enough, has it colours, what are its hashes."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

from colorize_cli.core.errors import NotAnImageError
from colorize_cli.core.image_io import single_picture_of
from colorize_cli.core.metadata import Metadata, read_orientation
from colorize_cli.core.opening import frame_count, opened
from colorize_cli.core.own_color import PROBE_SIZE, is_colorful
from colorize_cli.core.photo_folder import HEAD_LENGTH, starts_like_a_photo

Reason: TypeAlias = Literal["unreadable", "too small", "gray", "duplicate"]
REASONS: Final[tuple[Reason, ...]] = ("unreadable", "too small", "gray", "duplicate")

Box: TypeAlias = tuple[int, int, int, int]

READ_AS_THEY_ARE: Final = frozenset({"JPEG", "MPO", "WEBP"})
"""Formats of 8 bits whose colours nothing but an ICC profile changes."""
STRIP_BYTES: Final = 256 * 1024
"""Pixels packed and hashed at a time, so few that they stay in a processor's own cache and need no
memory that the system has to clear: 64 KiB took longer, and more than 256 KiB gained little."""


@dataclass(frozen=True, kw_only=True)
class Hashes:
    """What a photo is known by, whatever its name.

    `pixels` is the SHA-256 of shape and decoded pixels, in hex; `coarse` and `fine` are difference
    hashes of 64 and 256 bits (see `difference_hash`); `colors` are the sRGB codes of 8 x 8 equal
    parts, 192 bytes; `area` is the number of pixels.
    """

    pixels: str
    coarse: bytes
    fine: bytes
    colors: bytes
    area: int


@dataclass(frozen=True, kw_only=True)
class CheckedPhoto:
    """A photo that was looked at: either its small picture, or why it is dropped.

    `small` is uint8 sRGB (size, size, 3). `hashes` are there if it could be decoded.
    """

    small: NDArray[np.uint8] | None = None
    hashes: Hashes | None = None
    reason: Reason | None = None
    detail: str = ""


def check_photo(path: Path, size: int) -> CheckedPhoto:
    """Decode a photo, cut its central square and average it down to `size` x `size` pixels.

    What is wrong with the photo is said in the result. Raises TemporaryError if memory is short.
    """
    try:
        image, is_gray = _decoded(_content(path))
    except NotAnImageError as error:
        return CheckedPhoto(reason="unreadable", detail=error.reason)
    except OSError as error:
        return CheckedPhoto(reason="unreadable", detail=(error.strerror or str(error)).lower())
    return _judge(image, size, is_gray=is_gray)


def central_square(width: int, height: int) -> Box:
    """Return the largest square in the middle of a picture: left, top, right, bottom."""
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    return left, top, left + side, top + side


def difference_hash(probe: Image.Image, cells: int) -> bytes:
    """Return one bit for each of cells x cells places: is the brightness rising to the right?

    The dHash of Krawetz (2013); it survives re-encoding and resizing.
    """
    small = probe.resize((cells + 1, cells), Image.Resampling.BOX)
    # Luma of ITU-R BT.601, in thousandths; whole numbers keep the ties of flat areas exact.
    luma = np.asarray(small).astype(np.int32) @ np.array([299, 587, 114], np.int32)
    return np.packbits(luma[:, 1:] > luma[:, :-1]).tobytes()


def _content(path: Path) -> bytes:
    data = path.read_bytes()
    if data and not starts_like_a_photo(data[:HEAD_LENGTH]):
        raise NotAnImageError("not a JPEG, PNG, WebP, TIFF or AVIF file")
    return data


def _decoded(data: bytes) -> tuple[Image.Image, bool | None]:
    """Return a picture as RGB of 8 bits, upright, in sRGB; and whether it is gray, None if unknown.

    Most photos are that once Pillow has read them: those are not copied.
    """
    with opened(data) as image:
        if _is_read_as_it_is(image):
            image.load()
            return image, None
        picture = single_picture_of(image, data, metadata=Metadata())
    return Image.fromarray(picture.srgb8()), picture.is_gray


def _is_read_as_it_is(image: Image.Image) -> bool:
    return (
        image.format in READ_AS_THEY_ARE
        and image.mode == "RGB"
        and min(image.size) > 0
        and not image.info.get("icc_profile")
        and frame_count(image) == 1
        and read_orientation(image) == 1
    )


def _judge(image: Image.Image, size: int, *, is_gray: bool | None) -> CheckedPhoto:
    box = central_square(*image.size)
    # One average over the whole picture serves all measures: passes over it are what costs.
    probe = image.resize((PROBE_SIZE, PROBE_SIZE), Image.Resampling.BOX, box=box)
    hashes = _hash(image, probe)
    if min(image.size) < size:
        detail = f"{image.width} x {image.height} pixels; the shorter side must have {size}"
        return CheckedPhoto(hashes=hashes, reason="too small", detail=detail)
    # The average of gray is gray: of a probe in colour the picture need not be looked at.
    if is_gray or (is_gray is None and _is_neutral(probe) and _is_neutral(image)):
        return CheckedPhoto(hashes=hashes, reason="gray", detail="every pixel is gray")
    if not is_colorful(probe):
        detail = "no colours of its own: one tint such as sepia, or gray with noise"
        return CheckedPhoto(hashes=hashes, reason="gray", detail=detail)
    small = image.resize((size, size), Image.Resampling.BOX, box=box)
    return CheckedPhoto(hashes=hashes, small=np.asarray(small))


def _is_neutral(image: Image.Image) -> bool:
    red, green, blue = image.split()
    pairs = (red, green), (green, blue)
    return not any(ImageChops.difference(*pair).getbbox() for pair in pairs)


def _hash(image: Image.Image, probe: Image.Image) -> Hashes:
    return Hashes(
        pixels=_pixel_hash(image),
        coarse=difference_hash(probe, 8),
        fine=difference_hash(probe, 16),
        colors=probe.resize((8, 8), Image.Resampling.BOX).tobytes(),
        area=image.width * image.height,
    )


def _pixel_hash(image: Image.Image) -> str:
    width, height = image.size
    digest = hashlib.sha256(f"({height}, {width}, 3)".encode())
    rows = max(1, STRIP_BYTES // (3 * width))
    for top in range(0, height, rows):
        strip = image.crop((0, top, width, min(top + rows, height)))
        digest.update(strip.tobytes())
    return digest.hexdigest()
