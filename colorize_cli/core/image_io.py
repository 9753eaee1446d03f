"""Bytes to pictures: any format that Pillow reads, at its own size and bit depth, upright, in sRGB.

What cannot be kept faithfully is said in `Picture.warnings` or refused; nothing is guessed in
silence. Files of several frames are the part of `core.frames`, writing of `core.image_encoding`.
"""

import logging
import math
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from io import BytesIO
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin, UnidentifiedImageError

from colorize_cli.core.errors import ColorizeError, NotAnImageError, TemporaryError
from colorize_cli.core.image_samples import (
    READER_FAILURES,
    Codes,
    Samples,
    collapse,
    read_samples,
    to_8_bits,
)
from colorize_cli.core.libtiff_messages import silence_libtiff
from colorize_cli.core.metadata import Metadata, read_metadata, read_orientation
from colorize_cli.core.png_chunks import SIGNATURE
from colorize_cli.core.png_color import in_png_color

SINGLE_PICTURE_FORMATS: Final = frozenset({"MPO", "PSD"})
"""Their further frames are previews, other views or layers: the first is the picture."""

PROGRAMS: Final = frozenset({"EPS"})
"""Pillow hands PostScript to Ghostscript, where that is installed, whatever the file is called."""

DEFAULT_MAX_PIXELS: Final = 178_956_970
"""What Pillow refuses by default, as a decompression bomb: 512 MiB of 24-bit colour."""

GREATEST_PNG_TEXT: Final = PngImagePlugin.MAX_TEXT_MEMORY
"""Bytes of a compressed profile or text of PNG: Pillow refuses a picture for a profile of 1 MiB,
and takes so much of all texts together."""

_pillow_limit = Lock()


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A decoded picture: upright, in sRGB.

    `codes` are sRGB code values, `(H, W)` where the picture is gray, else `(H, W, 3)`; uint8 or
    uint16, as deep as the file. `alpha` is `(H, W)` of the same type, or None. `format` is
    Pillow's name of the file's format; `warnings` say what could not be kept. `profile` is the
    ICC profile that shows the codes as the file's own did, where that was a gray one.
    """

    codes: Codes
    alpha: Codes | None = None
    profile: bytes | None = None
    metadata: Metadata = field(default_factory=Metadata)
    format: str = "PNG"
    warnings: tuple[str, ...] = ()

    @property
    def bit_depth(self) -> int:
        """Bits per sample: 8 or 16."""
        return self.codes.dtype.itemsize * 8

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.codes.shape[1], self.codes.shape[0]

    @property
    def is_gray(self) -> bool:
        """Whether every pixel has R = G = B."""
        return self.codes.ndim == 2

    def srgb8(self) -> NDArray[np.uint8]:
        """Return the colours with 8 bits, `(H, W, 3)`, without alpha; 16 bits are rounded."""
        codes = to_8_bits(self.codes)
        if codes.ndim == 2:
            codes = np.broadcast_to(codes[..., None], (*codes.shape, 3))
        return np.ascontiguousarray(codes, dtype=np.uint8)


def decode(data: bytes, *, path: object = None, max_pixels: int | None = None) -> Picture:
    """Decode a picture by its content, whatever its name.

    EXIF orientation is applied, ICC profiles are converted to sRGB. Raises NotAnImageError for
    what is empty, no image, damaged, larger than `max_pixels` (None: DEFAULT_MAX_PIXELS) or of
    several frames; TemporaryError if memory is short. `path` only names the file in errors.
    """
    with opened(data, path=path, max_pixels=max_pixels) as image:
        return single_picture_of(image, data)


def single_picture_of(
    image: Image.Image, data: bytes, *, metadata: Metadata | None = None
) -> Picture:
    """Decode an image that was opened from `data`, unless it has several frames; see `finished`.

    Raises NotAnImageError for several, and whatever Pillow's readers do.
    """
    frames = frame_count(image)
    if frames > 1:
        raise NotAnImageError(
            f"{image.format} file of {frames} frames, where a single picture is needed"
        )
    return picture_of(image, data, metadata=metadata)


@contextmanager
def opened(
    data: bytes, *, path: object = None, max_pixels: int | None = None
) -> Iterator[Image.Image]:
    """Open a file for reading in the block, where whatever Pillow raises becomes our errors."""
    limit = max_pixels or DEFAULT_MAX_PIXELS
    with _failures_reported(path):
        if not data:
            raise NotAnImageError("empty file")
        _prepare_pillow(limit)
        with _recognized(data) as image:
            if image.format in PROGRAMS:
                raise NotAnImageError(f"{image.format} is a program, which is not run: convert it")
            check_size(image.width * image.height, limit)
            if image.format == "TIFF":
                silence_libtiff()
            yield image


def claimed_pixels(data: bytes, *, max_pixels: int | None = None) -> int:
    """Return how many pixels a file's header claims; 0 for what cannot be read or is refused."""
    try:
        with opened(data, max_pixels=max_pixels) as image:
            return image.width * image.height
    except ColorizeError:
        return 0


def _recognized(data: bytes) -> Image.Image:
    """Open a file by its content; for PNG, which pipes carry most, no reader is loaded but its own.

    Raises what Image.open does.
    """
    if not data.startswith(SIGNATURE):
        return Image.open(BytesIO(data))
    try:
        return PngImagePlugin.PngImageFile(BytesIO(data))
    except (SyntaxError, IndexError, TypeError, struct.error) as error:
        raise UnidentifiedImageError from error


