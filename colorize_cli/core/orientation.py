"""Which way up a picture is, by its file. NumPy is not needed."""

from PIL import ExifTags, Image

from colorize_cli.core.opening import READER_FAILURES


def read_orientation(image: Image.Image) -> object:
    """Return a loaded image's EXIF orientation: 1 where it has none that can be read."""
    try:
        return image.getexif().get(ExifTags.Base.Orientation, 1)
    except READER_FAILURES:
        return 1
