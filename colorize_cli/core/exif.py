"""EXIF blocks: what of a file's is still true of the result, built anew.

Sources: CIPA DC-008-2023 (EXIF 3.0), TIFF 6.0.
"""

from collections.abc import Mapping
from typing import Any, Final

from PIL import ExifTags, Image

from colorize_cli.core.opening import READER_FAILURES

EXIF_WIDTH: Final = 0xA002
EXIF_HEIGHT: Final = 0xA003
EXIF_COLOR_SPACE: Final = 0xA001
SRGB: Final = 1
UNKNOWN_DPI: Final = (72.0, 72.0)
INCHES: Final = 2

PARTS: Final = frozenset({ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo})
"""Tags that stand for further parts: the camera's settings, and the place."""

STRUCTURAL_TAGS: Final = frozenset(
    {
        *range(254, 269),  # size, depth, compression, photometric interpretation
        *range(273, 282),  # orientation, strips, samples, planes
        284,
        *range(286, 296),
        297,  # page number
        *range(301, 305),
        *range(317, 348),  # predictor, palette, tiles, sub-images, JPEG tables
        *range(512, 533),  # old JPEG, YCbCr
        700,  # XMP, kept by itself
        33723,
        34377,
        34675,
        37724,  # IPTC, Photoshop, ICC
    }
)
"""Tags that describe how the file was stored, not the picture: untrue of the result."""

MAP_TAGS: Final = frozenset({33550, 33922, 34264, 34735, 34736, 34737})
"""Where the pixels lie on a map (GeoTIFF 1.1): untrue once they are turned."""


def with_tag(block: bytes | None, tag: int, value: object) -> bytes:
    """Return an EXIF block with one tag set."""
    exif = Image.Exif()
    exif.load(block or b"")
    parts: dict[int, dict[int, Any]] = {part: exif.get_ifd(part) for part in PARTS}
    return _block({**_tags_of(exif), tag: value}, parts)


def exif_of_resolution(dpi: tuple[float, float] | None) -> bytes:
    """Return the least EXIF block: pixels per inch, 72 where nobody knows (CIPA DC-008, 4.6.4)."""
    across, down = dpi or UNKNOWN_DPI
    tags: dict[int, Any] = {ExifTags.Base.XResolution: across, ExifTags.Base.YResolution: down}
    return _block({**tags, ExifTags.Base.ResolutionUnit: INCHES}, {})


def text_of(block: bytes | None, tag: int) -> str:
    """Return a tag's text as the bytes stand there, each a character; "" if it has none."""
    exif = Image.Exif()
    exif.load(block or b"")
    value = exif.get(tag)
    return value.strip("\0 ") if isinstance(value, str) else ""


def in_unicode(text: str) -> str:
    """Read as UTF-8 what `text_of` gives, if it is that: so most programs write EXIF today."""
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def read_exif(image: Image.Image, size: tuple[int, int], remarks: list[str]) -> bytes | None:
    """Build a block of what to keep of an image's, None if that is nothing; add to the remarks.

    Anew, as the original may be in a form that only TIFF files have. Raises what Pillow's readers
    raise on damaged files.
    """
    original = image.getexif()
    dropped = STRUCTURAL_TAGS | MAP_TAGS
    tags = {tag: value for tag, value in _tags_of(original).items() if tag not in dropped}
    if MAP_TAGS & set(original):
        remarks.append("its place on a map (GeoTIFF) is left out")
    parts: dict[int, dict[int, Any]] = {}
    for part in PARTS:
        entries = dict(original.get_ifd(part))
        # It only says by which rules the file was named, and is a further part by itself.
        entries.pop(ExifTags.IFD.Interop, None)
        parts[part] = entries | {
            tag: value for tag, value in _now_true(size).items() if tag in entries
        }
    try:
        return _block(tags, parts) if tags or any(parts.values()) else None
    except READER_FAILURES:
        return _block_of_sound(tags, parts, remarks)


def _tags_of(exif: Image.Exif) -> dict[int, Any]:
    return {tag: exif[tag] for tag in exif if tag not in PARTS}


def _block(tags: Mapping[int, Any], parts: Mapping[int, Mapping[int, Any]]) -> bytes:
    exif = Image.Exif()
    for tag, value in tags.items():
        exif[tag] = exact(value)
    for part, entries in parts.items():
        if entries:
            exif[part] = {tag: exact(value) for tag, value in entries.items()}
    return exif.tobytes()


class ExactText(str):
    """A text of EXIF that Pillow, asking for ASCII, gets as the bytes that stood in the file.

    Each of its characters is a byte, as Pillow reads them; a text of others is UTF-8 (EXIF 3.0).
    """

    def encode(self, *_: str) -> bytes:
        """Return the bytes, whatever encoding is asked for."""
        try:
            return super().encode("latin-1")
        except UnicodeEncodeError:
            return super().encode("utf-8", "replace")


def exact(value: object) -> object:
    """Return a tag's value so that Pillow writes it, and its type, as it was read."""
    return ExactText(value) if isinstance(value, str) else value


def _block_of_sound(
    tags: Mapping[int, Any], parts: Mapping[int, Mapping[int, Any]], remarks: list[str]
) -> bytes | None:
    """Build a block of those tags alone that can be written each by itself."""
    sound = {tag: value for tag, value in tags.items() if _is_sound({tag: value}, {})}
    sound_parts = {
        part: {tag: value for tag, value in entries.items() if _is_sound({}, {part: {tag: value}})}
        for part, entries in parts.items()
    }
    all_of = len(tags) + sum(map(len, parts.values()))
    kept = len(sound) + sum(map(len, sound_parts.values()))
    remarks.append(f"{all_of - kept} of its {all_of} EXIF tags are damaged, and are left out")
    return _block(sound, sound_parts) if kept else None


def _is_sound(tags: Mapping[int, Any], parts: Mapping[int, Mapping[int, Any]]) -> bool:
    try:
        return bool(_block(tags, parts))
    except READER_FAILURES:
        return False


def _now_true(size: tuple[int, int]) -> dict[int, int]:
    return {EXIF_WIDTH: size[0], EXIF_HEIGHT: size[1], EXIF_COLOR_SPACE: SRGB}
