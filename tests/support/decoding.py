"""Decoding in tests: 16-bit PNG made by hand, and what is said of files that are refused."""

import struct
import zlib

import numpy as np
import pytest

from colorize_cli.core.errors import ExitStatus, NotAnImageError
from colorize_cli.core.image_io import decode


def deep_png(codes: np.ndarray) -> bytes:
    """Return 16-bit PNG without any filter, the least that the specification asks for."""
    kind = 0 if codes.ndim == 2 else {2: 4, 3: 2, 4: 6}[codes.shape[2]]
    height, width = codes.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in codes)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


def reason(data: bytes) -> str:
    with pytest.raises(NotAnImageError) as caught:
        decode(data, path="it")
    assert caught.value.status == ExitStatus.NOT_AN_IMAGE
    assert "\n" not in str(caught.value)
    return str(caught.value)
