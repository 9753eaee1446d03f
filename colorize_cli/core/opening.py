"""Files of pictures opened by their content, and what Pillow raises turned into our errors.

Nothing is decoded here, and NumPy is not needed.
"""

import logging
import math
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from threading import Lock
from typing import Final

from PIL import Image, PngImagePlugin, UnidentifiedImageError

from colorize_cli.core.errors import ColorizeError, NotAnImageError, TemporaryError
from colorize_cli.core.libtiff_messages import silence_libtiff
from colorize_cli.core.png_chunks import SIGNATURE

READER_FAILURES: Final = (
    OSError,
    SyntaxError,
    ValueError,
    struct.error,
    zlib.error,
    EOFError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    AssertionError,
)
"""What Pillow's readers raise on damaged files; their documentation promises no fewer."""


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


def _prepare_pillow(limit: int) -> None:
    """Keep Pillow's remarks off stderr, and let it read as many pixels as are allowed.

    It warns of oddities (large pictures, odd EXIF): they are decoded here or refused, and both
    are said in our own words. Its limit is one for all threads: it is only ever raised.
    """
    # Not by catch_warnings, whose end in one thread would undo what another has set.
    if not _is_quiet():
        warnings.filterwarnings("ignore", module=r"PIL\.")
    _silence_log()
    PngImagePlugin.MAX_TEXT_CHUNK = GREATEST_PNG_TEXT
    with _pillow_limit:
        if Image.MAX_IMAGE_PIXELS is not None:
            Image.MAX_IMAGE_PIXELS = max(Image.MAX_IMAGE_PIXELS, math.ceil(limit / 2))


def _is_quiet() -> bool:
    """Whether all is ignored already: to set a filter anew takes as long as to open a file."""
    action, text, kind, module, line = warnings.filters[0] if warnings.filters else [None] * 5
    is_ours = module is None or getattr(module, "pattern", module) == r"PIL\."
    return (action, text, kind, line) == ("ignore", None, Warning, 0) and is_ours


@cache
def _silence_log() -> None:
    """Let Pillow's log go where a program sends it, and not to stderr for want of that."""
    logging.getLogger("PIL").addHandler(logging.NullHandler())


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
