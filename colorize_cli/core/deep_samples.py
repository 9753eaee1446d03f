"""Colour of 16 bits from files of which Pillow reads 8.

Its unpackers for big- and little-endian samples keep the first or the second byte of each, so
reading the file with both gives all 16 bits.
"""

import sys
from collections.abc import Mapping
from io import BytesIO
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

DEEP_COLOR_MODES: Final[Mapping[str, str]] = {
    "RGB;16": "RGB;16",
    "RGBA;16": "RGBA;16",
    "RGBX;16": "RGBX;16",
    # Read as it is, since Pillow would divide by alpha with 8 bits.
    "RGBa;16": "RGBA;16",
    "CMYK;16": "CMYK;16",
}
"""Pillow's names of layouts of 16 bits, less their byte order, and the unpackers to use."""

NATIVE: Final = "L" if sys.byteorder == "little" else "B"
HIGH_BYTE: Final = 1 if NATIVE == "L" else 0
"""Where the higher byte of a sample stands in an array's memory."""

GREATEST: Final = 65535
ROWS: Final = 256


def deep_codes(image: Image.Image, data: bytes, raw_mode: str) -> NDArray[np.uint16]:
    """Read `(H, W, channels)` of an image that was opened from `data`, at its current frame.

    `raw_mode` is one of DEEP_COLOR_MODES. Raises what Pillow's readers do.
    """
    # Tiles of libtiff are in the machine's byte order; others say theirs.
    order = _byte_order(image)
    other = "B" if order == "L" else "L"
    unpacker, frame = DEEP_COLOR_MODES[raw_mode], image.tell()
    load_as(image, unpacker + order)
    codes = np.empty((image.height, image.width, len(image.getbands())), np.uint16)
    _fill(codes, HIGH_BYTE, image)
    with Image.open(BytesIO(data)) as again:
        again.seek(frame)
        load_as(again, unpacker + other)
        _fill(codes, 1 - HIGH_BYTE, again)
    return codes


def load_as(image: Image.Image, raw_mode: str) -> None:
    """Load the picture with another unpacker than Pillow chose."""
    tiles: list[Any] = image.tile  # type: ignore[attr-defined]
    for index, tile in enumerate(tiles):
        is_tuple = isinstance(tile.args, tuple)
        arguments = (raw_mode, *tile.args[1:]) if is_tuple else raw_mode
        tiles[index] = tile._replace(args=arguments)
    image.load()


def divided_by_alpha(codes: NDArray[np.uint16], alpha: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Undo the multiplication of colour `(H, W, 3)` by alpha `(H, W)`."""
    shares = np.maximum(alpha, 1)[..., None]
    full = (codes.astype(np.uint64) * GREATEST + shares // 2) // shares
    whole: NDArray[np.uint16] = np.minimum(full, GREATEST).astype(np.uint16)
    return whole


def _fill(codes: NDArray[np.uint16], byte: int, image: Image.Image) -> None:
    """Copy one byte of each sample, some rows at a time: the picture is large as it is."""
    height, width, channels = codes.shape
    halves = codes.view(np.uint8).reshape(height, width, channels, 2)[..., byte]
    for start in range(0, height, ROWS):
        stop = min(start + ROWS, height)
        halves[start:stop] = np.asarray(image.crop((0, start, width, stop)))


def _byte_order(image: Image.Image) -> str:
    arguments = image.tile[0].args  # type: ignore[attr-defined]
    name = arguments[0] if isinstance(arguments, tuple) else arguments
    return NATIVE if name.endswith("N") else str(name[-1])
