"""Texts that files carry beside EXIF and XMP: PNG's keywords, comments of JPEG and GIF.

They go back into a PNG file as they are. So that other formats keep them too, those whose meaning
is known are told in XMP. Source: PNG (W3C 2025), 11.3.3, and ISO 16684-3 for their places in XMP.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from PIL import Image

from colorize_cli.core import xmp

COMMENT: Final = "Comment"
SOFTWARE: Final = "Software"
CREATION_TIME: Final = "Creation Time"

ELSEWHERE: Final = r"(?i)XML:com\.adobe\.xmp|Raw profile type .*"
"""Keywords under which PNG files carry XMP, EXIF and IPTC, which are read as such."""

ISO_TIME: Final = r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?"

PLACES: Final[Mapping[str, tuple[str, Callable[[str], str]]]] = {
    "Title": ("dc:title", xmp.alternative),
    "Author": ("dc:creator", lambda value: xmp.array("Seq", [value])),
    "Description": ("dc:description", xmp.alternative),
    "Copyright": ("dc:rights", xmp.alternative),
    "Disclaimer": ("xmpRights:UsageTerms", xmp.alternative),
    CREATION_TIME: ("xmp:CreateDate", xmp.text),
    SOFTWARE: ("xmp:CreatorTool", xmp.text),
    COMMENT: ("dc:description", xmp.alternative),
}
"""Properties and their markup by keyword, the better claim to a property first."""


GREATEST_TEXT: Final = 2**20
"""Characters of a text that is kept: a kilobyte of PNG may unfold into a thousand times as much."""


def read_texts(image: Image.Image, remarks: list[str] | None = None) -> dict[str, str]:
    """Return an image's texts by PNG's keywords; a comment is "Comment". Add to the remarks.

    Raises what Pillow's readers raise on damaged files.
    """
    found = _all_texts(image)
    kept = {key: value for key, value in found.items() if len(value) <= GREATEST_TEXT}
    if len(kept) < len(found) and remarks is not None:
        remarks.append("texts of more than a million characters are left out")
    return kept


def _all_texts(image: Image.Image) -> dict[str, str]:
    texts: Mapping[str, Any] = getattr(image, "text", {}) if image.format == "PNG" else {}
    found = {str(key): str(value) for key, value in texts.items() if _is_plain(str(key))}
    comment = image.info.get("comment")
    if isinstance(comment, bytes) and comment.strip(b"\0 \r\n"):
        found[COMMENT] = _decoded(comment)
    return found


def in_xmp(texts: Mapping[str, str]) -> dict[str, str]:
    """Return those texts whose meaning is known as XMP: markup by the names of properties."""
    told: dict[str, str] = {}
    for key, (name, markup) in PLACES.items():
        value = _as_xmp(key, texts.get(key))
        if value and name not in told:
            told[name] = markup(value)
    return told


def only_in_texts(texts: Mapping[str, str], packet: bytes | None) -> tuple[str, ...]:
    """Return the keywords of those texts that an XMP packet does not hold."""
    try:
        told = xmp.parse(packet or xmp.EMPTY_PACKET)
    except xmp.DamagedXmpError:
        return tuple(texts)
    return tuple(key for key, value in texts.items() if not _is_told(key, value, told))


def _is_told(key: str, value: str, packet: xmp.Packet) -> bool:
    if key == SOFTWARE:
        return True  # EXIF tells it
    wanted = _as_xmp(key, value)
    found = packet.value_of(PLACES[key][0]) if key in PLACES else None
    return wanted is not None and found is not None and wanted in found


def _as_xmp(key: str, value: str | None) -> str | None:
    return _iso_time(value) if value and key == CREATION_TIME else value


def _iso_time(value: str) -> str | None:
    """Return a time as ISO 8601: PNG recommends the form of e-mails (RFC 1123)."""
    if re.fullmatch(ISO_TIME, value.strip()):
        return value.strip().replace(" ", "T", 1)
    # A tenth of the time that all else of a small picture takes, for a text that is rare.
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(value).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _is_plain(key: str) -> bool:
    return not re.fullmatch(ELSEWHERE, key)


def _decoded(comment: bytes) -> str:
    text = comment.rstrip(b"\0")
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")