def frame_count(image: Image.Image) -> int:
    """Return how many pictures an opened file holds that belong to it."""
    if image.format in SINGLE_PICTURE_FORMATS:
        return 1
    return int(getattr(image, "n_frames", 1))


def check_size(pixels: int, limit: int, what: str = "its header claims") -> None:
    """Raise NotAnImageError for more pixels than the limit, with the flag that allows them."""
    if pixels > limit:
        raise NotAnImageError(
            f"{what} {pixels / 1e6:,.0f} megapixels; "
            f"run or watch --max-pixels {math.ceil(pixels / 1e6)} allows it"
        )


def picture_of(image: Image.Image, data: bytes, *, metadata: Metadata | None = None) -> Picture:
    """Decode the current frame of an image that was opened from `data`; see `finished`."""
    return finished(read_samples(image, data), image, data, metadata=metadata)


def finished(
    samples: Samples, image: Image.Image, data: bytes, *, metadata: Metadata | None = None
) -> Picture:
    """Return samples of a loaded image as a picture: in sRGB, upright, with its metadata.

    `metadata` are those of the file where they are known from an earlier frame.
    """
    samples = _in_srgb(collapse(samples), image, data)
    # Some readers turn the picture themselves while loading, and then reset the tag.
    upright = _upright(samples, read_orientation(image))
    height, width = upright.codes.shape[:2]
    metadata = metadata or read_metadata(image, size=(width, height), data=data)
    return Picture(
        codes=upright.codes,
        alpha=upright.alpha,
        profile=upright.profile,
        metadata=metadata,
        format=image.format or "PNG",
        warnings=upright.warnings + metadata.warnings,
    )


def _prepare_pillow(limit: int) -> None:
    """Keep Pillow's remarks off stderr, and let it read as many pixels as are allowed.

    It warns of oddities (large pictures, odd EXIF): they are decoded here or refused, and both
    are said in our own words. Its limit is one for all threads: it is only ever raised.
    """
    # Not by catch_warnings, whose end in one thread would undo what another has set.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    _silence_log()
    PngImagePlugin.MAX_TEXT_CHUNK = GREATEST_PNG_TEXT
    with _pillow_limit:
        if Image.MAX_IMAGE_PIXELS is not None:
            Image.MAX_IMAGE_PIXELS = max(Image.MAX_IMAGE_PIXELS, math.ceil(limit / 2))


@cache
def _silence_log() -> None:
    """Let Pillow's log go where a program sends it, and not to stderr for want of that."""
    logging.getLogger("PIL").addHandler(logging.NullHandler())


def _in_srgb(samples: Samples, image: Image.Image, data: bytes) -> Samples:
    profile = image.info.get("icc_profile")
    if image.format == "PNG":
        samples, profile = in_png_color(samples, image.info, data)
    if not profile and samples.mode in {"L", "RGB"}:
        return samples
    # LittleCMS takes longer to import than most pictures to decode.
    from colorize_cli.core.color_profiles import to_srgb

    # Other spaces than RGB turn neutral only by conversion.
    return collapse(to_srgb(samples, profile))


def _upright(samples: Samples, orientation: object) -> Samples:
    alpha = None if samples.alpha is None else _turned(samples.alpha, orientation)
    return replace(samples, codes=_turned(samples.codes, orientation), alpha=alpha)


def _turned(codes: Codes, orientation: object) -> Codes:
    """Apply an EXIF orientation (1 to 8, CIPA DC-008 4.6.4); other values mean none."""
    views: dict[object, Any] = {
        2: lambda: codes[:, ::-1],
        3: lambda: codes[::-1, ::-1],
        4: lambda: codes[::-1],
        5: lambda: codes.swapaxes(0, 1),
        6: lambda: codes.swapaxes(0, 1)[:, ::-1],
        7: lambda: codes.swapaxes(0, 1)[::-1, ::-1],
        8: lambda: codes.swapaxes(0, 1)[::-1],
    }
    return np.ascontiguousarray(views[orientation]()) if orientation in views else codes


@contextmanager
def _failures_reported(path: object) -> Iterator[None]:
    try:
        yield
    except NotAnImageError as error:
        raise NotAnImageError(error.reason, path=path) from error
    except UnidentifiedImageError as error:
        raise NotAnImageError("not an image that can be read", path=path) from error
    except Image.DecompressionBombError as error:
        raise NotAnImageError(_bomb_reason(error), path=path) from error
    except MemoryError as error:
        raise TemporaryError("not enough memory to decode it", path=path) from error
    except READER_FAILURES as error:
        raise NotAnImageError(_damage_reason(error), path=path) from error


def _bomb_reason(error: Exception) -> str:
    """Say the size, which Pillow gives only in its message, as its first number."""
    numbers = [int(word) for word in str(error).replace("(", " ").split() if word.isdigit()]
    pixels = numbers[0] if numbers else 2 * DEFAULT_MAX_PIXELS
    size = f"{pixels / 1e6:,.0f} megapixels"
    remedy = f"run or watch --max-pixels {math.ceil(pixels / 1e6)} allows it"
    return f"its header claims {size}; {remedy}"


def _damage_reason(error: Exception) -> str:
    detail = " ".join(str(error).split())[:120] or type(error).__name__
    if "truncated" in detail.lower():
        return f"truncated image: {detail}"
    return f"damaged or unsupported image: {detail}"
