"""Protocol buffers as far as a graph needs them, written without a library that takes 60 ms.

Source: the encoding of Protocol Buffers (protobuf.dev/programming-guides/encoding).
"""

import struct
from functools import cache
from typing import Final

VARINT: Final = 0
DELIMITED: Final = 2
FIXED_32: Final = 5


def whole(field: int, number: int) -> bytes:
    """Return a field that holds a whole number from 0."""
    return _varint(field << 3 | VARINT) + _varint(number)


def single(field: int, number: float) -> bytes:
    """Return a field that holds a number of float32."""
    return _varint(field << 3 | FIXED_32) + struct.pack("<f", number)


@cache
def text(field: int, content: str) -> bytes:
    """Return a field that holds a text."""
    return message(field, content.encode())


def message(field: int, content: bytes) -> bytes:
    """Return a field that holds bytes: another message, as a rule."""
    return _varint(field << 3 | DELIMITED) + _varint(len(content)) + content


@cache
def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; all but the last have their highest bit set."""
    if number < 128:
        return bytes((number,))
    digits = bytearray()
    while number > 127:
        digits.append(number & 127 | 128)
        number >>= 7
    digits.append(number)
    return bytes(digits)
