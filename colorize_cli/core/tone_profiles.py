"""ICC profiles that give the colours of sRGB the tone curve of a gray profile.

A gray file keeps its very code values when it is coloured: shown with such a profile the result
is as light as the file was with its own. Source: ICC.1:2022 (sections 7, 9 and 10).
"""

import struct
from typing import Final

from PIL import ImageCms

HEADER_LENGTH: Final = 128
DATE: Final = slice(24, 36)
FIXED_DATE: Final = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
"""Instead of now, so that the same picture gives the same bytes."""

GRAY_CURVE: Final = b"kTRC"
COLOR_CURVES: Final = (b"rTRC", b"gTRC", b"bTRC")
DESCRIPTION: Final = "sRGB primaries, tone curve of a gray profile"


def with_tone_curve_of(gray_profile: bytes) -> bytes | None:
    """Return the RGB profile for a gray one, or None if that has no tone curve."""
    curve = tags_of(gray_profile).get(GRAY_CURVE)
    if curve is None:
        return None
    base = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    tags = tags_of(base) | dict.fromkeys(COLOR_CURVES, curve) | {b"desc": _text(DESCRIPTION)}
    return _assembled(base[:HEADER_LENGTH], tags)


def tags_of(profile: bytes) -> dict[bytes, bytes]:
    """Return what a profile holds, by the names of its tags. Raises struct.error if it is short."""
    (count,) = struct.unpack_from(">I", profile, HEADER_LENGTH)
    entries = struct.iter_unpack(">4sII", profile[HEADER_LENGTH + 4 :][: 12 * count])
    return {name: profile[start : start + length] for name, start, length in entries}


def _assembled(header: bytes, tags: dict[bytes, bytes]) -> bytes:
    start = HEADER_LENGTH + 4 + 12 * len(tags)
    places: dict[bytes, int] = {}
    body = b""
    for content in tags.values():
        if content not in places:
            places[content] = start + len(body)
            body += content + bytes(-len(content) % 4)
    table = b"".join(
        struct.pack(">4sII", name, places[content], len(content)) for name, content in tags.items()
    )
    fixed = bytearray(header)
    fixed[:4] = struct.pack(">I", start + len(body))
    fixed[DATE] = FIXED_DATE
    return bytes(fixed) + struct.pack(">I", len(tags)) + table + body


def _text(text: str) -> bytes:
    """Return a text as ICC stores it, in English alone (10.15)."""
    encoded = text.encode("utf-16-be")
    return struct.pack(">4sIII2s2sII", b"mluc", 0, 1, 12, b"en", b"US", len(encoded), 28) + encoded
