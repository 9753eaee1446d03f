"""The loops over pixels of `color_kernels.c`, where the installation has them compiled.

Whoever uses them has the same in NumPy, for machines on which nothing was compiled: results are
equal to the bit, and several times slower. Other threads run while the loops do.
"""

import ctypes
from collections.abc import Sequence
from ctypes import POINTER, c_float, c_int32, c_size_t, c_void_p
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float32]
Codes: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]

PLACE = Path(__file__).with_name("color_kernels.so")
"""Where `hatch_build.py` leaves them."""

VERSION: Final = 2
"""Of what is passed to them. A library of another one, left by an earlier build, is not used."""


class Space(ctypes.Structure):
    """The constants of Lab and sRGB, and the tables of one bit depth, as the loops see them.

    The loops are given addresses only: the tables live as long as this does.
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

    def __init__(self, *constants: Any, tables: Sequence[NDArray[Any]]) -> None:
        super().__init__(*constants, *map(address_of, tables))
        self._tables = tuple(tables)


_REALIZE: Final = (POINTER(Space), c_void_p, c_void_p, c_void_p, c_size_t, c_void_p)
_SUM_ROWS: Final = (c_void_p, c_void_p, c_size_t, c_size_t, c_size_t, c_void_p, c_void_p)
_GUIDE: Final = (
    *(c_void_p, c_void_p, c_size_t, c_size_t, c_size_t, c_void_p),
    *(c_void_p, c_void_p, c_void_p, c_size_t, c_void_p),
)


class Kernels:
    """The loops of one library. Arrays are as they are said to be and contiguous, or copied."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._realize = {depth: library[f"colorize_realize_{depth}"] for depth in (8, 16)}
        self._sum_rows = {depth: library[f"colorize_sum_rows_{depth}"] for depth in (8, 16)}
        self._guide = library["colorize_guide"]
        self._guide.argtypes = _GUIDE
        for depth in (8, 16):
            self._realize[depth].argtypes = _REALIZE
            self._sum_rows[depth].argtypes = _SUM_ROWS

    def realize(self, space: Space, lightness: FloatArray, ab: FloatArray, codes: Codes) -> None:
        """Write codes `(N, 3)` of lightness `(N,)` and ab `(2, N)`, chroma scaled down to fit."""
        lightness, ab = np.ascontiguousarray(lightness), np.ascontiguousarray(ab)
        a, b = address_of(ab[0]), address_of(ab[1])
        realize = self._realize[codes.itemsize * 8]
        realize(space, address_of(lightness), a, b, len(lightness), address_of(codes))

    def guide(
        self,
        slope: FloatArray,
        offset: FloatArray,
        between: tuple[NDArray[np.int64], NDArray[np.int64], FloatArray],
        lightness: FloatArray,
    ) -> FloatArray:
        """Return chroma `(K, rows, W)` of lightness `(rows, W)` by lines `(K, h, W)`.

        `between` are, for each row, the two rows of the lines and the second one's share.
        """
        chroma = np.empty((len(slope), *lightness.shape), np.float32)
        arrays = [np.ascontiguousarray(array) for array in (slope, offset, *between, lightness)]
        lines, places = arrays[:2], arrays[2:]
        self._guide(
            *map(address_of, lines),
            *slope.shape,
            *map(address_of, places),
            len(lightness),
            address_of(chroma),
        )
        return chroma

    def sum_rows(self, table: FloatArray, codes: Codes, weights: FloatArray) -> FloatArray:
        """Return the weighted sum `(W, 4)` over rows of what a table `(codes, 4)` says of codes.

        Codes are `(rows, W)`, of which only each row has to be contiguous.
        """
        rows, width = codes.shape
        if codes.strides[1] != codes.itemsize or codes.strides[0] % codes.itemsize:
            codes = codes.copy()
        sums = np.empty((width, 4), np.float32)
        table, weights = np.ascontiguousarray(table), np.ascontiguousarray(weights)
        row_length = codes.strides[0] // codes.itemsize
        sum_rows = self._sum_rows[codes.itemsize * 8]
        places = address_of(table), address_of(codes)
        sum_rows(*places, row_length, rows, width, address_of(weights), address_of(sums))
        return sums


def kernels() -> Kernels | None:
    """Return the compiled loops, or None where the installation has none that fit."""
    return _loaded(PLACE)


def address_of(array: NDArray[Any]) -> int:
    """Return where the first element of an array is."""
    address: int = array.__array_interface__["data"][0]
    return address


@cache
def _loaded(place: Path) -> Kernels | None:
    if not place.exists():
        return None
    try:
        library = ctypes.CDLL(str(place))
    except OSError:
        # Compiled for another machine: `doctor` tells.
        return None
    return Kernels(library) if library.colorize_kernels_version() == VERSION else None
