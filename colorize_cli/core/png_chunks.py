"""The chunks that PNG files are made of (PNG specification, third edition, W3C 2025, section 5)."""

import struct
import zlib
from collections.abc import Iterator
from typing import Final

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return a chunk with its length and its checksum."""
    check = zlib.crc32(content, zlib.crc32(kind))
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def chunks(data: bytes) -> Iterator[tuple[bytes, memoryview, int]]:
    """Yield kind, content and stated checksum of each chunk that is there whole, unchecked."""
    view, place = memoryview(data), len(SIGNATURE)
    while place + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        end = place + 8 + length
        if end + 4 > len(data):
            return
        yield kind, view[place + 8 : end], struct.unpack_from(">I", data, end)[0]
        place = end + 4
