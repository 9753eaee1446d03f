"""IPTC-IIM, the captions and credits of press photos: found, read, and told in XMP.

Sources: IPTC-NAA Information Interchange Model 4.2 (2014); IPTC Photo Metadata Standard 2023.2,
whose table of IIM and XMP this follows; Adobe Photoshop File Formats (image resources).
"""

import re
import struct
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from typing import Final, TypeAlias

from PIL import Image

from colorize_cli.core import xmp
from colorize_cli.core.records import record
from colorize_cli.core.xmp_search import tiff_tag

Dataset: TypeAlias = tuple[int, int]

IPTC_RESOURCE: Final = 0x0404
TIFF_IPTC: Final = 33723
TIFF_PHOTOSHOP: Final = 34377
PNG_PROFILE: Final = "Raw profile type iptc"
PNG_PROFILES: Final = (PNG_PROFILE, "Raw profile type 8bim", "Raw profile type APP13")
APP13: Final = b"\xff\xed"
PHOTOSHOP_HEADER: Final = b"Photoshop 3.0\0"
JPEG_SEGMENT: Final = 65533
MARKER: Final = 0x1C
UTF8: Final = b"\x1b%G"
"""What dataset 1:90 holds where texts are in UTF-8 (ISO 2022)."""

CHARACTER_SET = (1, 90)
DATES: Final = {
    "photoshop:DateCreated": ((2, 55), (2, 60)),
    "xmp:CreateDate": ((2, 62), (2, 63)),
}
"""Dates and times of the content and of its digital form are a property each."""
DATE: Final = r"(\d{4})(\d\d)(\d\d)"
TIME: Final = r"(\d\d)(\d\d)(\d\d)(?:([+-]\d\d)(\d\d))?"

TECHNICAL: Final = frozenset({(2, 0), (2, 65), (2, 70), (2, 130), (2, 131)})
"""Versions, the program that wrote it, the layout: nothing that a person said of the picture."""


@record
class _Place:
    """Where a dataset stands in XMP, and as what."""

    name: str
    markup: Callable[[list[str]], str]


def _simple(name: str) -> _Place:
    return _Place(name=name, markup=lambda values: xmp.text("; ".join(values)))


def _alternative(name: str) -> _Place:
    return _Place(name=name, markup=lambda values: xmp.alternative("; ".join(values)))


def _array(name: str, kind: str = "Bag") -> _Place:
    return _Place(name=name, markup=lambda values: xmp.array(kind, values))


PLACES: Final = {
    5: _alternative("dc:title"),
    10: _simple("photoshop:Urgency"),
    15: _simple("photoshop:Category"),
    20: _array("photoshop:SupplementalCategories"),
    25: _array("dc:subject"),
    40: _simple("photoshop:Instructions"),
    80: _array("dc:creator", "Seq"),
    85: _simple("photoshop:AuthorsPosition"),
    90: _simple("photoshop:City"),
    92: _simple("Iptc4xmpCore:Location"),
    95: _simple("photoshop:State"),
    100: _simple("Iptc4xmpCore:CountryCode"),
    101: _simple("photoshop:Country"),
    103: _simple("photoshop:TransmissionReference"),
    105: _simple("photoshop:Headline"),
    110: _simple("photoshop:Credit"),
    115: _simple("photoshop:Source"),
    116: _alternative("dc:rights"),
    120: _alternative("dc:description"),
    122: _simple("photoshop:CaptionWriter"),
}
"""By the numbers of the datasets of record 2."""


def read_iptc(image: Image.Image, data: bytes | None = None) -> bytes | None:
    """Return an image's IPTC-IIM block as it stands in its file, None where it has none.

    `data` are the file's bytes, without which the block of a TIFF file is not found. Raises what
    Pillow's readers raise on damaged files.
    """
    segments = [content for name, content in getattr(image, "applist", ()) if name == "APP13"]
    if segments:
        # Resources go on from one segment to the next.
        parts = (part.removeprefix(PHOTOSHOP_HEADER) for part in segments)
        return _in_resources(b"".join(parts))
    if image.format == "TIFF" and data:
        return _in_tiff(BytesIO(data))
    for number, _, content in getattr(image, "resources", ()):
        if number == IPTC_RESOURCE:
            return _trimmed(content)
    return _in_png(getattr(image, "text", {}) if image.format == "PNG" else {})


def in_xmp(block: bytes) -> dict[str, str]:
    """Return what a block says as XMP: markup by the names of properties."""
    texts = _texts(block)
    told = {
        place.name: place.markup(texts[2, key])
        for key, place in PLACES.items()
        if (2, key) in texts
    }
    times = {name: _time(texts, *keys) for name, keys in DATES.items()}
    return told | {name: xmp.text(value) for name, value in times.items() if value}


