"""PNG files of arrays of 8 and 16 bits, still and animated. Pillow has no colour of 16 bits.

Source: the PNG specification, third edition (W3C 2025).
"""

import struct
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.compiled import address_of
from colorize_cli.core.compiled_library import compiled_loops
from colorize_cli.core.metadata import Metadata
from colorize_cli.core.png_chunks import SIGNATURE, chunk
from colorize_cli.core.png_stream import PAETH, Rows, compressed, header, metadata_chunks, png_file

if TYPE_CHECKING:
    from fractions import Fraction

Codes: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]
TimedCodes: TypeAlias = tuple[Codes, "Fraction | None"]
"""A frame of an animation: its codes, and its duration in seconds, None for the hidden still."""

FRAME_CONTROL: Final = struct.Struct(">IIIIIHHBB")
KEEP, REPLACE = 0, 0
"""Every frame is a whole picture: it replaces what was there, which stays until then."""

DELAY_LIMIT: Final = 65535
"""Of numerator and denominator of a frame's duration."""


def encode_png(
    codes: Codes,
    metadata: Metadata,
    *,
    profile: bytes | None = None,
    threads: int | None = None,
) -> bytes:
    """Write RGB codes `(H, W, 3)`, or with alpha `(H, W, 4)`, uint8 or uint16, as PNG.

    See `png_stream.png_file`.
    """
    return png_file(_rows_of(codes), metadata, profile=profile, threads=threads)


def encode_animated_png(
    frames: Iterable[TimedCodes],
    metadata: Metadata,
    *,
    count: int,
    plays: int,
    profile: bytes | None = None,
) -> bytes:
    """Write `count` frames of one size, depth and number of channels, taken one by one.

    `plays` is how often they are shown, 0 for forever. A frame without duration comes first, is
    not counted and is shown by viewers without animation only.
    """
    head, tail = metadata_chunks(metadata, profile)
    parts = [SIGNATURE]
    sequence = 0
    for index, (codes, duration) in enumerate(frames):
        if index == 0:
            control = chunk(b"acTL", struct.pack(">II", count, plays))
            parts += [chunk(b"IHDR", header(_rows_of(codes))), control, head]
        if duration is not None:
            parts.append(chunk(b"fcTL", _frame_control(sequence, codes, duration)))
            sequence += 1
        for part in compressed(_rows_of(codes), map):
            if index == 0:
                parts.append(chunk(b"IDAT", part))
            else:
                parts.append(chunk(b"fdAT", struct.pack(">I", sequence) + part))
                sequence += 1
    return b"".join([*parts, tail])


def _frame_control(sequence: int, codes: Codes, duration: "Fraction") -> bytes:
    height, width = codes.shape[:2]
    numerator, denominator = _delay(duration)
    return FRAME_CONTROL.pack(sequence, width, height, 0, 0, numerator, denominator, KEEP, REPLACE)


def _delay(duration: "Fraction") -> tuple[int, int]:
    """Return a duration as the nearest fraction that fits: exactly, if it came from PNG."""
    if duration > DELAY_LIMIT:
        return DELAY_LIMIT, 1
    denominator = DELAY_LIMIT if duration <= 1 else int(DELAY_LIMIT / duration)
    nearest = duration.limit_denominator(denominator)
    return nearest.numerator, nearest.denominator


def _rows_of(codes: Codes) -> Rows:
    height, width, channels = codes.shape
    return Rows(
        width=width,
        height=height,
        channels=channels,
        depth=codes.itemsize * 8,
        filtered=partial(_filtered, codes),
    )


def _filtered(codes: Codes, rows: slice) -> NDArray[np.uint8]:
    """Return rows less what Paeth's filter expects (9.4), each behind the filter's number."""
    above = max(rows.start - 1, 0)
    samples = np.ascontiguousarray(codes[above : rows.stop], codes.dtype.newbyteorder(">"))
    lines = samples.view(np.uint8).reshape(len(samples), -1)
    count, pixel = rows.stop - rows.start, codes.shape[2] * codes.itemsize
    filtered = np.empty((count, 1 + lines.shape[1]), np.uint8)
    own = lines[-count:]
    loops = compiled_loops()
    if loops:
        places = address_of(own), lines.shape[1], count, pixel, rows.start > 0
        if loops.filter_rows(*places, address_of(filtered)):
            raise MemoryError
        return filtered
    filtered[:, 0] = PAETH
    np.subtract(own, _expected(lines, count, pixel), out=filtered[:, 1:])
    return filtered


def _expected(lines: NDArray[np.uint8], count: int, pixel: int) -> NDArray[np.uint8]:
    """Return which of the bytes to the left, above and both is nearest to left + above - both."""
    padded = np.zeros((count + 1, pixel + lines.shape[1]), np.int16)
    padded[count + 1 - len(lines) :, pixel:] = lines
    left, above, corner = padded[1:, :-pixel], padded[:-1, pixel:], padded[:-1, :-pixel]
    to_left, to_above = np.abs(above - corner), np.abs(left - corner)
    to_corner = np.abs(left + above - 2 * corner)
    nearest = np.where(to_above <= to_corner, above, corner)
    np.copyto(nearest, left, where=(to_left <= to_above) & (to_left <= to_corner))
    return nearest.astype(np.uint8)
