"""How many bits a file's samples really have, where Pillow reads fewer of them or says more."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from numpy.typing import NDArray
from PIL import Image

SIZ_MARKER: Final = b"\xff\x4f\xff\x51"
"""Start of a JPEG 2000 codestream and of its first segment (ISO/IEC 15444-1 A.4.1, A.5.1)."""

COMPONENT_COUNT, FIRST_DEPTH = 36, 38
"""Where that segment says them, in bytes behind its marker."""

SHORT_DEPTHS: Final = (9, 10, 11, 12)
"""Depths of cameras and scanners, below which a picture stored in 16 bits is nearly black."""


def depth_remarks(image: Image.Image, data: bytes) -> tuple[str, ...]:
    """Say where the file that was opened from `data` has more than the 8 bits that are read."""
    find = _DEPTHS.get(image.format or "")
    depth = find(image, data) if find else None
    if depth is None or depth <= 8 or image.mode.startswith("I"):
        return ()
    return (f"its {depth} bits are reduced to 8: this reader of {image.format} keeps no more",)


def low_range_remarks(codes: NDArray[Any]) -> tuple[str, ...]:
    """Say where 16-bit samples use so few codes that they may be short ones, not scaled up."""
    greatest = int(codes.max())
    for depth in SHORT_DEPTHS:
        if 2 ** (depth - 1) <= greatest < 2**depth:
            return (
                f"its brightest sample is {greatest} of 65535: if it was stored with {depth} bits, "
                "scale it to 16 first",
            )
    return ()


def _jpeg_2000_depth(_image: Image.Image, data: bytes) -> int | None:
    start = data.find(SIZ_MARKER) + len(SIZ_MARKER)
    if start < len(SIZ_MARKER) or len(data) <= start + FIRST_DEPTH:
        return None
    count = int.from_bytes(data[start + COMPONENT_COUNT :][:2], "big")
    # Three bytes a component: depth less one, with the highest bit for a sign; subsampling.
    depths = data[start + FIRST_DEPTH :][: 3 * count : 3]
    return max((depth & 0x7F) + 1 for depth in depths) if depths else None


def _avif_depth(_image: Image.Image, data: bytes) -> int | None:
    """Read the box av1C (AV1 Codec ISO Media File Format Binding 2.3.3)."""
    start = data.find(b"av1C")
    if start < 0 or len(data) < start + 8:
        return None
    flags = data[start + 6]
    is_high, is_twelve = flags & 0x40, flags & 0x20
    return (12 if is_twelve else 10) if is_high else 8


def _sgi_depth(_image: Image.Image, data: bytes) -> int:
    return 8 * data[3]


def _ppm_depth(image: Image.Image, _data: bytes) -> int | None:
    tiles = getattr(image, "tile", [])
    arguments = tiles[0].args if tiles else None
    if not isinstance(arguments, tuple) or not isinstance(arguments[1], int):
        return None
    return arguments[1].bit_length()


_DEPTHS: Final[Mapping[str, Callable[[Image.Image, bytes], int | None]]] = {
    "JPEG2000": _jpeg_2000_depth,
    "AVIF": _avif_depth,
    "SGI": _sgi_depth,
    "PPM": _ppm_depth,
}
