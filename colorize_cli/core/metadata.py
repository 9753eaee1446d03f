"""What a picture's file says besides its pixels, and what the result keeps of it.

Orientation is dropped as it was applied, the thumbnail and the ICC profile as they no longer
fit. Sources: EXIF is CIPA DC-008, XMP is ISO 16684-1.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from PIL import ExifTags, Image

from colorize_cli.core.image_samples import READER_FAILURES

EXIF_WIDTH: Final = 0xA002
EXIF_HEIGHT: Final = 0xA003
EXIF_COLOR_SPACE: Final = 0xA001
SRGB: Final = 1
MIN_DPI: Final = 2.0
MAX_DPI: Final = 1e5
"""Pixels per inch outside these are noise in the file's header."""

PARTS: Final = frozenset({ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo})
"""Tags that stand for further parts: the camera's settings, and the place."""

STRUCTURAL_TAGS: Final = frozenset(
    {
        *range(254, 270),  # size, depth, compression, photometric interpretation
        *range(273, 282),  # orientation, strips, samples, planes
        *range(284, 296),
        297,  # page number
        *range(301, 305),
        *range(317, 348),  # predictor, palette, tiles, sub-images, JPEG tables
        *range(512, 533),  # old JPEG, YCbCr
        700,  # XMP, kept by itself
        33550,
        33922,
        34264,
        34735,
        34736,
        34737,  # where a map's pixels lie
        33723,
        34377,
        34675,
        37724,  # IPTC, Photoshop, ICC
    }
)
"""Tags that describe how the file was stored, not the picture: untrue of the result."""


ORIENTATION_IN_XMP: Final = re.compile(
    rb'tiff:Orientation\s*=\s*["\'][0-9]["\']|<tiff:Orientation>[0-9]</tiff:Orientation>'
)

XMP_PACKET: Final = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
    ' xmp:CreatorTool="{maker}"/></rdf:RDF></x:xmpmeta>'
    '<?xpacket end="w"?>'
)
"""The least packet that names a tool; its begin and id are those that ISO 16684-1 prescribes."""


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """What is kept: an EXIF block, an XMP packet, pixels per inch; remarks on what is not."""

    exif: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    warnings: tuple[str, ...] = ()


def read_orientation(image: Image.Image) -> object:
    """Return a loaded image's EXIF orientation: 1 where it has none that can be read."""
    try:
        return image.getexif().get(ExifTags.Base.Orientation, 1)
    except READER_FAILURES:
        return 1


def read_metadata(image: Image.Image, *, size: tuple[int, int]) -> Metadata:
    """Read what to keep from a loaded image whose upright size is `size`."""
    kept = Metadata(xmp=_xmp(image.info), dpi=_dpi(image.info))
    try:
        return replace(kept, exif=_exif(image, size))
    except READER_FAILURES:
        return replace(kept, warnings=("its EXIF data is damaged, and is left out",))


def mark(metadata: Metadata, maker: str) -> Metadata:
    """Return metadata that names what made the picture, behind what it names already."""
    exif = Image.Exif()
    exif.load(metadata.exif or b"")
    before = str(exif.get(ExifTags.Base.Software, "")).strip("\0 ")
    software = f"{before}; {maker}" if before else maker
    xmp = metadata.xmp or XMP_PACKET.format(maker=html.escape(maker)).encode()
    exif_block = with_tag(metadata.exif, ExifTags.Base.Software, software)
    return replace(metadata, exif=exif_block, xmp=xmp)


def with_tag(block: bytes | None, tag: int, value: object) -> bytes:
    """Return an EXIF block with one tag set."""
    exif = Image.Exif()
    exif.load(block or b"")
    exif[tag] = value
    return exif.tobytes()


def _exif(image: Image.Image, size: tuple[int, int]) -> bytes | None:
    """Build the kept part anew, as the original may be in a form that only TIFF files have."""
    original, kept = image.getexif(), Image.Exif()
    for tag in original.keys() - STRUCTURAL_TAGS - PARTS:
        kept[tag] = original[tag]
    for part in PARTS:
        entries = dict(original.get_ifd(part))
        # It only says by which rules the file was named, and is a further part by itself.
        entries.pop(ExifTags.IFD.Interop, None)
        entries |= {tag: value for tag, value in _now_true(size).items() if tag in entries}
        if entries:
            kept[part] = entries
    return kept.tobytes() if len(kept) else None


def _now_true(size: tuple[int, int]) -> dict[int, int]:
    return {EXIF_WIDTH: size[0], EXIF_HEIGHT: size[1], EXIF_COLOR_SPACE: SRGB}


def _xmp(info: Mapping[Any, Any]) -> bytes | None:
    packet = info.get("xmp", info.get("XML:com.adobe.xmp"))
    packet = packet.encode() if isinstance(packet, str) else packet
    return ORIENTATION_IN_XMP.sub(b"", packet) if isinstance(packet, bytes) else None


def _dpi(info: Mapping[Any, Any]) -> tuple[float, float] | None:
    try:
        across, down = (float(number) for number in info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    is_sensible = all(MIN_DPI <= number <= MAX_DPI for number in (across, down))
    return (across, down) if is_sensible else None
