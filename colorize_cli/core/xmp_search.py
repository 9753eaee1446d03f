"""The XMP packet of a file, found by walking the parts of its format; no pixel is decoded.

Only headers and the packet itself are read, so that a large file costs as little as a small
one. Source: ISO 16684-3 (where each format keeps XMP), PNG (W3C 2025), WebP (RFC 9649), TIFF 6.0
and BigTIFF, GIF89a, JPEG (ISO 10918-1, Annex B).
"""

import struct
import zlib
from collections.abc import Callable
from io import SEEK_CUR
from pathlib import Path
from typing import BinaryIO, Final

GREATEST_PACKET: Final = 2**26
"""Bytes of a packet that are read at most: real ones have kilobytes, 64 MiB is a trap."""

GREATEST_PARTS: Final = 2**20
"""Parts that are walked at most: an animation has a few for each frame."""

GREATEST_PAGES: Final = 256
"""Pages of a TIFF file that are walked: it is done anew for each of them."""

PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
PNG_KEYWORD: Final = b"XML:com.adobe.xmp\0"
JPEG_HEADER: Final = b"http://ns.adobe.com/xap/1.0/\0"
GIF_HEADER: Final = b"XMP DataXMP"
GIF_TRAILER: Final = 257
"""Bytes behind a packet in GIF that lead a reader of blocks to its end (ISO 16684-3, 1.1.2)."""

TIFF_XMP: Final = 700
TYPE_SIZES: Final = {3: 2, 4: 4}
"""Bytes of a value of the types other than bytes in which writers keep blocks of bytes."""

APP1, SCAN, END = 0xE1, 0xDA, 0xD9
STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
"""JPEG markers without a length."""

FAILURES: Final = (OSError, ValueError, struct.error, zlib.error, OverflowError)


def find_xmp(path: Path) -> bytes | None:
    """Return the first XMP packet of a PNG, JPEG, TIFF, WebP or GIF file.

    None where there is none, it is damaged or longer than 64 MiB, and for any other file. Raises
    nothing.
    """
    try:
        # Opening a pipe would wait for its writer.
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return packet_in(file)
    except OSError:
        return None


def packet_in(file: BinaryIO) -> bytes | None:
    """Return the first XMP packet of an open file, as `find_xmp` does."""
    try:
        return _search(file)
    except FAILURES:
        return None


def _search(file: BinaryIO) -> bytes | None:
    start = file.read(16)
    for signature, search in SEARCHES.items():
        if start.startswith(signature):
            is_webp = signature != b"RIFF" or start[8:12] == b"WEBP"
            return search(file) if is_webp else None
    return None


def _read(file: BinaryIO, length: int) -> bytes:
    """Read just so many bytes. Raises ValueError if there are fewer, or too many are asked."""
    if not 0 <= length <= GREATEST_PACKET:
        raise ValueError("too long")
    content = file.read(length)
    if len(content) < length:
        raise ValueError("cut off")
    return content


def _in_png(file: BinaryIO) -> bytes | None:
    file.seek(len(PNG_SIGNATURE))
    for _ in range(GREATEST_PARTS):
        length, kind = struct.unpack(">I4s", _read(file, 8))
        if kind == b"iTXt" and length <= GREATEST_PACKET:
            content = _read(file, length + 4)[:-4]
            if content.startswith(PNG_KEYWORD):
                return _png_text(content[len(PNG_KEYWORD) :])
        elif kind == b"IEND":
            return None
        else:
            file.seek(length + 4, SEEK_CUR)
    return None


def _png_text(content: bytes) -> bytes:
    """Return an iTXt chunk's text: behind two flags, a language and a translated keyword."""
    is_compressed = content[:1] == b"\1"
    text = content[2:].split(b"\0", 2)[2]
    return zlib.decompressobj().decompress(text, GREATEST_PACKET) if is_compressed else text


def _in_jpeg(file: BinaryIO) -> bytes | None:
    file.seek(2)
    for _ in range(GREATEST_PARTS):
        if _read(file, 1) != b"\xff":
            return None
        marker = 0xFF
        while marker == 0xFF:
            marker = _read(file, 1)[0]
        if marker in {SCAN, END}:
            return None
        if marker in STANDALONE:
            continue
        (length,) = struct.unpack(">H", _read(file, 2))
        if marker != APP1:
            file.seek(max(0, length - 2), SEEK_CUR)
            continue
        content = _read(file, length - 2)
        if content.startswith(JPEG_HEADER):
            return content[len(JPEG_HEADER) :]
    return None


