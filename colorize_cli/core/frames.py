"""Files of several frames: animations and pages, decoded one frame at a time.

An animated GIF, PNG, WebP or AVIF gives whole frames as they are shown; a TIFF file gives its
pages, each of its own size and depth. Anything else gives its one picture.
"""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from PIL import Image

from colorize_cli.core.errors import NotAnImageError
from colorize_cli.core.metadata import Metadata
from colorize_cli.core.numpy_import import import_numpy
from colorize_cli.core.opening import DEFAULT_MAX_PIXELS, check_size, frame_count, opened
from colorize_cli.core.picture import Picture, PlainPicture
from colorize_cli.core.plain_pictures import plain_picture_of
from colorize_cli.core.records import record

if TYPE_CHECKING:
    from fractions import Fraction

    from colorize_cli.core.animated_png import AnimatedPng

ANIMATIONS: Final = frozenset({"GIF", "PNG", "WEBP", "AVIF", "FLI"})
"""Formats whose frames follow each other in time; those of others are pages."""

TOTAL_FACTOR: Final = 8
"""All frames together may have so many times the pixels of one: 170 scanned pages of A4 at 300
dots per inch by default. The result of all of them is held in memory."""

FOREVER: Final = 0


@record
class Frame:
    """One picture of a file.

    `duration` is in seconds, None where it is a page. A hidden one is the still picture of an
    animated PNG, for viewers without animation.
    """

    picture: Picture
    duration: "Fraction | None" = None
    is_hidden: bool = False


@record
class FrameSequence:
    """All pictures of a file, to be taken once, in order.

    `count` is without hidden ones. `plays` is how often an animation is shown, 0 for forever.
    `frames` raises as `core.image_io.decode` does, when the frame in question is reached.
    """

    format: str
    count: int
    is_animated: bool
    plays: int
    frames: Iterator[Frame]


def read_frames(
    data: bytes, *, path: object = None, max_pixels: int | None = None
) -> FrameSequence:
    """Return what a file holds as frames, of which there may be only one; see `read_file`."""
    found = read_file(data, path=path, max_pixels=max_pixels, may_be_plain=False)
    if isinstance(found, PlainPicture):
        raise TypeError("a plain picture, which was not asked for")
    return found


def read_file(
    data: bytes, *, path: object = None, max_pixels: int | None = None, may_be_plain: bool = True
) -> FrameSequence | PlainPicture:
    """Open a file of one or several frames; a single one that is plain is returned as such.

    Raises NotAnImageError for what is no picture, damaged, larger than `max_pixels` (None:
    DEFAULT_MAX_PIXELS) or, all frames together, TOTAL_FACTOR times that; TemporaryError if
    memory is short.
    """
    with opened(data, path=path, max_pixels=max_pixels) as image:
        name, count = image.format or "PNG", frame_count(image)
        animation = _animation(data) if name == "PNG" and count > 1 else None
        count = len(animation.frames) if animation else count
        # Some PNG files claim frames and have none but their still picture.
        if count == 0 or (count == 1 and animation is None):
            plain = plain_picture_of(image, data) if may_be_plain else None
            return plain or _single(image, data)
        _check_total(image, count, max_pixels or DEFAULT_MAX_PIXELS)
        plays = animation.plays if animation else _plays(image)
    frames = _each(data, count, animation, path=path, max_pixels=max_pixels)
    is_animated = name in ANIMATIONS
    return FrameSequence(
        format=name, count=count, is_animated=is_animated, plays=plays, frames=frames
    )


def _animation(data: bytes) -> "AnimatedPng":
    # Most files are single pictures, for which this need not be imported.
    from colorize_cli.core.animated_png import parse_animation

    return parse_animation(data)


def _single(image: Image.Image, data: bytes) -> FrameSequence:
    import_numpy()
    from colorize_cli.core.image_io import picture_of

    picture = picture_of(image, data)
    frames = iter([Frame(picture=picture)])
    return FrameSequence(format=picture.format, count=1, is_animated=False, plays=1, frames=frames)


def _check_total(image: Image.Image, count: int, limit: int) -> None:
    """Raise NotAnImageError if all frames are too many pixels, before any is decoded."""
    total = 0
    if image.format in ANIMATIONS:
        total = image.width * image.height * count
    else:
        for index in range(count):
            image.seek(index)
            check_size(image.width * image.height, limit, f"page {index + 1} claims")
            total += image.width * image.height
    if total > TOTAL_FACTOR * limit:
        raise NotAnImageError(
            f"its {count:,} frames hold {total / 1e6:,.0f} megapixels in all; "
            f"run or watch --max-pixels {math.ceil(total / TOTAL_FACTOR / 1e6)} allows it"
        )


def _plays(image: Image.Image) -> int:
    """Return how often an animation is shown; GIF says how often it is repeated.

    Repetitions and showings are told apart as by browsers and by libwebp's gif2webp.
    """
    loop = image.info.get("loop")
    if image.format != "GIF":
        return int(loop or FOREVER)
    if loop is None:
        return 1
    return int(loop) + 1 if loop else FOREVER


def _each(
    data: bytes,
    count: int,
    animation: "AnimatedPng | None",
    *,
    path: object,
    max_pixels: int | None,
) -> Iterator[Frame]:
    with opened(data, path=path, max_pixels=max_pixels) as image:
        if animation is not None:
            yield from _png_frames(image, animation, data)
            return
        known: Metadata | None = None
        for index in range(count):
            frame = _frame(image, index, data, known)
            # What is said of an animation is said once: to search for it in each would take hours.
            known = frame.picture.metadata if image.format in ANIMATIONS else None
            yield frame


def _png_frames(image: Image.Image, animation: "AnimatedPng", data: bytes) -> Iterator[Frame]:
    from colorize_cli.core.animated_png import composed_frames, still_picture
    from colorize_cli.core.image_io import finished

    # What stands behind the pixels, such as EXIF, is read with them.
    image.load()
    known: Metadata | None = None
    still = still_picture(animation)
    if still is not None:
        picture = finished(still, image, data)
        known = picture.metadata
        yield Frame(picture=picture, is_hidden=True)
    for samples, duration in composed_frames(animation):
        picture = finished(samples, image, data, metadata=known)
        known = picture.metadata
        yield Frame(picture=picture, duration=duration)


def _frame(image: Image.Image, index: int, data: bytes, known: Metadata | None) -> Frame:
    if index and image.format == "TIFF":
        # Else a page without a profile or resolution would have those of the one before.
        image.info.clear()
    from colorize_cli.core.image_io import picture_of

    image.seek(index)
    picture = picture_of(image, data, metadata=known)
    if image.format not in ANIMATIONS:
        return Frame(picture=picture)
    from fractions import Fraction

    duration = Fraction(image.info.get("duration") or 0).limit_denominator(1000) / 1000
    return Frame(picture=picture, duration=duration)
