"""Measure the pixels of a photo with compiled loops; NumPy is not needed.

`photo_measures` is the definition of what they do, and serves where nothing was compiled: results
are equal to the bit. Here the pixels are gone through once, a few rows at a time. Other threads run
meanwhile.
"""

import ctypes
import hashlib
import threading
from collections.abc import Iterator
from ctypes import POINTER, c_double, c_int16, c_int64, c_size_t, c_uint8, c_uint32, c_void_p
from functools import cache
from pathlib import Path
from typing import Any, Final

from PIL import Image

from colorize_cli.core import compiled_library
from colorize_cli.core.own_color_limits import OWN_COLOR_PEAK, OWN_COLOR_RMS, PROBE_SIZE
from colorize_cli.core.photo_hashes import Hashes, Measures, strip_rows
from colorize_cli.core.pillow_memory import PIXEL_BYTES, pixels_lent

VERSION: Final = 1
"""Of what is passed to the loops: a library of another one, by an earlier build, is not used."""
SHARES: Final = 3 * 3 * 256
"""Numbers of the table by which the loops find luma and chroma."""


class Photo(ctypes.Structure):
    """A photo, the size it is averaged to, and memory to work in, by address."""

    _fields_ = (
        ("width", c_size_t),
        ("height", c_size_t),
        ("size", c_size_t),
        ("memory", c_void_p),
    )


class Result(ctypes.Structure):
    """What the loops tell of a photo."""

    _fields_ = (
        ("coarse", c_uint8 * 8),
        ("fine", c_uint8 * 32),
        ("colors", c_uint8 * 192),
        ("is_neutral", c_uint8),
        ("is_colorful", c_uint8),
    )


FUNCTIONS: Final[dict[str, tuple[Any, ...]]] = {
    "memory": (POINTER(Photo),),
    "rows": (POINTER(Photo), c_void_p, c_size_t, c_size_t, c_void_p),
    "squares": (POINTER(Photo), c_void_p, c_void_p),
    "nearest": (
        *(c_void_p, c_void_p, c_void_p, c_size_t, c_void_p, c_void_p, c_void_p),
        *(c_uint32, c_uint32, c_uint32),
    ),
    "judge": (c_void_p, c_void_p, c_double, c_double, POINTER(Result)),
}
"""What each loop is passed, by its name without `colorize_photo_`."""


class PhotoLoops:
    """The loops of one library."""

    def __init__(self, library: ctypes.CDLL) -> None:
        for name, arguments in FUNCTIONS.items():
            function = library[f"colorize_photo_{name}"]
            function.argtypes = arguments
            setattr(self, name, function)
        self.memory.restype, self.nearest.restype = c_size_t, c_int64
        self._shares = (c_int16 * SHARES)()
        library.colorize_photo_shares(self._shares)
        self._rooms = _Rooms()

    def __getattr__(self, name: str) -> Any:
        """Tell type checkers that there are functions."""
        raise AttributeError(name)

    def measured(self, image: Image.Image, size: int) -> Measures:
        """Measure an RGB picture; its small picture is of `size` x `size` pixels."""
        width, height = image.size
        size = size if min(image.size) >= size else 0
        photo = Photo(width, height, size)
        photo.memory = ctypes.addressof(self._rooms.memory(self.memory(photo)))
        pixels = self._hashed(image, photo)
        small = ctypes.create_string_buffer(size * size * 3)
        probe = ctypes.create_string_buffer(PROBE_SIZE * PROBE_SIZE * 3)
        self.squares(photo, small, probe)
        result = Result()
        self.judge(probe, self._shares, OWN_COLOR_RMS, OWN_COLOR_PEAK, result)
        return Measures(
            hashes=_hashes(pixels, result, width * height),
            small=small.raw if size else None,
            is_neutral=bool(result.is_neutral),
            is_colorful=bool(result.is_colorful),
        )

    def _hashed(self, image: Image.Image, photo: Photo) -> str:
        """Return the hash of all pixels, which the loops average on the way."""
        width, height = image.size
        digest = hashlib.sha256(f"({height}, {width}, 3)".encode())
        most = min(height, strip_rows(width))
        packed = self._rooms.packed(most * width * 3)
        view = memoryview(packed)
        for first, rows, pixels in _strips(image, most):
            self.rows(photo, pixels, first, rows, packed)
            digest.update(view[: rows * width * 3])
        return digest.hexdigest()


class _Rooms(threading.local):
    """Memory that a thread's photos use one after the other: to clear new memory takes long."""

    def __init__(self) -> None:
        self._memory = self._packed = ctypes.create_string_buffer(0)

    def memory(self, length: int) -> "ctypes.Array[ctypes.c_char]":
        """Return memory of at least so many bytes for what is averaged."""
        if len(self._memory) < length:
            self._memory = ctypes.create_string_buffer(length)
        return self._memory

    def packed(self, length: int) -> "ctypes.Array[ctypes.c_char]":
        """Return memory of at least so many bytes for what is packed."""
        if len(self._packed) < length:
            self._packed = ctypes.create_string_buffer(length)
        return self._packed


def photo_loops() -> PhotoLoops | None:
    """Return the compiled loops, or None where the installation has none that fit."""
    return _loaded(compiled_library.PLACE)


@cache
def _loaded(place: Path) -> PhotoLoops | None:
    try:
        library = ctypes.CDLL(str(place))
        version = library.colorize_photo_version()
    except (OSError, AttributeError):
        # Not compiled, or by an earlier build, or for another machine: `doctor` tells.
        return None
    return PhotoLoops(library) if version == VERSION else None


def _strips(image: Image.Image, most: int) -> Iterator[tuple[int, int, int]]:
    """Give the first row, the number of rows and the address of the pixels of each strip."""
    width, height = image.size
    with pixels_lent(image) as whole:
        for first in range(0, height, most):
            rows = min(most, height - first)
            if whole is not None:
                yield first, rows, whole + first * width * PIXEL_BYTES
                continue
            with pixels_lent(image.crop((0, first, width, first + rows))) as part:
                if part is None:
                    raise MemoryError
                yield first, rows, part


def _hashes(pixels: str, result: Result, area: int) -> Hashes:
    return Hashes(
        pixels=pixels,
        coarse=bytes(result.coarse),
        fine=bytes(result.fine),
        colors=bytes(result.colors),
        area=area,
    )
