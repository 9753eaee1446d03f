"""Pictures to bytes: PNG (8 and 16 bits), TIFF, lossless WebP and JPEG, with their metadata.

Pillow writes all but PNG of 16 bits, which is `core.png_encoding`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import PurePath
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from colorize_cli.core.errors import CannotCreateError, UsageError
from colorize_cli.core.image_io import Picture
from colorize_cli.core.image_samples import Codes, to_8_bits
from colorize_cli.core.metadata import Metadata, mark, with_tag
from colorize_cli.core.png_encoding import encode_png

JPEG_SEGMENT: Final = 65533 - 32
"""Bytes that one segment of a JPEG file holds, less what stands before EXIF or XMP."""

TIFF_XMP: Final = 700


@dataclass(frozen=True, kw_only=True)
class Format:
    """A format that can be written: how Pillow names it, and what it holds.

    `options` are Pillow's; `greatest_side` is in pixels, of the format or of its library.
    """

    name: str
    suffixes: tuple[str, ...]
    greatest_side: int
    bit_depth: int = 8
    has_alpha: bool = True
    is_lossless: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)


FORMATS: Final[Mapping[str, Format]] = {
    "png": Format(name="png", suffixes=(".png",), greatest_side=2**31 - 1, bit_depth=16),
    "tiff": Format(
        name="tiff",
        suffixes=(".tiff", ".tif"),
        greatest_side=2**31 - 1,
        # Through libtiff, which compresses, Pillow loses the camera's part of EXIF.
        options={"compression": "raw"},
    ),
    # A third of the default's effort takes a tenth of its time for 1 % more bytes.
    "webp": Format(
        name="webp",
        suffixes=(".webp",),
        greatest_side=16383,
        options={"lossless": True, "exact": True, "quality": 30, "method": 1},
    ),
    # 4:4:4, as subsampled colour would bleed over the edges that it was made to follow.
    "jpeg": Format(
        name="jpeg",
        suffixes=(".jpg", ".jpeg", ".jpe"),
        greatest_side=65500,
        has_alpha=False,
        is_lossless=False,
        options={"quality": 95, "subsampling": 0},
    ),
}
"""By the names that `--format` takes; the first is the default."""

DEFAULT_FORMAT: Final = "png"
"""Lossless, 16 bits, alpha and all metadata: nothing is lost unless it is asked for."""


def format_named(name: str) -> Format:
    """Return the format of a name or a suffix without its dot. Raises UsageError."""
    for entry in FORMATS.values():
        if name.lower() == entry.name or f".{name.lower()}" in entry.suffixes:
            return entry
    raise UsageError(f"format {name!r} cannot be written: choose {', '.join(FORMATS)}")


def choose_format(requested: str | None, output: object = None) -> Format:
    """Return the format that is asked for, else that of the output's suffix, else PNG.

    Raises UsageError if either is none that can be written.
    """
    if requested:
        return format_named(requested)
    suffix = PurePath(str(output)).suffix if output else ""
    return format_named(suffix[1:]) if suffix else FORMATS[DEFAULT_FORMAT]


def losses(picture: Picture, form: Format) -> Iterator[str]:
    """Say, a remark each, what of a picture a format does not hold."""
    if picture.bit_depth > form.bit_depth:
        yield f"{form.name} is written with 8 bits: of 16, png alone keeps all"
    if picture.alpha is not None and not form.has_alpha:
        yield f"{form.name} holds no transparency: it is left out"
    if _fitting(picture.metadata, form) != picture.metadata:
        yield f"{form.name} cannot hold metadata of this length: it is left out"


def encode(picture: Picture, form: Format, *, maker: str) -> bytes:
    """Write a picture, marked as made by `maker`; the same picture gives the same bytes.

    What the format does not hold (see `losses`) is left out. Raises CannotCreateError for a
    picture larger than the format allows.
    """
    if max(picture.size) > form.greatest_side:
        raise CannotCreateError(
            f"{form.name} holds at most {form.greatest_side} pixels a side; use --format png"
        )
    metadata = mark(_fitting(picture.metadata, form), maker)
    codes = _with_alpha(picture) if form.has_alpha else picture.codes
    if form.name == "png":
        return encode_png(codes, metadata, profile=picture.profile, maker=maker)
    return _encode_by_pillow(codes, form, metadata, profile=picture.profile)


def _with_alpha(picture: Picture) -> Codes:
    if picture.alpha is None:
        return picture.codes
    channels: list[NDArray[Any]] = [picture.codes, picture.alpha]
    return np.dstack(channels)


def _encode_by_pillow(
    codes: Codes, form: Format, metadata: Metadata, *, profile: bytes | None
) -> bytes:
    options: dict[str, Any] = {**form.options, "exif": metadata.exif, "xmp": metadata.xmp}
    if profile:
        options["icc_profile"] = profile
    if metadata.dpi:
        options["dpi"] = metadata.dpi
    if form.name == "tiff":
        # Pillow's TIFF writer takes XMP only among the tags.
        options["exif"] = with_tag(metadata.exif, TIFF_XMP, metadata.xmp)
    buffer = BytesIO()
    Image.fromarray(to_8_bits(codes)).save(buffer, form.name.upper(), **options)
    return buffer.getvalue()


def _fitting(metadata: Metadata, form: Format) -> Metadata:
    if form.name != "jpeg":
        return metadata
    return Metadata(
        exif=_short(metadata.exif),
        xmp=_short(metadata.xmp),
        dpi=metadata.dpi,
        warnings=metadata.warnings,
    )


def _short(block: bytes | None) -> bytes | None:
    return block if block and len(block) <= JPEG_SEGMENT else None
