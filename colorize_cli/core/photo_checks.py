"""Look at one photo: can it be read, is it large enough, has it colours, what are its hashes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from PIL import Image

from colorize_cli.core.errors import NotAnImageError
from colorize_cli.core.opening import frame_count, opened
from colorize_cli.core.orientation import read_orientation
from colorize_cli.core.photo_folder import HEAD_LENGTH, starts_like_a_photo
from colorize_cli.core.photo_hashes import Hashes, Measures, is_neutral
from colorize_cli.core.photo_loops import photo_loops

Reason: TypeAlias = Literal["unreadable", "too small", "gray", "duplicate"]
REASONS: Final[tuple[Reason, ...]] = ("unreadable", "too small", "gray", "duplicate")

READ_AS_THEY_ARE: Final = frozenset({"JPEG", "MPO", "WEBP"})
"""Formats of 8 bits whose colours nothing but an ICC profile changes."""


@dataclass(frozen=True, kw_only=True)
class CheckedPhoto:
    """A photo that was looked at: either its small picture, or why it is dropped.

    `small` is sRGB (size, size, 3), a byte each. `hashes` are there if it could be decoded.
    """

    small: bytes | None = None
    hashes: Hashes | None = None
    reason: Reason | None = None
    detail: str = ""


def check_photo(path: Path, size: int) -> CheckedPhoto:
    """Decode a photo, cut its central square and average it down to `size` x `size` pixels.

    What is wrong with the photo is said in the result. Raises TemporaryError if memory is short.
    """
    try:
        image, is_gray = _decoded(_content(path))
    except NotAnImageError as error:
        return CheckedPhoto(reason="unreadable", detail=error.reason)
    except OSError as error:
        return CheckedPhoto(reason="unreadable", detail=(error.strerror or str(error)).lower())
    return _judge(image, size, is_gray=is_gray)


def _content(path: Path) -> bytes:
    data = path.read_bytes()
    if data and not starts_like_a_photo(data[:HEAD_LENGTH]):
        raise NotAnImageError("not a JPEG, PNG, WebP, TIFF or AVIF file")
    return data


def _decoded(data: bytes) -> tuple[Image.Image, bool | None]:
    """Return a picture as RGB of 8 bits, upright, in sRGB; and whether it is gray, None if unknown.

    Most photos are that once Pillow has read them: those are not copied.
    """
    with opened(data) as image:
        if _is_read_as_it_is(image):
            image.load()
            return image, None
        return _converted(image, data)


def _converted(image: Image.Image, data: bytes) -> tuple[Image.Image, bool]:
    # Here alone, so that NumPy is not imported for photos that are read as they are.
    from colorize_cli.core.image_io import single_picture_of
    from colorize_cli.core.metadata import Metadata

    picture = single_picture_of(image, data, metadata=Metadata())
    return Image.fromarray(picture.srgb8()), picture.is_gray


def _is_read_as_it_is(image: Image.Image) -> bool:
    return (
        image.format in READ_AS_THEY_ARE
        and image.mode == "RGB"
        and min(image.size) > 0
        and not image.info.get("icc_profile")
        and frame_count(image) == 1
        and read_orientation(image) == 1
    )


def _judge(image: Image.Image, size: int, *, is_gray: bool | None) -> CheckedPhoto:
    look = _measured(image, size)
    if look.small is None:
        detail = f"{image.width} x {image.height} pixels; the shorter side must have {size}"
        return CheckedPhoto(hashes=look.hashes, reason="too small", detail=detail)
    # The average of gray is gray: of a probe in colour the picture need not be looked at.
    if is_gray or (is_gray is None and look.is_neutral and is_neutral(image)):
        return CheckedPhoto(hashes=look.hashes, reason="gray", detail="every pixel is gray")
    if not look.is_colorful:
        detail = "no colours of its own: one tint such as sepia, or gray with noise"
        return CheckedPhoto(hashes=look.hashes, reason="gray", detail=detail)
    return CheckedPhoto(hashes=look.hashes, small=look.small)


def _measured(image: Image.Image, size: int) -> Measures:
    loops = photo_loops()
    if loops is not None:
        return loops.measured(image, size)
    # Here alone, so that NumPy is not imported where loops were compiled.
    from colorize_cli.core.photo_measures import measured

    return measured(image, size)
