"""Pictures to bytes: PNG and TIFF (8 and 16 bits), lossless WebP, JPEG and GIF, with metadata.

Pillow writes WebP and JPEG; the others are `core.png_encoding`, `core.tiff_encoding` and
`core.gif_encoding`.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from io import BytesIO
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final, TypeVar

from PIL import Image

from colorize_cli.core import iptc
from colorize_cli.core.errors import CannotCreateError, UsageError
from colorize_cli.core.metadata import Metadata, untold
from colorize_cli.core.picture import Picture, PictureFacts
from colorize_cli.core.provenance import Provenance, marked
from colorize_cli.core.records import made_by, record, replace
from colorize_cli.core.text_fields import COMMENT

if TYPE_CHECKING:
    from colorize_cli.core.picture import Codes

Kind = TypeVar("Kind", bound=PictureFacts)

JPEG_SEGMENT: Final = 65533 - 32 - 4096
"""Bytes that one segment of a JPEG file holds, less what stands before EXIF or XMP and the mark."""

CHROMA_POSITION: Final = 0x0213
CENTERED: Final = 1
"""The tag YCbCrPositioning of EXIF, and its value."""


@record
class Format:
    """A format that can be written, and what it holds.

    `options` are Pillow's; `greatest_side` is in pixels, of the format or of its library.
    `has_frames` is whether it holds animations or pages.
    """

    name: str
    suffixes: tuple[str, ...]
    greatest_side: int
    bit_depth: int = 8
    has_alpha: bool = True
    has_frames: bool = True
    has_exif: bool = True
    is_lossless: bool = True
    options: Mapping[str, Any] = made_by(default_factory=dict)


FORMATS: Final[Mapping[str, Format]] = {
    "png": Format(name="png", suffixes=(".png",), greatest_side=2**31 - 1, bit_depth=16),
    "tiff": Format(name="tiff", suffixes=(".tiff", ".tif"), greatest_side=2**31 - 1, bit_depth=16),
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
        has_frames=False,
        is_lossless=False,
        options={"quality": 95, "subsampling": 0},
    ),
    "gif": Format(
        name="gif",
        suffixes=(".gif",),
        greatest_side=65535,
        has_exif=False,
        is_lossless=False,
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
    from colorize_cli.core.suggestions import did_you_mean

    choices = f"{', '.join(FORMATS)}{did_you_mean(name, list(FORMATS))}"
    raise UsageError(f"format {name!r} cannot be written: choose {choices}")


def choose_format(requested: str | None, output: object = None) -> Format:
    """Return the format that is asked for, else that of the output's suffix, else PNG.

    Raises UsageError if either is none that can be written.
    """
    if requested:
        return format_named(requested)
    suffix = PurePath(str(output)).suffix if output else ""
    return format_named(suffix[1:]) if suffix else FORMATS[DEFAULT_FORMAT]


def losses(picture: PictureFacts, form: Format) -> Iterator[str]:
    """Say, a remark each, what of a picture a format does not hold."""
    if picture.bit_depth > form.bit_depth:
        yield f"{form.name} is written with 8 bits: of 16, png and tiff keep all"
    if picture.alpha is not None and not form.has_alpha:
        yield f"{form.name} holds no transparency: it is left out"
    if form.name == "gif" and picture.alpha is not None and _is_partly_clear(picture.alpha):
        yield "gif holds no partial transparency: it becomes full or none"
    if not form.has_exif and _has_blocks(picture.metadata):
        yield f"{form.name} holds no EXIF or resolution: they are left out"
    elif _fitting(picture.metadata, form) != picture.metadata:
        yield f"{form.name} cannot hold metadata of this length: it is left out"
    if picture.profile and not form.has_exif:
        yield f"{form.name} holds no ICC profile: tones are slightly off without it"
    yield from untold(picture.metadata, form.name)


def encode(picture: Picture, form: Format, *, provenance: Provenance | None = None) -> bytes:
    """Write a picture, marked with how it was made if told; the same gives the same bytes.

    What the format does not hold (see `losses`) is left out. Raises CannotCreateError for a
    picture larger than the format allows.
    """
    return encode_as_it_is(with_mark(picture, form, provenance), form)


def with_mark(picture: Kind, form: Format, provenance: Provenance | None) -> Kind:
    """Return a picture whose metadata fit a format and tell how it was made, if told."""
    metadata = _fitting(picture.metadata, form)
    if provenance:
        metadata = marked(metadata, provenance)
    if form.name == "gif" and b"\0" in (metadata.xmp or b""):
        # Which would end the extension that it stands in.
        remark = "gif cannot hold XMP with zero bytes, as in UTF-16: it is left out"
        metadata = replace(metadata, xmp=None, warnings=(*metadata.warnings, remark))
    return replace(picture, metadata=metadata)


def encode_as_it_is(picture: Picture, form: Format, *, threads: int | None = None) -> bytes:
    """Write a picture with the metadata that it has; `threads` is for how many, None for all.

    Raises CannotCreateError as `encode`.
    """
    check_side(picture, form)
    codes = color_codes(picture, has_alpha=form.has_alpha)
    if form.name == "png":
        from colorize_cli.core.png_encoding import encode_png

        return encode_png(codes, picture.metadata, profile=picture.profile, threads=threads)
    if form.name == "tiff":
        from colorize_cli.core.tiff_encoding import Page, encode_tiff

        page = Page(codes=codes, metadata=picture.metadata, profile=picture.profile)
        return encode_tiff([page], threads=threads)
    if form.name == "gif":
        from colorize_cli.core.gif_encoding import encode_gif
        from colorize_cli.core.image_samples import to_8_bits

        return encode_gif([(to_8_bits(codes), 0)], picture.metadata, plays=1)
    return _encode_by_pillow(codes, form, picture)


def check_side(picture: PictureFacts, form: Format) -> None:
    """Raise CannotCreateError for a picture larger than the format allows."""
    if max(picture.size) > form.greatest_side:
        raise CannotCreateError(
            f"{form.name} holds at most {form.greatest_side} pixels a side; use --format png"
        )


def color_codes(picture: Picture, *, has_alpha: bool) -> "Codes":
    """Return a picture's codes as RGB, or as RGBA where it has alpha and that is wanted."""
    codes, alpha = picture.codes, picture.alpha if has_alpha else None
    if alpha is None and not picture.is_gray:
        return codes
    import numpy as np

    channels: Codes = np.empty((*codes.shape[:2], 3 if alpha is None else 4), codes.dtype)
    channels[..., :3] = codes[..., None] if picture.is_gray else codes
    if alpha is not None:
        channels[..., 3] = alpha
    return channels


