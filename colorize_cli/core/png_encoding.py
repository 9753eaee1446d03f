"""PNG files of 8 and 16 bits, still and animated. Pillow has no colour of 16 bits.

Source: the PNG specification, third edition (W3C 2025). All chunks of metadata are Pillow's; a
picture of one pixel carries them, whose header and data are replaced.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial, reduce
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from colorize_cli.core import iptc
from colorize_cli.core.metadata import Metadata
from colorize_cli.core.png_chunks import SIGNATURE, chunk, chunks
from colorize_cli.core.sizes import pieces
from colorize_cli.core.threads import in_threads

if TYPE_CHECKING:
    from fractions import Fraction

    from colorize_cli.core.threads import Each

Codes: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]
TimedCodes: TypeAlias = tuple[Codes, "Fraction | None"]
"""A frame of an animation: its codes, and its duration in seconds, None for the hidden still."""

COMPRESSION_LEVEL: Final = 3
"""With all rows filtered by Up: 0.20 to 0.28 of the processor's time of Pillow's default (level 6,
the filter chosen for each row), 0.98 to 1.08 of its bytes, on four pictures of 2 to 6 MP. Level 2
took 0.13 to 0.18 of the time, 1.01 to 1.16 of the bytes; the filters Sub, Average and Paeth, and
choosing among them, hardly ever gave less and took up to twice as long."""

STRIP_BYTES: Final = 2**18
"""What is deflated at once, by one thread: half of this would cost another 0.4 % of bytes."""

ZLIB_HEADER: Final = b"\x78\x5e"
"""Deflate with a window of 32 KiB, fast (RFC 1950, 2.2)."""

DEFLATE_END: Final = b"\x03\x00"
"""An empty last block (RFC 1951, 3.2.3)."""

ADLER_BASE: Final = 65521
UP: Final = 2
TRUECOLOR, TRUECOLOR_WITH_ALPHA = 2, 6

FRAME_CONTROL: Final = struct.Struct(">IIIIIHHBB")
KEEP, REPLACE = 0, 0
"""Every frame is a whole picture: it replaces what was there, which stays until then."""

DELAY_LIMIT: Final = 65535
"""Of numerator and denominator of a frame's duration."""


def encode_png(
    codes: Codes,
    metadata: Metadata,
    *,
    profile: bytes | None = None,
    threads: int | None = None,
) -> bytes:
    """Write RGB codes `(H, W, 3)`, or with alpha `(H, W, 4)`, uint8 or uint16, as PNG.

    They are sRGB unless a profile says otherwise. The bytes do not depend on the threads, of
    which None is one for each processor.
    """
    head, tail = _carrier(metadata, profile)
    with in_threads(1 if codes.nbytes <= STRIP_BYTES else threads) as each:
        data = [chunk(b"IDAT", part) for part in _compressed(codes, each)]
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
        for part in _compressed(codes, map):
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
    buffer = _NamedBuffer()
    image.save(buffer, **options)
    return buffer.getvalue()


class _NamedBuffer(BytesIO):
    """By its name Pillow knows the format without loading the writers of several others."""

    name = "picture.png"


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


@dataclass(frozen=True, kw_only=True)
class _Deflated:
    """A part of a deflate stream, and checksum (Adler-32) and length of what it stands for."""

    data: bytes
    checksum: int
    length: int


def _compressed(codes: Codes, each: "Each") -> list[bytes]:
    """Return a zlib stream (RFC 1950) in parts of whole rows, deflated each for itself."""
    parts = list(each(partial(_deflated, codes), _strips(codes)))
    checksum = reduce(_joined_checksum, parts, zlib.adler32(b""))
    data = [part.data for part in parts]
    data[0] = ZLIB_HEADER + data[0]
    data[-1] += DEFLATE_END + struct.pack(">I", checksum)
    return data


def _strips(codes: Codes) -> Iterator[slice]:
    """Yield strips that depend on the picture alone, so that its bytes do."""
    return pieces(len(codes), STRIP_BYTES // codes[0].nbytes)


def _deflated(codes: Codes, rows: slice) -> _Deflated:
    filtered = _filtered(codes, rows)
    compressor = zlib.compressobj(COMPRESSION_LEVEL, wbits=-zlib.MAX_WBITS)
    data = compressor.compress(filtered.data) + compressor.flush(zlib.Z_SYNC_FLUSH)
    return _Deflated(data=data, checksum=zlib.adler32(filtered.data), length=filtered.nbytes)


def _filtered(codes: Codes, rows: slice) -> NDArray[np.uint8]:
    """Return rows less the ones above them (9.2, filter Up), each with its filter's number."""
    above = max(rows.start - 1, 0)
    samples = np.ascontiguousarray(codes[above : rows.stop], codes.dtype.newbyteorder(">"))
    lines = samples.view(np.uint8).reshape(len(samples), -1)
    filtered = np.empty((rows.stop - rows.start, 1 + lines.shape[1]), np.uint8)
    filtered[:, 0] = UP
    np.subtract(lines[1:], lines[:-1], out=filtered[len(filtered) - len(lines) + 1 :, 1:])
    if rows.start == 0:
        # Above the first row nothing is as good as zeros.
        filtered[0, 1:] = lines[0]
    return filtered


def _joined_checksum(checksum: int, part: _Deflated) -> int:
    """Return the Adler-32 of two texts one behind the other, as zlib's adler32_combine."""
    low = (checksum & 0xFFFF) + (part.checksum & 0xFFFF) - 1
    high = (checksum >> 16) + (part.checksum >> 16) + part.length * ((checksum & 0xFFFF) - 1)
    return high % ADLER_BASE << 16 | low % ADLER_BASE
