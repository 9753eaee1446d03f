"""The compiled loops over pixels, called with NumPy's arrays.

Whoever uses them has the same in NumPy, for machines on which nothing was compiled: results are
equal to the bit, and several times slower. Other threads run while the loops do.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.compiled_library import CompiledLoops, Space, compiled_loops

FloatArray: TypeAlias = NDArray[np.float32]
Codes: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]


class Kernels:
    """The loops of one library. Arrays are as they are said to be and contiguous, or copied."""

    def __init__(self, loops: CompiledLoops) -> None:
        self._guide = loops.guide
        self._realize = {8: loops.realize_8, 16: loops.realize_16}
        self._sum_rows = {8: loops.sum_rows_8, 16: loops.sum_rows_16}

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
        codes = with_whole_rows(codes)
        sums = np.empty((width, 4), np.float32)
        table, weights = np.ascontiguousarray(table), np.ascontiguousarray(weights)
        row_length = codes.strides[0] // codes.itemsize
        sum_rows = self._sum_rows[codes.itemsize * 8]
        places = address_of(table), address_of(codes)
        sum_rows(*places, row_length, rows, width, address_of(weights), address_of(sums))
        return sums


def kernels() -> Kernels | None:
    """Return the compiled loops, or None where the installation has none that fit."""
    loops = compiled_loops()
    return None if loops is None else _kernels(loops)


def address_of(array: NDArray[Any]) -> int:
    """Return where the first element of an array is."""
    address: int = array.__array_interface__["data"][0]
    return address


def with_whole_rows(codes: Codes) -> Codes:
    """Return codes `(rows, W)`, or a copy of them, each of whose rows is contiguous."""
    if codes.strides[1] != codes.itemsize or codes.strides[0] % codes.itemsize:
        return codes.copy()
    return codes


def space_of(*fields: Any, tables: Sequence[NDArray[Any]]) -> Space:
    """Return constants and tables as the loops see them; they keep the tables alive."""
    return Space(*fields, *map(address_of, tables), holders=tuple(tables))


@cache
def _kernels(loops: CompiledLoops) -> Kernels:
    return Kernels(loops)