def only_in_iptc(block: bytes) -> tuple[str, ...]:
    """Return the datasets, such as "2:118", that XMP has no place for."""
    placed = {(2, key) for key in PLACES} | {key for keys in DATES.values() for key in keys}
    numbers = sorted(key for key in _texts(block) if key[0] > 1 and key not in placed | TECHNICAL)
    return tuple(f"{record}:{dataset}" for record, dataset in numbers)


def app13(block: bytes) -> bytes | None:
    """Return the segment that holds a block in a JPEG file, None if it is too long for one."""
    resource = struct.pack(">4sHHI", b"8BIM", IPTC_RESOURCE, 0, len(block)) + block
    content = PHOTOSHOP_HEADER + resource + bytes(len(block) % 2)
    if len(content) > JPEG_SEGMENT:
        return None
    return APP13 + struct.pack(">H", len(content) + 2) + content


def png_profile(block: bytes) -> str:
    """Return the text with which ImageMagick and ExifTool keep a block in PNG: in hexadecimal."""
    digits = block.hex()
    lines = [digits[start : start + 72] for start in range(0, len(digits), 72)]
    return "\n".join(["", "iptc", f"{len(block):8}", *lines, ""])


def _in_tiff(file: BytesIO) -> bytes | None:
    block = tiff_tag(file, TIFF_IPTC)
    if block and block[0] != MARKER and block[3:4] == bytes([MARKER]):
        # Many writers call the block 32-bit numbers, and some programs then turn their bytes.
        block = b"".join(block[start : start + 4][::-1] for start in range(0, len(block), 4))
    if block:
        return _trimmed(block)
    resources = tiff_tag(file, TIFF_PHOTOSHOP)
    return _in_resources(resources) if resources else None


def _trimmed(block: bytes) -> bytes | None:
    """Leave out the zeros that fill blocks up, and a block that is none."""
    start = block.find(bytes([MARKER]))
    return (block[start:].rstrip(b"\0") or None) if start >= 0 and _datasets_in(block) else None


def _datasets_in(block: bytes) -> bool:
    return next(_datasets(block), None) is not None


def _in_png(texts: Mapping[str, str]) -> bytes | None:
    for name in PNG_PROFILES:
        lines = str(texts.get(name, "")).split("\n", 3)
        if len(lines) == 4:
            content = bytes.fromhex("".join(lines[3].split()))
            is_resources = b"8BIM" in content[:32]
            return _in_resources(content) if is_resources else _trimmed(content)
    return None


def _in_resources(content: bytes) -> bytes | None:
    """Return the block among Photoshop's resources."""
    place = content.find(b"8BIM")
    while content[place : place + 4] == b"8BIM" and place + 12 <= len(content):
        number, name_length = struct.unpack_from(">HB", content, place + 4)
        place += 6 + (name_length + 2) // 2 * 2
        (length,) = struct.unpack(">I", content[place : place + 4].rjust(4, b"\0"))
        if number == IPTC_RESOURCE:
            return _trimmed(content[place + 4 : place + 4 + length])
        place += 4 + length + length % 2
    return None


def _datasets(block: bytes) -> Iterator[tuple[Dataset, bytes]]:
    """Yield the datasets of a block up to the first that is damaged (IIM 4.2, chapter 3)."""
    place = max(0, block.find(bytes([MARKER])))
    while place + 5 <= len(block) and block[place] == MARKER:
        record, dataset, length = struct.unpack_from(">BBH", block, place + 1)
        place += 5
        if length & 0x8000:
            size = length & 0x7FFF
            length = int.from_bytes(block[place : place + size], "big")
            place += size
        if place + length > len(block):
            return
        yield (record, dataset), block[place : place + length]
        place += length


def _texts(block: bytes) -> dict[Dataset, list[str]]:
    found: dict[Dataset, list[bytes]] = {}
    for key, value in _datasets(block):
        found.setdefault(key, []).append(value)
    is_utf8 = UTF8 in found.get(CHARACTER_SET, [])
    return {
        key: [_decoded(value, is_utf8=is_utf8) for value in values] for key, values in found.items()
    }


def _decoded(value: bytes, *, is_utf8: bool) -> str:
    """Read UTF-8 where it is, said or not, else Latin-1, as most old writers meant."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = value.decode("utf-8", "replace") if is_utf8 else value.decode("latin-1")
    return text.rstrip("\0 ")


def _time(texts: Mapping[Dataset, list[str]], date_key: Dataset, time_key: Dataset) -> str | None:
    """Return a date and time as XMP writes them (ISO 8601), if the date is whole."""
    date = re.match(DATE, texts.get(date_key, [""])[0])
    if not date or "00" in date.groups()[1:]:
        return None
    time = re.match(TIME, texts.get(time_key, [""])[0])
    if not time:
        return "-".join(date.groups())
    hours, minutes, seconds, zone_hours, zone_minutes = time.groups()
    zone = f"{zone_hours}:{zone_minutes}" if zone_hours else ""
    return f"{'-'.join(date.groups())}T{hours}:{minutes}:{seconds}{zone}"
