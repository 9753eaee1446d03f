"""The chunks that PNG files are made of (PNG specification, third edition, W3C 2025, section 5)."""

import struct
import zlib
from collections.abc import Iterator
from itertools import islice
from typing import Final

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"

GREATEST_CHUNKS: Final = 1000
"""Chunks that are looked at: there are a dozen kinds that may stand before the data."""


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


def chunks_before_data(data: bytes) -> dict[bytes, bytes]:
    """Return the first chunk of each kind that stands before the data, by its kind."""
    found: dict[bytes, bytes] = {}
    for kind, content, _ in islice(chunks(data), GREATEST_CHUNKS):
        if kind == b"IDAT":
            break
        found.setdefault(kind, bytes(content))
    return found
