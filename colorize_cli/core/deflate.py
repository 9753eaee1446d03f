"""Deflate (RFC 1951) as fast as it is to be had: by ISA-L where its package is, else by zlib.

Both are for rows that are filtered by Paeth's filter (`core.png_stream`). On 23 pictures, most of
them photographs, ISA-L at level 3 takes a fifth of the time of zlib at level 3 and gives 0.97 to
1.13, in the mean 1.05, of the bytes of Pillow's default (level 6, the filter chosen for each row),
zlib 0.84 to 1.06, in the mean 0.97.
"""

from functools import cache
from types import ModuleType
from typing import Any, Final

ISAL_LEVEL: Final = 3
"""Level 2 takes two thirds as long for 1 to 3 % more bytes: of 12 grainy megapixels 1.11 of
Pillow's, where `benchmarks/one_picture.py` allows 1.1; 1.08 by this."""

ZLIB_LEVEL: Final = 3
"""Level 1 takes half as long, and its results are 3 to 10 % longer; level 6 three times as long."""

WINDOW: Final = 15
"""Bits of the greatest window, 32 KiB."""


def raw_compressor() -> Any:
    """Return what has `compress` and `flush` of zlib, and writes no header and no checksum."""
    module, level = _fastest()
    return module.compressobj(level, module.DEFLATED, -WINDOW)


@cache
def _fastest() -> tuple[ModuleType, int]:
    try:
        from isal import isal_zlib
    except ImportError:
        import zlib

        return zlib, ZLIB_LEVEL
    return isal_zlib, ISAL_LEVEL
