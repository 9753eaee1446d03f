"""Animations to bytes: APNG and WebP without loss, GIF with 256 colours a frame."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from io import BytesIO
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from colorize_cli.core.errors import CannotCreateError
from colorize_cli.core.frames import Frame
from colorize_cli.core.gif_encoding import encode_gif
from colorize_cli.core.image_samples import Codes, to_8_bits
from colorize_cli.core.metadata import Metadata
from colorize_cli.core.png_encoding import encode_animated_png

PAGE_SECONDS: Final = Fraction(1)
"""How long a page is shown in an animation, as it has no duration of its own."""

GREATEST_WEBP_DURATION: Final = 2**24 - 1
"""Milliseconds of one frame (WebP Container Specification)."""

GREATEST_GIF_DELAY: Final = 65535
"""Hundredths of a second of one frame (GIF89a)."""

WEBP_KIND, WEBP_FLAGS = slice(12, 16), 20
WEBP_EXTENDED, WEBP_ALPHA = b"VP8X", 0x10
"""Where a file says what it holds, and the flag for alpha (RFC 9649, 2.7)."""

OPAQUE: Final = 255

TimedCodes: TypeAlias = tuple[Codes, Fraction | None]


def encode_animation(
    frames: Iterable[Frame], form_name: str, *, count: int, plays: int, options: dict[str, Any]
) -> bytes:
    """Write painted frames, taken one by one, as png, webp or gif; alpha is always written.

    `count` is without hidden ones; `options` are Pillow's for webp. The metadata are those of the
    first frame. Raises CannotCreateError where frames differ in size.
    """
    first, rest = _first_of(frames)
    metadata, profile = first.picture.metadata, first.picture.profile
    timed = _timed(first, rest)
    if form_name == "gif":
        return encode_gif(_delayed(timed), metadata, plays=plays)
    if form_name == "png":
        return encode_animated_png(timed, metadata, count=count, plays=plays, profile=profile)
    noted = _Noted()
    lossless = encode_animated_png(
        noted.passed(timed), Metadata(), count=count, plays=plays, profile=None
    )
    # Pillow takes JPEG's header off that of stills alone.
    exif = (metadata.exif or b"").removeprefix(b"Exif\0\0")
    told = {"exif": exif, "xmp": metadata.xmp, "icc_profile": profile}
    told = {name: block for name, block in told.items() if block}
    return _webp(lossless, noted, {**options, **told, "loop": plays})


def _first_of(frames: Iterable[Frame]) -> tuple[Frame, Iterator[Frame]]:
    iterator = iter(frames)
    return next(iterator), iterator


def _timed(first: Frame, rest: Iterator[Frame]) -> Iterator[TimedCodes]:
    """Yield the codes of frames with alpha, and their durations."""
    yield _with_alpha(first), _duration(first)
    size = first.picture.size
    for number, frame in enumerate(rest, start=2):
        if frame.picture.size != size:
            raise CannotCreateError(
                f"frame {number} is {_size(frame.picture.size)} pixels, the first {_size(size)}: "
                "an animation has one size; use --format tiff"
            )
        yield _with_alpha(frame), _duration(frame)


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"


def _duration(frame: Frame) -> Fraction | None:
    if frame.is_hidden:
        return None
    return PAGE_SECONDS if frame.duration is None else frame.duration


def _with_alpha(frame: Frame) -> Codes:
    codes, alpha = frame.picture.codes, frame.picture.alpha
    quads: Codes = np.empty((*codes.shape[:2], 4), codes.dtype)
    quads[..., :3] = codes[..., None] if codes.ndim == 2 else codes
    quads[..., 3] = np.iinfo(codes.dtype).max if alpha is None else alpha
    return quads


@dataclass
class _Noted:
    """What is noted of frames that pass: their durations, whether a pixel is not opaque."""

    durations: list[Fraction] = field(default_factory=list)
    has_clear: bool = False

    def passed(self, frames: Iterator[TimedCodes]) -> Iterator[TimedCodes]:
        """Pass frames on with 8 bits."""
        for codes, duration in frames:
            if duration is not None:
                shallow = to_8_bits(codes)
                self.durations.append(duration)
                self.has_clear |= bool((shallow[..., 3] < OPAQUE).any())
                yield shallow, duration


def _delayed(frames: Iterator[TimedCodes]) -> Iterator[tuple[NDArray[np.uint8], int]]:
    """Pass frames on with 8 bits and their durations in hundredths of a second."""
    end, told = Fraction(0), 0
    for codes, duration in frames:
        if duration is not None:
            end += duration
            # Rounded such that the sum is right.
            delay = min(round(end * 100) - told, GREATEST_GIF_DELAY)
            told += delay
            yield to_8_bits(codes), delay


def _webp(animated_png: bytes, noted: _Noted, options: dict[str, Any]) -> bytes:
    """Write an animation again as WebP, whose encoder asks for the frames one by one."""
    buffer = BytesIO()
    durations = _milliseconds(noted.durations)
    with Image.open(BytesIO(animated_png)) as image:
        image.save(buffer, "WEBP", save_all=True, duration=durations, **options)
    file = buffer.getbuffer()
    if noted.has_clear and file[WEBP_KIND] == WEBP_EXTENDED:
        # libwebp does not claim alpha where all that is drawn is opaque, on a clear canvas.
        file[WEBP_FLAGS] |= WEBP_ALPHA
    return bytes(file)


def _milliseconds(durations: Sequence[Fraction]) -> list[int]:
    """Round durations in seconds such that their sum is right."""
    found: list[int] = []
    end = Fraction(0)
    for duration in durations:
        end += min(duration, Fraction(GREATEST_WEBP_DURATION, 1000))
        found.append(round(end * 1000) - sum(found))
    return found
