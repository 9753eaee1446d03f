"""What a picture's file says besides its pixels, and what the result keeps of it.

Orientation is dropped as it was applied, the thumbnail and the ICC profile as they no longer
fit. What stands in IPTC-IIM or in plain texts is told in XMP too, where that is silent, so that
every format keeps it. Sources: EXIF is CIPA DC-008, XMP is ISO 16684-1.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from typing import Any, Final, TypeVar

from PIL import Image

from colorize_cli.core import iptc, text_fields, xmp
from colorize_cli.core.exif import read_exif
from colorize_cli.core.opening import READER_FAILURES
from colorize_cli.core.records import made_by, record
from colorize_cli.core.xmp_search import packet_in

Kept = TypeVar("Kept")

MIN_DPI: Final = 2.0
MAX_DPI: Final = 1e5
"""Pixels per inch outside these are noise in the file's header."""

STRUCTURAL_PROPERTIES: Final = (
    *(f"tiff:{name}" for name in (
        "BitsPerSample", "Compression", "ImageLength", "ImageWidth", "Orientation",
        "PhotometricInterpretation", "PlanarConfiguration", "SamplesPerPixel",
        "YCbCrPositioning", "YCbCrSubSampling",
    )),
    *(f"exif:{name}" for name in ("ColorSpace", "PixelXDimension", "PixelYDimension")),
    "dc:format",
    "photoshop:ColorMode",
    "photoshop:ICCProfile",
    "xmp:Thumbnails",
    "xmpNote:HasExtendedXMP",
)  # fmt: skip
"""The like of them in XMP, and the preview, which is gray."""

LEFT_OUT: Final = {
    b"http://ns.adobe.com/xmp/extension/\0": "the part of its XMP beyond 64 KiB is left out",
    b"JP": "its content credentials (C2PA) no longer fit, and are left out",
}
"""What JPEG segments that are not kept start with, and the remark on it."""

BLANK: Final = b"\0 \t\r\n"
"""What a packet of XMP may consist of that says nothing."""

ORIENTATION_IN_XMP: Final = (
    rb'tiff:Orientation\s*=\s*(?:"[^"<]*"|\'[^\'<]*\')|<tiff:Orientation>[^<]*</tiff:Orientation>'
)
"""However it stands there, even as text: many programs look for just these letters."""


@record
class Metadata:
    """What is kept: blocks as their standards have them, pixels per inch, remarks on the rest.

    `exif` starts with "Exif", as in JPEG; `xmp` is a packet, `iptc` a block of IPTC-IIM;
    `texts` are PNG's by keyword, comments of other formats under "Comment".
    """

    exif: bytes | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    texts: Mapping[str, str] = made_by(default_factory=dict)
    dpi: tuple[float, float] | None = None
    warnings: tuple[str, ...] = ()


def read_metadata(
    image: Image.Image, *, size: tuple[int, int], data: bytes | None = None
) -> Metadata:
    """Read what to keep from a loaded image whose upright size is `size`.

    `data` are the file's bytes: Pillow does not tell all that some formats hold.
    """
    remarks = [*_remarks(image)]

    def read(name: str, reader: Callable[[], Kept], otherwise: Kept) -> Kept:
        try:
            return reader()
        except READER_FAILURES:
            remarks.append(f"its {name} data is damaged, and is left out")
            return otherwise

    exif = read("EXIF", lambda: read_exif(image, size, remarks), None)
    block = read("IPTC", lambda: iptc.read_iptc(image, data), None)
    texts: Mapping[str, str] = read("text", lambda: text_fields.read_texts(image, remarks), {})
    told = text_fields.in_xmp(texts) | (iptc.in_xmp(block) if block else {})
    return Metadata(
        exif=exif,
        xmp=_completed(_xmp(image, data), told),
        iptc=block,
        texts=texts,
        dpi=_dpi(image.info),
        warnings=tuple(remarks),
    )


def stripped(metadata: Metadata) -> Metadata:
    """Return nothing of it but the remarks: pixels need no metadata."""
    return Metadata(warnings=metadata.warnings)


def untold(metadata: Metadata, form: str) -> Iterator[str]:
    """Say, a remark each, what a format (its name: png, jpeg, tiff, webp, gif) cannot hold."""
    lost = text_fields.only_in_texts(metadata.texts, metadata.xmp) if form != "png" else ()
    if form in {"jpeg", "gif"}:
        lost = tuple(key for key in lost if key != text_fields.COMMENT)
    if lost:
        yield f"{form} holds no texts such as {', '.join(map(repr, lost[:3]))}: left out"
    if form in {"webp", "gif"} and metadata.iptc:
        numbers = iptc.only_in_iptc(metadata.iptc)
        if numbers:
            yield f"{form} holds no IPTC-IIM: its fields {', '.join(numbers)} are left out"
    if form == "jpeg" and metadata.iptc and iptc.app13(metadata.iptc) is None:
        yield "jpeg cannot hold IPTC-IIM of this length: it is left out"


def _remarks(image: Image.Image) -> Iterator[str]:
    segments = [content for name, content in getattr(image, "applist", ())]
    for start, remark in LEFT_OUT.items():
        if any(content.startswith(start) for content in segments):
            yield remark


def _xmp(image: Image.Image, data: bytes | None) -> bytes | None:
    packet = image.info.get("xmp", image.info.get("XML:com.adobe.xmp"))
    if packet is None and data is not None:
        packet = packet_in(BytesIO(data))
    packet = packet.encode() if isinstance(packet, str) else packet
    return packet if isinstance(packet, bytes) and packet.strip(BLANK) else None


def _completed(packet: bytes | None, told: Mapping[str, str]) -> bytes | None:
    """Drop from a packet what is no longer true, add what it is silent on.

    One that is damaged stays as it is, but for its orientation.
    """
    if not packet and not told:
        return None
    return re.sub(ORIENTATION_IN_XMP, b"", _edited(packet, told))


def _edited(packet: bytes | None, told: Mapping[str, str]) -> bytes:
    try:
        found = xmp.parse(packet or xmp.EMPTY_PACKET)
    except xmp.DamagedXmpError:
        return packet or b""
    stated = {entry.name for entry in found.properties if entry.value.strip()}
    missing = {name: told[name] for name in told if xmp.full_name(name) not in stated}
    is_untrue = stated & {xmp.full_name(name) for name in STRUCTURAL_PROPERTIES}
    # It may be in UTF-16, where the letters would not be found.
    if missing or (packet and (is_untrue or re.search(ORIENTATION_IN_XMP, found.text))):
        return xmp.changed(found, drop={*STRUCTURAL_PROPERTIES, *missing}, add=missing)
    return packet or b""


def _dpi(info: Mapping[Any, Any]) -> tuple[float, float] | None:
    try:
        across, down = (float(number) for number in info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    is_sensible = all(MIN_DPI <= number <= MAX_DPI for number in (across, down))
    return (across, down) if is_sensible else None
