"""The frames of an animated PNG, composed at the depth of the file.

Pillow composes frames with 8 bits and blends by pasting; here each frame becomes a PNG file of
its own, is read like any other, and is composed as the PNG specification (third edition, W3C
2025, section 11.3.6) says.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from colorize_cli.core.errors import NotAnImageError
from colorize_cli.core.image_samples import Codes, Samples, read_samples
from colorize_cli.core.png_chunks import SIGNATURE, chunk, chunks

BACKGROUND, PREVIOUS = 1, 2
"""What becomes of a frame's area after its time: cleared, or put back as it was before."""

OVER: Final = 1
"""Blend a frame over what is there by its alpha; otherwise it replaces that."""

DEFAULT_DENOMINATOR: Final = 100
"""What a denominator of zero means."""

FRAME_CONTROL: Final = struct.Struct(">IIIIIHHBB")


@dataclass(kw_only=True)
class StoredFrame:
    """A frame as it is stored: its place on the canvas, its duration in seconds, its data."""

    width: int
    height: int
    left: int
    top: int
    duration: Fraction
    disposal: int
    blend: int
    data: list[memoryview] = field(default_factory=list)


@dataclass(kw_only=True)
class AnimatedPng:
    """An animated PNG file: its frames, and the still picture for viewers without animation.

    `still` is None where the first frame is that. `plays` is 0 for forever. `header` is the
    content of IHDR, `shared` are the chunks that every frame needs to be read, by kind.
    """

    header: bytes = b""
    shared: dict[bytes, bytes] = field(default_factory=dict)
    plays: int = 0
    frames: list[StoredFrame] = field(default_factory=list)
    still: list[memoryview] = field(default_factory=list)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the canvas."""
        width, height = struct.unpack_from(">II", self.header)
        return int(width), int(height)


def parse_animation(data: bytes) -> AnimatedPng:
    """Read the structure of an animated PNG file. Raises NotAnImageError for a broken one."""
    found = AnimatedPng()
    for kind, content, check in chunks(data):
        if zlib.crc32(content, zlib.crc32(kind)) != check:
            raise NotAnImageError(f"damaged image: wrong checksum of {kind!r}")
        _take(found, kind, content)
        if kind == b"IEND":
            break
    else:
        raise NotAnImageError("truncated image: the animation has no end")
    for frame in found.frames:
        _check_frame(frame, found.size)
    return found


def composed_frames(animation: AnimatedPng) -> Iterator[tuple[Samples, Fraction]]:
    """Yield each frame as it is shown, on the whole canvas, with its duration."""
    canvas: Codes | None = None
    for frame in animation.frames:
        samples = _read_alone(animation, frame.width, frame.height, frame.data)
        quads = _quads(samples)
        if canvas is None:
            width, height = animation.size
            canvas = np.zeros((height, width, 4), quads.dtype)
        area = (
            slice(frame.top, frame.top + frame.height),
            slice(frame.left, frame.left + frame.width),
        )
        before = canvas[area].copy()
        canvas[area] = _over(before, quads) if frame.blend == OVER else quads
        yield _samples_of(canvas, samples.warnings), frame.duration
        if frame.disposal == BACKGROUND:
            canvas[area] = 0
        elif frame.disposal == PREVIOUS:
            canvas[area] = before


def still_picture(animation: AnimatedPng) -> Samples | None:
    """Return the picture for viewers without animation, if it is none of the frames."""
    if not animation.still:
        return None
    width, height = animation.size
    return _read_alone(animation, width, height, animation.still)


def _take(found: AnimatedPng, kind: bytes, content: memoryview) -> None:
    if kind == b"IHDR":
        found.header = bytes(content)
    elif kind == b"acTL" and len(content) == 8:
        found.plays = struct.unpack(">II", content)[1]
    elif kind in {b"PLTE", b"tRNS"}:
        found.shared[kind] = chunk(kind, bytes(content))
    elif kind == b"fcTL" and len(content) == FRAME_CONTROL.size:
        found.frames.append(_stored_frame(content))
    elif kind == b"IDAT":
        (found.frames[0].data if found.frames else found.still).append(content)
    elif kind == b"fdAT" and found.frames:
        found.frames[-1].data.append(content[4:])


def _stored_frame(content: memoryview) -> StoredFrame:
    _, width, height, left, top, numerator, denominator, disposal, blend = FRAME_CONTROL.unpack(
        content
    )
    return StoredFrame(
        width=width,
        height=height,
        left=left,
        top=top,
        duration=Fraction(numerator, denominator or DEFAULT_DENOMINATOR),
        disposal=disposal,
        blend=blend,
    )


def _check_frame(frame: StoredFrame, size: tuple[int, int]) -> None:
    is_within = frame.left + frame.width <= size[0] and frame.top + frame.height <= size[1]
    if not is_within or not frame.width or not frame.height or not frame.data:
        raise NotAnImageError("damaged image: a frame of the animation is not on its canvas")


def _read_alone(animation: AnimatedPng, width: int, height: int, data: list[memoryview]) -> Samples:
    header = struct.pack(">II", width, height) + animation.header[8:]
    parts = [SIGNATURE, chunk(b"IHDR", header), *animation.shared.values()]
    parts += [chunk(b"IDAT", bytes(piece)) for piece in data]
    alone = b"".join([*parts, chunk(b"IEND", b"")])
    with Image.open(BytesIO(alone)) as image:
        return read_samples(image, alone)


def _quads(samples: Samples) -> Codes:
    """Return gray or RGB samples with or without alpha as RGBA."""
    codes = samples.codes
    quads: Codes = np.empty((*codes.shape[:2], 4), codes.dtype)
    quads[..., :3] = codes[..., None] if codes.ndim == 2 else codes
    quads[..., 3] = np.iinfo(codes.dtype).max if samples.alpha is None else samples.alpha
    return quads


def _samples_of(canvas: Codes, warnings: tuple[str, ...]) -> Samples:
    alpha: Codes = canvas[..., 3].copy()
    codes: Codes = canvas[..., :3].copy()
    is_opaque = bool((alpha == np.iinfo(alpha.dtype).max).all())
    return Samples(codes=codes, mode="RGB", alpha=None if is_opaque else alpha, warnings=warnings)


def _over(below: Codes, above: Codes) -> Codes:
    """Blend by the formula of the PNG specification (13.16); exact where alpha is 0 or full."""
    last = np.iinfo(above.dtype).max
    top, bottom = above / last, below / last
    share, rest = top[..., 3:], bottom[..., 3:] * (1 - top[..., 3:])
    alpha = share + rest
    colors = (top[..., :3] * share + bottom[..., :3] * rest) / np.where(alpha == 0, 1, alpha)
    mixed: NDArray[np.float64] = np.concatenate([colors, alpha], axis=-1)
    rounded = np.rint(mixed * last).astype(above.dtype)
    result: Codes = np.where(share == 0, below, np.where(share == 1, above, rounded))
    return result
