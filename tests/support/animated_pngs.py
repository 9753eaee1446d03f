"""Animated PNG files, written from the specification without any of the product's code."""

import struct
import zlib
from dataclasses import dataclass

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}


@dataclass(frozen=True)
class Part:
    """A frame as stored: codes `(H, W, channels)`, where, how long, and what happens after."""

    codes: np.ndarray
    left: int = 0
    top: int = 0
    delay: tuple[int, int] = (1, 10)
    disposal: int = 0
    blend: int = 0


def animated_png(
    parts: list[Part],
    *,
    plays: int = 0,
    still: np.ndarray | None = None,
    size: tuple[int, int] | None = None,
    claimed: int | None = None,
    extra: bytes = b"",
) -> bytes:
    """Return a file of some frames; `still` is a hidden first picture, `claimed` their count."""
    first = parts[0].codes if still is None else still
    height, width = first.shape[:2] if size is None else (size[1], size[0])
    depth = first.dtype.itemsize * 8
    header = struct.pack(">IIBBBBB", width, height, depth, COLOR_TYPES[first.shape[2]], 0, 0, 0)
    count = len(parts) if claimed is None else claimed
    file = SIGNATURE + png_chunk(b"IHDR", header)
    file += png_chunk(b"acTL", struct.pack(">II", count, plays)) + extra
    sequence = 0
    if still is not None:
        file += png_chunk(b"IDAT", unfiltered(still))
    for index, part in enumerate(parts):
        file += png_chunk(b"fcTL", struct.pack(">I", sequence) + control(part))
        sequence += 1
        if index == 0 and still is None:
            file += png_chunk(b"IDAT", unfiltered(part.codes))
        else:
            file += png_chunk(b"fdAT", struct.pack(">I", sequence) + unfiltered(part.codes))
            sequence += 1
    return file + png_chunk(b"IEND", b"")


def control(part: Part) -> bytes:
    height, width = part.codes.shape[:2]
    place = (width, height, part.left, part.top)
    return struct.pack(">IIIIHHBB", *place, *part.delay, part.disposal, part.blend)


def unfiltered(codes: np.ndarray) -> bytes:
    rows = codes.astype(codes.dtype.newbyteorder(">"))
    return zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))


def png_chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)
