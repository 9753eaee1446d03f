"""The library of compiled loops over pixels, where the installation has one that fits.

NumPy's loops are the definition of what they do, and serve where nothing was compiled: results are
equal to the bit, and several times slower. Other threads run while these do. Nothing here
needs NumPy: `core.compiled` calls them with its arrays, `core.gray_coloring` without any.
"""

import ctypes
from ctypes import POINTER, c_double, c_float, c_int32, c_size_t, c_void_p
from functools import cache
from pathlib import Path
from typing import Any, Final

PLACE = Path(__file__).with_name("color_kernels.so")
"""Where `hatch_build.py` leaves it."""

VERSION: Final = 4
"""Of what is passed to it. A library of another one, left by an earlier build, is not used."""


class Space(ctypes.Structure):
    """The constants of Lab and sRGB, and the tables of one bit depth, as the loops see them.

    The loops are given addresses only: what holds the tables lives as long as this does.
    """

    _fields_ = (
        ("x_of_a", c_float),
        ("z_of_b", c_float),
        ("rgb_of_xyz", c_float * 9),
        ("lowest", c_float),
        ("highest", c_float),
        ("inverse_green", c_float),
        ("dark_root", c_float),
        ("inverse_kappa", c_float),
        ("inverse_116", c_float),
        ("last_root", c_int32),
        ("halvings", c_int32),
        ("code_of_root", c_void_p),
        ("luminance_of_red", c_void_p),
        ("luminance_of_blue", c_void_p),
    )

    def __init__(self, *fields: Any, holders: tuple[object, ...]) -> None:
        super().__init__(*fields)
        self._holders = holders


class Small(ctypes.Structure):
    """A picture's small form: planes `(height, width)` of float32, by address."""

    _fields_ = (
        ("height", c_size_t),
        ("width", c_size_t),
        ("lightness", c_void_p),
        ("variance", c_void_p),
        ("seen", c_void_p),
    )


class Finish(ctypes.Structure):
    """How predictions are finished: the numbers of `core.color_constants`, and the strength."""

    _fields_ = (
        ("ab_range", c_float),
        ("strength", c_float),
        ("inverse_black", c_float),
        ("inverse_white", c_float),
        ("least_evenness", c_double),
        ("greatest_evenness", c_double),
        ("rare", c_double),
        ("darkest", c_float),
        ("lightest", c_float),
        ("tint_lost", c_float),
    )


class Windows(ctypes.Structure):
    """How windows count in which colour is taken for a linear function of lightness."""

    _fields_ = (("radius", c_size_t), ("epsilon", c_float), ("grain_weight", c_float))


class Lines(ctypes.Structure):
    """Slopes and offsets `(2, small height, width)` for a picture of that size, by address."""

    _fields_ = (
        ("small_height", c_size_t),
        ("height", c_size_t),
        ("width", c_size_t),
        ("slopes", c_void_p),
        ("offsets", c_void_p),
    )


_SIZE, _PLACE = c_size_t, c_void_p
_REALIZE: Final = (POINTER(Space), _PLACE, _PLACE, _PLACE, _SIZE, _PLACE)
_SUM_ROWS: Final = (_PLACE, _PLACE, _SIZE, _SIZE, _SIZE, _PLACE, _PLACE)
_SHRINK: Final = (
    *(_PLACE, _PLACE, _SIZE, _SIZE, _SIZE, POINTER(Small)),
    *(c_double, c_double, _SIZE, _SIZE),
)
_PAINT: Final = (
    *(POINTER(Space), _PLACE, POINTER(Lines), _PLACE, _SIZE, _SIZE, _SIZE, _PLACE, _SIZE),
)
FUNCTIONS: Final[dict[str, tuple[Any, ...]]] = {
    "guide": (
        *(_PLACE, _PLACE, _SIZE, _SIZE, _SIZE, _PLACE),
        *(_PLACE, _PLACE, _PLACE, _SIZE, _PLACE),
    ),
    **{f"realize_{depth}": _REALIZE for depth in (8, 16)},
    **{f"sum_rows_{depth}": _SUM_ROWS for depth in (8, 16)},
    **{f"shrink_{depth}": _SHRINK for depth in (8, 16)},
    **{f"paint_{depth}": _PAINT for depth in (8, 16)},
    "tables": (
        *(POINTER(Space), c_double, c_double, c_float, c_float),
        *(_PLACE, _PLACE, _PLACE, _PLACE),
    ),
    "pad": (POINTER(Small), c_float, _SIZE, _SIZE, _PLACE),
    "all_finite": (_PLACE, _SIZE),
    "finish": (POINTER(Small), _PLACE, _SIZE, _SIZE, POINTER(Finish), _PLACE),
    "lines": (POINTER(Small), _PLACE, POINTER(Windows), _SIZE, _PLACE, _PLACE),
    "filter_rows": (_PLACE, _SIZE, _SIZE, _SIZE, c_int32, _PLACE),
}
"""What each loop is passed, by its name without `colorize_`."""


class CompiledLoops:
    """The functions of one library, each under its name without `colorize_`."""

    def __init__(self, library: ctypes.CDLL) -> None:
        for name, arguments in FUNCTIONS.items():
            function = library[f"colorize_{name}"]
            function.argtypes = arguments
            setattr(self, name, function)

    def __getattr__(self, name: str) -> Any:
        """Tell type checkers that there are functions."""
        raise AttributeError(name)


def compiled_loops() -> CompiledLoops | None:
    """Return the compiled loops, or None where the installation has none that fit."""
    return _loaded(PLACE)


@cache
def _loaded(place: Path) -> CompiledLoops | None:
    try:
        library = ctypes.CDLL(str(place))
    except OSError:
        # Not compiled, or for another machine: `doctor` tells.
        return None
    return CompiledLoops(library) if library.colorize_kernels_version() == VERSION else None
