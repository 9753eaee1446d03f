"""Colours that people want: strokes on a transparent picture, and what they make of a prediction.

Where a stroke is, its a and b are wanted, whatever its brightness; a gray stroke wants gray. The
strokes govern the regions that they lie in, up to the edges of the lightness
(`stroke_spreading`); everything else stays as the network has it.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.area_means import reduced
from colorize_cli.core.chroma import GuidedChroma, LocalLines, local_lines
from colorize_cli.core.errors import NotAnImageError
from colorize_cli.core.image_io import decode
from colorize_cli.core.image_samples import to_8_bits
from colorize_cli.core.input_files import read_input
from colorize_cli.core.lab import lab_from_srgb8
from colorize_cli.core.picture import Picture
from colorize_cli.core.sizes import small_shape

FloatArray: TypeAlias = NDArray[np.float32]

GRID: Final = 512
"""The longer side, at most, of the grid on which strokes are spread."""

HINTED_WIDTH: Final = 1024
"""Columns worked on at once, as the grid is high: 20 MB."""

KEPT: Final = 1024
"""The longer side, at most, at which strokes are kept in memory."""

OPAQUE: Final = 128
"""Of 255: what is more transparent is the rim of a soft brush, whose colour says little."""


@dataclass(frozen=True, kw_only=True)
class Hints:
    """Strokes of colour for one picture.

    `strokes` `(h, w, 3)` are a and b, times the share of each area that a stroke covers, and that
    share; `size` is width and height of the file, `sha256` that of its bytes, `path` its name.
    """

    strokes: FloatArray
    size: tuple[int, int]
    sha256: str = ""
    path: object = None

    def check_size(self, size: tuple[int, int]) -> None:
        """Raise NotAnImageError for a picture (W, H) of another shape, beyond rounding."""
        (width, height), (wide, high) = size, self.size
        if min(abs(high - wide * height / width), abs(wide - high * width / height)) <= 1:
            return
        raise NotAnImageError(
            f"hints of {wide} x {high} pixels do not fit a picture of {width} x {height}",
            path=self.path,
        )

    def on_grid(self, shape: tuple[int, int]) -> tuple[FloatArray, NDArray[np.bool_]]:
        """Return ab `(2, h, w)` and which pixels of a grid `(h, w)` lie in strokes.

        Thin strokes count wherever they pass, but not what a thick one just touches.
        """
        height, width, _ = self.strokes.shape
        means = reduced(lambda rows: self.strokes[rows], (height, width), shape)
        share = means[..., 2]
        is_stroke = (share > 0) & (share >= _highest_nearby(share) / 2)
        ab = means[..., :2] / np.maximum(share, np.float32(1e-6))[..., None]
        return np.ascontiguousarray(np.moveaxis(ab, -1, 0)), is_stroke


def read_hints(path: Path, *, max_pixels: int | None = None) -> Hints:
    """Read strokes from a picture with alpha.

    Raises NoInputError for what cannot be read; NotAnImageError for what is no picture, or
    several, and for one without strokes or without transparency around them.
    """
    data = read_input(path)
    picture = decode(data, path=path, max_pixels=max_pixels)
    sha256 = hashlib.sha256(data).hexdigest()
    return Hints(strokes=_strokes(picture, path), size=picture.size, sha256=sha256, path=path)


def _strokes(picture: Picture, path: object) -> FloatArray:
    alpha = picture.alpha
    is_opaque = None if alpha is None else to_8_bits(alpha) >= OPAQUE
    if is_opaque is None or is_opaque.all():
        raise NotAnImageError(
            "has no transparency: hints are strokes on a transparent ground", path=path
        )
    if not is_opaque.any():
        raise NotAnImageError("has no strokes: all of it is transparent", path=path)
    codes = picture.srgb8()

    def read(rows: slice) -> FloatArray:
        is_stroke = is_opaque[rows]
        wanted = np.zeros((*is_stroke.shape, 3), np.float32)
        # Most of it is none, and Lab takes time.
        wanted[is_stroke, :2] = lab_from_srgb8(codes[rows][is_stroke])[:, 1:]
        wanted[..., 2] = is_stroke
        return wanted

    width, height = picture.size
    return reduced(
        read, (height, width), small_shape((height, width), min(KEPT, max(width, height)))
    )


def _highest_nearby(values: FloatArray) -> FloatArray:
    """Return the most of each pixel and its eight neighbours."""
    height, width = values.shape
    padded = np.pad(values, 1)
    rows = np.maximum.reduce([padded[step : step + height] for step in range(3)])
    highest: FloatArray = np.maximum.reduce([rows[:, step : step + width] for step in range(3)])
    return highest


class Chroma(Protocol):
    """Chroma at full size, some rows at a time."""

    def rows(self, start: int, lightness: FloatArray) -> FloatArray:
        """Return ab `(2, rows, W)` for the rows of full-size lightness from `start` on."""


@dataclass(frozen=True, kw_only=True)
class HintedChroma:
    """Chroma at full size that gives way to that of strokes where these govern.

    `wanted` has three channels: a, b, and how much they govern.
    """

    predicted: Chroma
    wanted: GuidedChroma

    def rows(self, start: int, lightness: FloatArray) -> FloatArray:
        """Return ab `(2, rows, W)` for the rows of full-size lightness from `start` on."""
        ab = self.predicted.rows(start, lightness)
        wanted = self.wanted.rows(start, lightness)
        share = np.clip(wanted[2], 0, 1)
        ab += (wanted[:2] - ab) * share
        return ab


@dataclass(frozen=True, kw_only=True)
class WantedChroma:
    """What hints want of a picture of `size` (W, H): a, b, and how much they govern."""

    lines: LocalLines
    size: tuple[int, int]

    def over(self, predicted: Chroma, columns: slice) -> HintedChroma:
        """Return the chroma of some columns at full size: the predicted and the wanted."""
        return HintedChroma(predicted=predicted, wanted=self.lines.enlarged(self.size, columns))


def wanted_chroma(
    hints: Hints, lightness: FloatArray, variance: FloatArray, *, size: tuple[int, int]
) -> WantedChroma:
    """Spread hints over the mean and variance `(h, w)` of a picture's lightness in a grid."""
    from colorize_cli.core.stroke_spreading import spread

    height, width = lightness.shape
    found = spread(*hints.on_grid((height, width)), lightness)
    wanted = np.concatenate([found.ab, found.influence[None]])
    return WantedChroma(lines=local_lines(wanted, lightness, variance), size=size)
