"""GIF files, still or animated: 256 colours a frame, so that colours and lightness are not exact.

Every frame gets a palette of its own, and is compressed by Pillow as a file of its own, of which
the data is taken; so that a single frame is in memory. Source: GIF89a (CompuServe 1990), and the
application extension NETSCAPE2.0 for loops.
"""

import struct
from collections.abc import Iterable
from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from colorize_cli.core.metadata import Metadata
from colorize_cli.core.text_fields import COMMENT
from colorize_cli.core.xmp_search import gif_extension

COLORS: Final = 255
"""The last entry of the palette is for transparent pixels."""

TRANSPARENT: Final = 255
OPAQUE_FROM: Final = 128
"""Alpha from which a pixel is seen: GIF knows no other than none and full."""

GREATEST_REPEAT: Final = 65535
CLEAR: Final = 2
"""Disposal: each frame starts from an empty canvas, as all are whole pictures."""

HEADER_LENGTH, PALETTE_LENGTH, DESCRIPTOR_LENGTH = 13, 768, 10
EXTENSION, IMAGE, TRAILER = 0x21, 0x2C, b";"
LOCAL_PALETTE_OF_256: Final = 0x87


def encode_gif(
    frames: Iterable[tuple[NDArray[np.uint8], int]], metadata: Metadata, *, plays: int
) -> bytes:
    """Write frames, taken one by one: codes `(H, W, 3 or 4)` and hundredths of a second.

    `plays` is how often they are shown, 0 for forever; 1 of a single frame is a still picture.
    Of the metadata, XMP and a comment are kept.
    """
    parts: list[bytes] = []
    for codes, delay in frames:
        if not parts:
            parts += [_screen(codes), _loop(plays), _comment(metadata)]
            parts += [gif_extension(metadata.xmp)] if metadata.xmp else []
        parts += _frame(codes, delay)
    return b"".join([*parts, TRAILER])


def _screen(codes: NDArray[np.uint8]) -> bytes:
    height, width = codes.shape[:2]
    # No palette for all, background 0, pixels are square.
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x70, 0, 0)


def _loop(plays: int) -> bytes:
    """Say how often an animation is repeated, which is once less than it is shown."""
    if plays == 1:
        return b""
    repeats = min(plays - 1, GREATEST_REPEAT) if plays else 0
    return b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<HB", repeats, 0)


def _comment(metadata: Metadata) -> bytes:
    text = metadata.texts.get(COMMENT)
    if not text:
        return b""
    content = text.encode("utf-8")
    blocks = [content[start : start + 255] for start in range(0, len(content), 255)]
    return b"\x21\xfe" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


def _frame(codes: NDArray[np.uint8], delay: int) -> list[bytes]:
    image, has_alpha = _indexed(codes)
    palette, data = _palette_and_data(image)
    flags = CLEAR << 2 | int(has_alpha)
    control = struct.pack("<BBBBHBB", EXTENSION, 0xF9, 4, flags, delay, TRANSPARENT, 0)
    place = struct.pack("<BHHHHB", IMAGE, 0, 0, *image.size, LOCAL_PALETTE_OF_256)
    return [control, place, palette, data]


def _indexed(codes: NDArray[np.uint8]) -> tuple[Image.Image, bool]:
    """Reduce to a palette found for this frame (median cut), errors spread (Floyd-Steinberg)."""
    image = Image.fromarray(np.ascontiguousarray(codes[..., :3]))
    found = image.quantize(COLORS, Image.Quantize.MEDIANCUT)
    indexed = image.quantize(COLORS, palette=found, dither=Image.Dither.FLOYDSTEINBERG)
    is_clear = codes[..., 3] < OPAQUE_FROM if codes.shape[2] == 4 else np.zeros((), bool)
    if not is_clear.any():
        return indexed, False
    indices = np.where(is_clear, TRANSPARENT, np.asarray(indexed)).astype(np.uint8)
    result = Image.fromarray(indices, "P")
    result.putpalette(indexed.getpalette() or [])
    return result, True


def _palette_and_data(image: Image.Image) -> tuple[bytes, bytes]:
    """Return the palette of 256 colours, and what follows an image's description in a file."""
    palette = bytes(image.getpalette() or []).ljust(PALETTE_LENGTH, b"\0")
    image.putpalette(palette)
    buffer = BytesIO()
    # Optimized, indices would change; the place that is written above says nothing of interlacing.
    image.save(buffer, "GIF", optimize=False, interlace=False)
    file = buffer.getvalue()
    place = HEADER_LENGTH + PALETTE_LENGTH
    while file[place] == EXTENSION:
        place = _behind_blocks(file, place + 2)
    return palette, file[place + DESCRIPTOR_LENGTH : -len(TRAILER)]


def _behind_blocks(file: bytes, place: int) -> int:
    while file[place]:
        place += 1 + file[place]
    return place + 1
