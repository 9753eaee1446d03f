"""Look at one photo: can it be read, is it large enough, has it colours, what are its hashes."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from colorize_cli.core.errors import NotAnImageError
from colorize_cli.core.image_io import Picture, decode
from colorize_cli.core.own_color import PROBE_SIZE, is_colorful
from colorize_cli.core.photo_folder import HEAD_LENGTH, starts_like_a_photo

Reason: TypeAlias = Literal["unreadable", "too small", "gray", "duplicate"]
REASONS: Final[tuple[Reason, ...]] = ("unreadable", "too small", "gray", "duplicate")

Box: TypeAlias = tuple[int, int, int, int]


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
        picture = _read(path)
    except NotAnImageError as error:
        return CheckedPhoto(reason="unreadable", detail=error.reason)
    except OSError as error:
        return CheckedPhoto(reason="unreadable", detail=(error.strerror or str(error)).lower())
    return _judge(picture, size)


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


def _read(path: Path) -> Picture:
    data = path.read_bytes()
    if data and not starts_like_a_photo(data[:HEAD_LENGTH]):
        raise NotAnImageError("not a JPEG, PNG, WebP, TIFF or AVIF file")
    return decode(data)


def _judge(picture: Picture, size: int) -> CheckedPhoto:
    pixels = picture.srgb8()
    image = Image.fromarray(pixels)
    box = central_square(*image.size)
    # One average over the whole picture serves all measures: passes over it are what costs.
    probe = image.resize((PROBE_SIZE, PROBE_SIZE), Image.Resampling.BOX, box=box)
    hashes = _hash(pixels, probe)
    if min(image.size) < size:
        detail = f"{image.width} x {image.height} pixels; the shorter side must have {size}"
        return CheckedPhoto(hashes=hashes, reason="too small", detail=detail)
    if picture.is_gray:
        return CheckedPhoto(hashes=hashes, reason="gray", detail="every pixel is gray")
    if not is_colorful(probe):
        detail = "no colours of its own: one tint such as sepia, or gray with noise"
        return CheckedPhoto(hashes=hashes, reason="gray", detail=detail)
    small = image.resize((size, size), Image.Resampling.BOX, box=box)
    return CheckedPhoto(hashes=hashes, small=np.asarray(small))


def _hash(pixels: NDArray[np.uint8], probe: Image.Image) -> Hashes:
    digest = hashlib.sha256(repr(pixels.shape).encode())
    digest.update(pixels.data)
    return Hashes(
        pixels=digest.hexdigest(),
        coarse=difference_hash(probe, 8),
        fine=difference_hash(probe, 16),
        colors=probe.resize((8, 8), Image.Resampling.BOX).tobytes(),
        area=pixels.shape[0] * pixels.shape[1],
    )
