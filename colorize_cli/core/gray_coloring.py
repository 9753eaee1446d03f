"""A gray picture coloured by the compiled loops, from its codes to codes of colour, without NumPy.

What `pipeline.colorize` does with NumPy's loops where none were compiled, it does the same to the
bit; that module says what is done and why. NumPy's import takes half a picture's time.
"""

import ctypes
import mmap
from collections.abc import Callable
from ctypes import addressof, byref, c_float, c_uint8
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from colorize_cli.core import color_constants as constants
from colorize_cli.core.compiled_library import (
    CompiledLoops,
    Finish,
    Lines,
    Small,
    Space,
    Windows,
)
from colorize_cli.core.errors import BadConfigError
from colorize_cli.core.sizes import pieces, small_shape
from colorize_cli.core.threads import Each

if TYPE_CHECKING:
    from colorize_cli.core.pillow_memory import GrayPixels

NO_NUMBER: Final = "the model predicts what is no number: use another one"

STRIP_PIXELS: Final = 2**17
"""Pixels that one thread works on before it takes others."""


class GrayCodes(NamedTuple):
    """Gray codes `(height, width)` of 8 or 16 bits, where they lie in memory.

    `place` is an address, the bytes themselves, or what knows their address and keeps them there;
    `row_length` is how many codes lie between the beginnings of rows.
    """

    place: "int | bytes | GrayPixels"
    width: int
    height: int
    row_length: int
    depth: int

    @property
    def address(self) -> int:
        """Where the first code is, for as long as this lives."""
        if isinstance(self.place, int):
            return self.place
        if not isinstance(self.place, bytes):
            return self.place.address
        return ctypes.cast(ctypes.c_char_p(self.place), ctypes.c_void_p).value or 0


class Tables(NamedTuple):
    """What codes of one depth stand for: for the loops, and L*, its square, code, luminance."""

    space: Space
    values: int
    holder: object


class Way(NamedTuple):
    """How a picture is coloured: as the arguments of `pipeline.colorize`.

    `step` is how many codes make a pixel of the result: 3, or 4 with one that means nothing.
    """

    long_side: int
    stride: int
    strength: float = 1.0
    step: int = 3


Floats: TypeAlias = "ctypes.Array[c_float]"
Predict: TypeAlias = Callable[[Floats, int, int], tuple[Any, float]]
"""Colour `(2, height, width)` of float32 for gray `(height, width)`, and what 1 means in ab."""


