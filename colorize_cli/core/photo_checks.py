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
from colorize_cli.core.photo_folder import HEAD_LENGTH, starts_like_a_photo

Reason: TypeAlias = Literal["unreadable", "too small", "gray", "duplicate"]
REASONS: Final[tuple[Reason, ...]] = ("unreadable", "too small", "gray", "duplicate")

OWN_COLOR_RMS: Final = 0.8
OWN_COLOR_PEAK: Final = 3.0
"""Code values of chroma below which a photo has no colour of its own; see `has_own_color`.

Measured on 10,815 photos of birds, scenes and objects (150 to 300 pixels wide) and on gray,
sepia, tinted and duotone copies of them. Gray copies lie below 0.35 even when noise of 4 code
values was added; of sepia copies such as a scanner makes, all lie lower at JPEG quality 75 and
97 in 100 at quality 50. Of the colour photos eleven lie lower: eight are sepia, the others of one
hue throughout, which no measure of colour tells from a tint. Larger photos part better.
"""
_PROBE: Final = 64
_COARSE_CELLS: Final = 8
_FINE_CELLS: Final = 16

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


def has_own_color(probe: Image.Image) -> bool:
    """Whether a picture's colours tell more than its brightness does.

    Chroma (Cb and Cr of JPEG, ITU-T T.871) that follows from luma alone is a tint: none for
    gray, a curve for sepia and duotone. It is measured as the mean chroma of each luma code; what
    each pixel has beyond that is averaged over cells, in which the noise of JPEG and of
    subsampled chroma cancels. Own colour is a root mean square of 0.8 over 8 x 8 cells, or a
    single one of 16 x 16 cells above 3. `probe` is the picture at 64 x 64 pixels.
    """
    beyond_tint = _beyond_tint(np.asarray(probe.convert("YCbCr")))
    coarse = np.hypot(*_cell_means(beyond_tint, _COARSE_CELLS))
    fine = np.hypot(*_cell_means(beyond_tint, _FINE_CELLS))
    return bool(np.sqrt(np.mean(coarse**2)) >= OWN_COLOR_RMS or fine.max() >= OWN_COLOR_PEAK)


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
        raise NotAnImageError("not a JPEG, PNG, WebP or TIFF file")
    return decode(data)


def _judge(picture: Picture, size: int) -> CheckedPhoto:
    pixels = picture.srgb8()
    image = Image.fromarray(pixels)
    box = central_square(*image.size)
    # One average over the whole picture serves all measures: passes over it are what costs.
    probe = image.resize((_PROBE, _PROBE), Image.Resampling.BOX, box=box)
    hashes = _hash(pixels, probe)
    if min(image.size) < size:
        detail = f"{image.width} x {image.height} pixels; the shorter side must have {size}"
        return CheckedPhoto(hashes=hashes, reason="too small", detail=detail)
    if picture.is_gray:
        return CheckedPhoto(hashes=hashes, reason="gray", detail="every pixel is gray")
    if not has_own_color(probe):
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


def _beyond_tint(probe: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return Cb and Cr less the mean of all pixels of the same luma: (2, side, side)."""
    luma = probe[..., 0].ravel()
    count = np.maximum(np.bincount(luma, minlength=256), 1)
    chroma = probe[..., 1:].reshape(-1, 2).T.astype(np.float64)
    tints = [np.bincount(luma, channel, minlength=256) / count for channel in chroma]
    rests = [channel - tint[luma] for channel, tint in zip(chroma, tints, strict=True)]
    return np.stack(rests).reshape(2, *probe.shape[:2])


def _cell_means(planes: NDArray[np.float64], cells: int) -> NDArray[np.float64]:
    """Average (2, side, side) over cells x cells equal squares."""
    width = planes.shape[-1] // cells
    means: NDArray[np.float64] = planes.reshape(2, cells, width, cells, width).mean(axis=(2, 4))
    return means
