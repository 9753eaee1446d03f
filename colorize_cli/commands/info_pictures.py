"""What a picture is."""

from collections.abc import Mapping
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageCms

if TYPE_CHECKING:
    from colorize_cli.core.picture import Picture


def picture_facts(path: Path) -> dict[str, Any]:
    """Return what a picture is, from its header, its first frame and what stands beside them.

    Raises NotAnImageError for what is no picture, damaged or too large to be coloured.
    """
    from colorize_cli.core.frames import read_frames
    from colorize_cli.core.input_files import read_input
    from colorize_cli.core.opening import opened
    from colorize_cli.core.provenance import read_provenance

    data = read_input(path)
    with opened(data, path=path) as image:
        header = _header_facts(image)
    sequence = read_frames(data, path=path)
    picture = next(iter(sequence.frames)).picture
    made = read_provenance(path)
    return {
        "kind": "picture",
        "path": str(path),
        "bytes": len(data),
        **header,
        "width": picture.size[0],
        "height": picture.size[1],
        "bits": picture.bit_depth,
        "frames": sequence.count,
        "is_animated": sequence.is_animated,
        "has_transparency": picture.alpha is not None,
        "colors": _colors(picture),
        "metadata": _metadata(picture),
        "dpi": list(picture.metadata.dpi) if picture.metadata.dpi else None,
        "made": asdict(made) if made else None,
        "remarks": list(picture.warnings),
    }


def _header_facts(image: Image.Image) -> dict[str, Any]:
    return {
        "format": image.format,
        "mode": image.mode,
        "profile": _profile_name(image.info),
    }


def _profile_name(info: Mapping[Any, Any]) -> str | None:
    profile = info.get("icc_profile")
    if not profile:
        return None
    try:
        return ImageCms.getProfileDescription(BytesIO(profile)).strip() or "unnamed"
    except (ImageCms.PyCMSError, OSError, ValueError):
        return "damaged"


def _colors(picture: "Picture") -> str:
    from colorize_cli.core.own_color import has_own_color

    if picture.is_gray:
        return "gray"
    return "its own" if has_own_color(picture) else "toned gray"


def _metadata(picture: "Picture") -> list[str]:
    metadata = picture.metadata
    there = {
        "EXIF": metadata.exif,
        "XMP": metadata.xmp,
        "IPTC": metadata.iptc,
        "texts": metadata.texts,
    }
    return [name for name, content in there.items() if content]
