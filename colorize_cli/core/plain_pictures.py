"""Plain pictures, one gray channel of 8 bits in a PNG or JPEG file, read without NumPy.

What is gray but saved as RGB is plain as well. All others are `core.image_io`'s, which reads these
too, to the same codes.
"""

from typing import Final

from PIL import Image

from colorize_cli.core.metadata import read_metadata
from colorize_cli.core.orientation import read_orientation
from colorize_cli.core.picture import PlainPicture
from colorize_cli.core.pillow_memory import GrayPixels, gray_pixels
from colorize_cli.core.png_chunks import chunks_before_data

FORMATS: Final = frozenset({"PNG", "JPEG"})
MODES: Final = frozenset({"L", "RGB"})
"""Of Pillow, and of the samples as they lie in the file."""

TURNED: Final = frozenset(range(2, 9))
"""EXIF orientations that turn or mirror a picture (CIPA DC-008, 4.6.4)."""

GREATEST_WIDTH: Final = 2**16
"""Wider ones are worked on in columns, by `pipeline.colorize`."""

SAMPLED_ROWS: Final = 16
"""So many rows tell most coloured pictures, without reading them whole."""


def plain_picture_of(image: Image.Image, data: bytes) -> PlainPicture | None:
    """Decode an image of one frame that was opened from `data`; None if it is not plain.

    It may be loaded then. Raises what Pillow's readers do.
    """
    if not _may_be_plain(image, data):
        return None
    image.load()
    if _says_more(image) or read_orientation(image) in TURNED:
        return None
    codes = _gray_codes(image)
    if codes is None:
        return None
    width, height = image.size
    metadata = read_metadata(image, size=image.size, data=data)
    return PlainPicture(
        codes=codes,
        width=width,
        height=height,
        metadata=metadata,
        format=image.format or "PNG",
        warnings=metadata.warnings,
    )


def _may_be_plain(image: Image.Image, data: bytes) -> bool:
    if image.format not in FORMATS or image.mode not in MODES:
        return False
    if not 0 < image.width <= GREATEST_WIDTH or image.height == 0:
        return False
    tiles = getattr(image, "tile", [])
    arguments = tiles[0].args if tiles else None
    stored = arguments[0] if isinstance(arguments, tuple) and arguments else arguments
    if stored != image.mode or _says_more(image):
        return False
    return image.format != "PNG" or b"cICP" not in chunks_before_data(data)


def _says_more(image: Image.Image) -> bool:
    """Whether its codes are to be read otherwise than as opaque sRGB."""
    info = image.info
    has_gamma = "gamma" in info and "srgb" not in info
    return "transparency" in info or bool(info.get("icc_profile")) or has_gamma


def _gray_codes(image: Image.Image) -> bytes | GrayPixels | None:
    """Return the one channel, None where there are three."""
    if image.mode == "L":
        return gray_pixels(image) or image.tobytes()
    width, height = image.size
    for top in range(0, height, max(1, height // SAMPLED_ROWS)):
        if _neutral(image.crop((0, top, width, top + 1))) is None:
            return None
    return _neutral(image)


def _neutral(image: Image.Image) -> bytes | None:
    red, green, blue = (channel.tobytes() for channel in image.split())
    return red if red == green == blue else None