def _encode_by_pillow(codes: "Codes", form: Format, picture: Picture) -> bytes:
    from colorize_cli.core.image_samples import to_8_bits

    image = Image.fromarray(to_8_bits(codes))
    return saved_by_pillow(image, form, picture)


def saved_by_pillow(image: Image.Image, form: Format, picture: PictureFacts) -> bytes:
    """Return what Pillow writes of an image, with the metadata and the profile of a picture."""
    metadata = picture.metadata
    blocks = {"exif": metadata.exif, "xmp": metadata.xmp, "icc_profile": picture.profile}
    told: dict[str, Any] = {name: block for name, block in blocks.items() if block}
    if metadata.dpi:
        told["dpi"] = metadata.dpi
    if form.name == "jpeg":
        told |= _only_in_jpeg(metadata)
    return _saved(image, form.name.upper(), {**form.options, **told})


def _saved(image: Image.Image, format_name: str, options: Mapping[str, Any]) -> bytes:
    """Return what Pillow writes, which lets other threads run only while it writes to a file."""
    if hasattr(os, "memfd_create"):
        # Where the system limits files, memory alone does as well, if not at the same time.
        with suppress(OSError), os.fdopen(os.memfd_create(format_name), "r+b") as file:
            image.save(file, format_name, **options)
            file.seek(0)
            return file.read()
    buffer = BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


def _only_in_jpeg(metadata: Metadata) -> dict[str, Any]:
    from colorize_cli.core.exif import with_tag

    segment = iptc.app13(metadata.iptc) if metadata.iptc else None
    comment = metadata.texts.get(COMMENT, "").encode()
    # Where chroma lies, which EXIF demands of JPEG files alone (CIPA DC-008, table 17).
    exif = metadata.exif and with_tag(metadata.exif, CHROMA_POSITION, CENTERED)
    comment = comment if len(comment) <= JPEG_SEGMENT else b""
    found = {"extra": segment, "comment": comment, "exif": exif}
    return {name: content for name, content in found.items() if content}


def _fitting(metadata: Metadata, form: Format) -> Metadata:
    if form.name != "jpeg":
        return metadata
    return replace(metadata, exif=_short(metadata.exif), xmp=_short(metadata.xmp))


def _short(block: bytes | None) -> bytes | None:
    return block if block and len(block) <= JPEG_SEGMENT else None


def _is_partly_clear(alpha: "Codes") -> bool:
    import numpy as np

    return bool(((alpha > 0) & (alpha < np.iinfo(alpha.dtype).max)).any())


def _has_blocks(metadata: Metadata) -> bool:
    return bool(metadata.exif or metadata.dpi)