def colored(
    loops: CompiledLoops,
    codes: GrayCodes,
    tables: Tables,
    predict: Predict,
    way: Way,
    *,
    each: Each,
) -> mmap.mmap:
    """Return codes of colour `(height, width, step)`, as deep as those given.

    Raises BadConfigError for a prediction that is no number, MemoryError, and what `predict` does.
    """
    shape = small_shape((codes.height, codes.width), way.long_side)
    small, _planes = _shrunk(loops, codes, tables, shape, each)
    ab = _finished(loops, small, *_predicted(loops, small, predict, way.stride), way.strength)
    lines, _lines = _lines_of(loops, small, ab, codes)
    colors = mmap.mmap(-1, codes.height * codes.width * way.step * codes.depth // 8)
    start = addressof(c_uint8.from_buffer(colors))
    paint = partial(_paint, loops, codes, tables, lines, start, way.step)
    for _ in each(paint, pieces(codes.height, STRIP_PIXELS // codes.width)):
        pass
    return colors


@cache
def tables_of_8_bits(loops: CompiledLoops) -> Tables:
    """Return the tables for codes of 8 bits: those of `gamut` and `small_picture`."""
    count = constants.CODE_ROOTS[8]
    roots, values = (c_uint8 * count)(), (c_float * 1024)()
    red, blue = (c_float * 256)(), (c_float * 256)()
    tables = roots, red, blue
    limits = count - 1, constants.BISECTIONS
    space = Space(
        *_space_constants(), *limits, *(addressof(table) for table in tables), holders=tables
    )
    _, luminance, _ = constants.RGB_TO_XYZ
    loops.tables(
        byref(space), constants.LAB_EPSILON, constants.LAB_KAPPA, luminance[0], luminance[2],
        *(addressof(roots), addressof(red), addressof(blue), addressof(values)),
    )  # fmt: skip
    return Tables(space=space, values=addressof(values), holder=values)


def _space_constants() -> list[Any]:
    rows = [
        [entry * white for entry, white in zip(row, constants.WHITE_XYZ, strict=True)]
        for row in constants.XYZ_TO_RGB
    ]
    matrix = (c_float * 9)(*(entry for row in rows for entry in row))
    green = c_float(constants.RGB_TO_XYZ[1][1]).value
    limits = -constants.DARK_MARGIN, 1 + constants.BRIGHT_MARGIN
    fractions = 6 / 29, 1 / constants.LAB_KAPPA, 1 / 116
    return [116 / 500, -116 / 200, matrix, *limits, 1 / green, *fractions]


def _shrunk(
    loops: CompiledLoops, codes: GrayCodes, tables: Tables, shape: tuple[int, int], each: Each
) -> tuple[Small, Any]:
    height, width = shape
    planes = (c_float * (3 * height * width))()
    start, size = addressof(planes), 4 * height * width
    small = Small(height, width, start, start + size, start + 2 * size)
    shrink = loops.shrink_8 if codes.depth == 8 else loops.shrink_16

    def fill(rows: slice) -> None:
        _check(shrink(
            tables.values, codes.address, codes.row_length, codes.height, codes.width, byref(small),
            constants.LAB_EPSILON, constants.LAB_KAPPA, rows.start, rows.stop,
        ))  # fmt: skip

    most = max(1, STRIP_PIXELS * height // (codes.height * codes.width))
    for _ in each(fill, pieces(height, most)):
        pass
    return small, planes


def _predicted(
    loops: CompiledLoops, small: Small, predict: Predict, stride: int
) -> tuple[Any, float, int, int]:
    height, width = (length + -length % stride for length in (small.height, small.width))
    gray = (c_float * (height * width))()
    loops.pad(byref(small), constants.LIGHTNESS_HALF_RANGE, height, width, addressof(gray))
    color, ab_range = predict(gray, height, width)
    return color, ab_range, height, width


def _finished(
    loops: CompiledLoops,
    small: Small,
    color: Any,
    ab_range: float,
    height: int,
    width: int,
    strength: float,
) -> Any:
    ab = (c_float * (2 * small.height * small.width))()
    finish = Finish(
        ab_range, strength, 1 / constants.BLACK, 1 / (100 - constants.WHITE),
        constants.LEAST_EVENNESS, constants.GREATEST_EVENNESS, constants.RARE,
        *constants.MID_TONES, 1 - constants.TINT_LEFT,
    )  # fmt: skip
    given = c_float.from_buffer(color)
    status = loops.finish(
        byref(small), addressof(given), height, width, byref(finish), addressof(ab)
    )
    if status > 0:
        raise BadConfigError(NO_NUMBER)
    _check(status)
    return ab


def _lines_of(loops: CompiledLoops, small: Small, ab: Any, codes: GrayCodes) -> tuple[Lines, Any]:
    count = 2 * small.height * codes.width
    both = (c_float * (2 * count))()
    slopes, offsets = addressof(both), addressof(both) + 4 * count
    windows = Windows(constants.WINDOW_RADIUS, constants.FLAT_VARIANCE, constants.GRAIN_WEIGHT)
    _check(loops.lines(
        byref(small), addressof(ab), byref(windows), codes.width, slopes, offsets
    ))  # fmt: skip
    return Lines(small.height, codes.height, codes.width, slopes, offsets), both


def _paint(
    loops: CompiledLoops,
    codes: GrayCodes,
    tables: Tables,
    lines: Lines,
    start: int,
    step: int,
    rows: slice,
) -> None:
    paint = loops.paint_8 if codes.depth == 8 else loops.paint_16
    place = start + rows.start * codes.width * step * codes.depth // 8
    paint(
        byref(tables.space), tables.values, byref(lines), codes.address, codes.row_length,
        rows.start, rows.stop, place, step,
    )  # fmt: skip


def _check(status: int) -> None:
    if status:
        raise MemoryError
