"""PNG files of 8 and 16 bits, still and animated. Pillow has no colour of 16 bits.

Source: the PNG specification, third edition (W3C 2025). All chunks of metadata are Pillow's; but
for stills of 8 bits, a picture of one pixel carries them, whose header and data are replaced.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from colorize_cli.core import iptc
from colorize_cli.core.metadata import Metadata
from colorize_cli.core.png_chunks import SIGNATURE, chunk, chunks

if TYPE_CHECKING:
    from fractions import Fraction

Codes: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]
TimedCodes: TypeAlias = tuple[Codes, "Fraction | None"]
"""A frame of an animation: its codes, and its duration in seconds, None for the hidden still."""

COMPRESSION_LEVEL: Final = 2
"""A quarter of the time of the usual 6 for 7 % more bytes, measured on a photograph of 6 MP."""

STRIP_BYTES: Final = 2**22
SUB, UP = 1, 2
TRUECOLOR, TRUECOLOR_WITH_ALPHA = 2, 6

FRAME_CONTROL: Final = struct.Struct(">IIIIIHHBB")
KEEP, REPLACE = 0, 0
"""Every frame is a whole picture: it replaces what was there, which stays until then."""

DELAY_LIMIT: Final = 65535
"""Of numerator and denominator of a frame's duration."""


def encode_png(codes: Codes, metadata: Metadata, *, profile: bytes | None = None) -> bytes:
    """Write RGB codes `(H, W, 3)`, or with alpha `(H, W, 4)`, uint8 or uint16, as PNG.

    They are sRGB unless a profile says otherwise.
    """
    if codes.dtype == np.uint8:
        return _pillow_png(Image.fromarray(codes), metadata, profile)
    head, tail = _carrier(metadata, profile)
    data = (chunk(b"IDAT", part) for part in _compressed(codes))
    return b"".join([SIGNATURE, chunk(b"IHDR", _header(codes)), head, *data, tail])


def encode_animated_png(
    frames: Iterable[TimedCodes],
    metadata: Metadata,
    *,
    count: int,
    plays: int,
    profile: bytes | None = None,
) -> bytes:
    """Write `count` frames of one size, depth and number of channels, taken one by one.

    `plays` is how often they are shown, 0 for forever. A frame without duration comes first, is
    not counted and is shown by viewers without animation only.
    """
    head, tail = _carrier(metadata, profile)
    parts = [SIGNATURE]
    sequence = 0
    for index, (codes, duration) in enumerate(frames):
        if index == 0:
            control = chunk(b"acTL", struct.pack(">II", count, plays))
            parts += [chunk(b"IHDR", _header(codes)), control, head]
        if duration is not None:
            parts.append(chunk(b"fcTL", _frame_control(sequence, codes, duration)))
            sequence += 1
        for part in _compressed(codes):
            if index == 0:
                parts.append(chunk(b"IDAT", part))
            else:
                parts.append(chunk(b"fdAT", struct.pack(">I", sequence) + part))
                sequence += 1
    return b"".join([*parts, tail])


def _frame_control(sequence: int, codes: Codes, duration: "Fraction") -> bytes:
    height, width = codes.shape[:2]
    numerator, denominator = _delay(duration)
    return FRAME_CONTROL.pack(sequence, width, height, 0, 0, numerator, denominator, KEEP, REPLACE)


def _delay(duration: "Fraction") -> tuple[int, int]:
    """Return a duration as the nearest fraction that fits: exactly, if it came from PNG."""
    if duration > DELAY_LIMIT:
        return DELAY_LIMIT, 1
    denominator = DELAY_LIMIT if duration <= 1 else int(DELAY_LIMIT / duration)
    nearest = duration.limit_denominator(denominator)
    return nearest.numerator, nearest.denominator


def _carrier(metadata: Metadata, profile: bytes | None) -> tuple[bytes, bytes]:
    """Return the chunks before and behind the data, without the header."""
    png = _pillow_png(Image.new("RGB", (1, 1)), metadata, profile)
    head, tail = b"", b""
    is_before = True
    for kind, content, _ in chunks(png):
        if kind == b"IDAT":
            is_before = False
        elif kind != b"IHDR" and is_before:
            head += chunk(kind, bytes(content))
        elif kind != b"IHDR":
            tail += chunk(kind, bytes(content))
    return head, tail


def _pillow_png(image: Image.Image, metadata: Metadata, profile: bytes | None) -> bytes:
    options: dict[str, Any] = {
        "pnginfo": _info(metadata, has_profile=bool(profile)),
        "compress_level": COMPRESSION_LEVEL,
    }
    if profile:
        options["icc_profile"] = profile
    if metadata.dpi:
        options["dpi"] = metadata.dpi
    if metadata.exif:
        options["exif"] = metadata.exif
    buffer = BytesIO()
    image.save(buffer, "PNG", **options)
    return buffer.getvalue()


def _info(metadata: Metadata, *, has_profile: bool) -> PngInfo:
    info = PngInfo()
    if not has_profile:
        info.add(b"sRGB", b"\0")
    for key, value in metadata.texts.items():
        info.add_text(key, value)
    if metadata.iptc:
        info.add_text(iptc.PNG_PROFILE, iptc.png_profile(metadata.iptc), zip=True)
    if metadata.xmp:
        info.add_itxt("XML:com.adobe.xmp", metadata.xmp.decode("utf-8", "replace"))
    return info


def _header(codes: Codes) -> bytes:
    height, width, channels = codes.shape
    color = TRUECOLOR if channels == 3 else TRUECOLOR_WITH_ALPHA
    return struct.pack(">IIBBBBB", width, height, codes.itemsize * 8, color, 0, 0, 0)


def _compressed(codes: Codes) -> Iterator[bytes]:
    compressor = zlib.compressobj(COMPRESSION_LEVEL)
    height, width, channels = codes.shape
    pixel = channels * codes.itemsize
    rows = max(1, STRIP_BYTES // (width * pixel))
    above = np.zeros((1, width * pixel), np.uint8)
    for start in range(0, height, rows):
        strip = codes[start : start + rows].astype(codes.dtype.newbyteorder(">")).view(np.uint8)
        strip = strip.reshape(len(strip), -1)
        yield from _unless_empty(compressor.compress(_filtered(strip, above, pixel).tobytes()))
        above = strip[-1:]
    yield from _unless_empty(compressor.flush())


def _unless_empty(part: bytes) -> Iterator[bytes]:
    if part:
        yield part


def _filtered(rows: NDArray[np.uint8], above: NDArray[np.uint8], pixel: int) -> NDArray[np.uint8]:
    """Filter each row by its left or its upper neighbours, whichever leaves less (12.7)."""
    sub, up = rows.copy(), rows - np.concatenate([above, rows[:-1]])
    sub[:, pixel:] -= rows[:, :-pixel]
    is_up = _size_of(up) < _size_of(sub)
    kinds = np.where(is_up, UP, SUB).astype(np.uint8)
    return np.concatenate([kinds[:, None], np.where(is_up[:, None], up, sub)], axis=1)


def _size_of(residuals: NDArray[np.uint8]) -> NDArray[np.int64]:
    sizes: NDArray[np.int64] = np.abs(residuals.view(np.int8).astype(np.int16)).sum(axis=1)
    return sizes
