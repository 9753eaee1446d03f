"""Bytes to pictures: any format that Pillow reads, at its own size and bit depth, upright, in sRGB.

What cannot be kept faithfully is said in `Picture.warnings` or refused; nothing is guessed in
silence. Files of several frames are the part of `core.frames`, writing of `core.image_encoding`.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image

from colorize_cli.core.errors import NotAnImageError
from colorize_cli.core.image_samples import Codes, Samples, collapse, read_samples
from colorize_cli.core.metadata import Metadata, read_metadata
from colorize_cli.core.opening import frame_count, opened
from colorize_cli.core.orientation import read_orientation
from colorize_cli.core.picture import Picture
from colorize_cli.core.png_color import in_png_color


def decode(data: bytes, *, path: object = None, max_pixels: int | None = None) -> Picture:
    """Decode a picture by its content, whatever its name.

    EXIF orientation is applied, ICC profiles are converted to sRGB. Raises NotAnImageError for
    what is empty, no image, damaged, larger than `max_pixels` (None: DEFAULT_MAX_PIXELS) or of
    several frames; TemporaryError if memory is short. `path` only names the file in errors.
    """
    with opened(data, path=path, max_pixels=max_pixels) as image:
        return single_picture_of(image, data)


def single_picture_of(
    image: Image.Image, data: bytes, *, metadata: Metadata | None = None
) -> Picture:
    """Decode an image that was opened from `data`, unless it has several frames; see `finished`.

    Raises NotAnImageError for several, and whatever Pillow's readers do.
    """
    frames = frame_count(image)
    if frames > 1:
        raise NotAnImageError(
            f"{image.format} file of {frames} frames, where a single picture is needed"
        )
    return picture_of(image, data, metadata=metadata)


def picture_of(image: Image.Image, data: bytes, *, metadata: Metadata | None = None) -> Picture:
    """Decode the current frame of an image that was opened from `data`; see `finished`."""
    return finished(read_samples(image, data), image, data, metadata=metadata)


def finished(
    samples: Samples, image: Image.Image, data: bytes, *, metadata: Metadata | None = None
) -> Picture:
    """Return samples of a loaded image as a picture: in sRGB, upright, with its metadata.

    `metadata` are those of the file where they are known from an earlier frame.
    """
    samples = _in_srgb(collapse(samples), image, data)
    # Some readers turn the picture themselves while loading, and then reset the tag.
    upright = _upright(samples, read_orientation(image))
    height, width = upright.codes.shape[:2]
    metadata = metadata or read_metadata(image, size=(width, height), data=data)
    return Picture(
        codes=upright.codes,
        alpha=upright.alpha,
        profile=upright.profile,
        metadata=metadata,
        format=image.format or "PNG",
        warnings=upright.warnings + metadata.warnings,
    )


def _in_srgb(samples: Samples, image: Image.Image, data: bytes) -> Samples:
    profile = image.info.get("icc_profile")
    if image.format == "PNG":
        samples, profile = in_png_color(samples, image.info, data)
    if not profile and samples.mode in {"L", "RGB"}:
        return samples
    # LittleCMS takes longer to import than most pictures to decode.
    from colorize_cli.core.color_profiles import to_srgb

    # Other spaces than RGB turn neutral only by conversion.
    return collapse(to_srgb(samples, profile))


def _upright(samples: Samples, orientation: object) -> Samples:
    alpha = None if samples.alpha is None else _turned(samples.alpha, orientation)
    return replace(samples, codes=_turned(samples.codes, orientation), alpha=alpha)


def _turned(codes: Codes, orientation: object) -> Codes:
    """Apply an EXIF orientation (1 to 8, CIPA DC-008 4.6.4); other values mean none."""
    views: dict[object, Any] = {
        2: lambda: codes[:, ::-1],
        3: lambda: codes[::-1, ::-1],
        4: lambda: codes[::-1],
        5: lambda: codes.swapaxes(0, 1),
        6: lambda: codes.swapaxes(0, 1)[:, ::-1],
        7: lambda: codes.swapaxes(0, 1)[::-1, ::-1],
        8: lambda: codes.swapaxes(0, 1)[::-1],
    }
    return np.ascontiguousarray(views[orientation]()) if orientation in views else codes
