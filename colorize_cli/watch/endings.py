"""Whether a picture's file has its end: some that lack it decode all the same.

A PNG without its last bytes, a JPEG without its last marker are read in full by lenient decoders,
and are just what a slow writer leaves between two writes.
"""

import os
import struct
from pathlib import Path
from typing import Final

HEAD: Final = 12
TAIL: Final = 65536
"""Bytes at the end in which the mark is looked for: cameras and phones append things."""

PNG_START: Final = b"\x89PNG\r\n\x1a\n"
PNG_END: Final = b"IEND\xaeB`\x82"
"""The last chunk's name and its checksum (PNG specification, section 11.2.5)."""

JPEG_START: Final = b"\xff\xd8\xff"
JPEG_END: Final = b"\xff\xd9"
"""EOI (ITU-T T.81, table B.1)."""

RIFF_EXTRA: Final = 8
"""Bytes of a RIFF file that its size does not count: the name and the size itself."""


def has_end(path: Path) -> bool:
    """Whether a file is as long as it says, or its last mark is there; True if none is known.

    Raises OSError if it cannot be read.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(HEAD)
        if head[:4] == b"RIFF" and head[8:] == b"WEBP":
            (length,) = struct.unpack("<I", head[4:8])
            return size >= int(length) + RIFF_EXTRA
        file.seek(max(0, size - TAIL))
        tail = file.read()
    if head.startswith(PNG_START):
        return PNG_END in tail
    return JPEG_END in tail if head.startswith(JPEG_START) else True