def _in_webp(file: BinaryIO) -> bytes | None:
    file.seek(12)
    for _ in range(GREATEST_PARTS):
        kind, length = struct.unpack("<4sI", _read(file, 8))
        if kind == b"XMP ":
            return _read(file, length)
        file.seek(length + length % 2, SEEK_CUR)
    return None


def _in_gif(file: BinaryIO) -> bytes | None:
    file.seek(10)
    file.seek(2 + _table_length(_read(file, 1)[0]), SEEK_CUR)
    for _ in range(GREATEST_PARTS):
        kind = _read(file, 1)
        if kind == b"!":
            label = _read(file, 1)
            if label == b"\xff" and (packet := _gif_application(file)) is not None:
                return packet
        elif kind == b",":
            file.seek(8, SEEK_CUR)
            file.seek(_table_length(_read(file, 1)[0]) + 1, SEEK_CUR)
        else:
            return None
        _skip_blocks(file)
    return None


def _table_length(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _gif_application(file: BinaryIO) -> bytes | None:
    """Return the packet of an application's extension, None where it is another's.

    The packet stands there whole, not in blocks; each of its bytes leads, as the length of a
    block, to the next or into the trailer.
    """
    (length,) = _read(file, 1)
    if _read(file, length) != GIF_HEADER:
        return None
    start = file.tell()
    _skip_blocks(file)
    whole = file.tell() - start - 1
    file.seek(start)
    return _read(file, whole)[:-GIF_TRAILER]


def gif_extension(packet: bytes) -> bytes:
    """Return the extension that holds a packet in a GIF file, to stand before its first frame.

    Wherever a reader of blocks comes into the trailer, it ends at the same zero.
    """
    trailer = bytes([1, *range(255, -1, -1)])
    return b"!\xff" + bytes([len(GIF_HEADER)]) + GIF_HEADER + packet + trailer + b"\0"


def _skip_blocks(file: BinaryIO) -> None:
    while length := _read(file, 1)[0]:
        file.seek(length, SEEK_CUR)


def _in_tiff(file: BinaryIO) -> bytes | None:
    return tiff_tag(file, TIFF_XMP)


def tiff_tag(file: BinaryIO, wanted: int) -> bytes | None:
    """Return the bytes of a tag that is not as short as to stand in its directory.

    Of several pages, the first that has it. Raises ValueError, OSError or struct.error for what
    is damaged.
    """
    file.seek(0)
    head = _read(file, 4)
    order = "<" if head[:2] == b"II" else ">"
    is_big = head[2:] in {b"+\0", b"\0+"}
    offset, count, entry = ("Q", "Q", "HHQ8s") if is_big else ("I", "H", "HHI4s")
    file.seek(8 if is_big else 4)
    (place,) = _unpack(file, order + offset)
    seen: set[int] = set()
    while place and place not in seen and len(seen) < GREATEST_PAGES:
        seen.add(place)
        file.seek(place)
        (entries,) = _unpack(file, order + count)
        directory = _read(file, entries * struct.calcsize(order + entry))
        (place,) = _unpack(file, order + offset)
        for tag, kind, length, value in struct.iter_unpack(order + entry, directory):
            size = length * TYPE_SIZES.get(kind, 1)
            if tag == wanted and size > len(value):
                file.seek(struct.unpack(order + offset, value)[0])
                return _read(file, size)
    return None


def _unpack(file: BinaryIO, layout: str) -> tuple[int, ...]:
    return struct.unpack(layout, _read(file, struct.calcsize(layout)))


SEARCHES: Final[dict[bytes, Callable[[BinaryIO], bytes | None]]] = {
    PNG_SIGNATURE: _in_png,
    b"\xff\xd8": _in_jpeg,
    b"RIFF": _in_webp,
    b"GIF8": _in_gif,
    b"II*\0": _in_tiff,
    b"MM\0*": _in_tiff,
    b"II+\0": _in_tiff,
    b"MM\0+": _in_tiff,
}
"""By the bytes that the files start with."""
