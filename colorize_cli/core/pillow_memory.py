"""Where the pixels of Pillow's pictures lie, so that compiled loops read them without a copy.

Pillow tells it by Arrow's interface for other programs' memory (Arrow's specification, "The Arrow
C data interface" and "The Arrow PyCapsule interface").
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from PIL import Image

PIXEL_BYTES: Final = 4
"""Of RGB as Pillow keeps it: the fourth means nothing."""


class _ArrowArray(ctypes.Structure):
    """The beginning of the C structure of the same name."""


_ArrowArray._fields_ = (
    *((name, ctypes.c_int64) for name in ("length", "null_count", "offset")),
    *((name, ctypes.c_int64) for name in ("n_buffers", "n_children")),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(_ArrowArray))),
)
_POINTER_OF = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(
    ("PyCapsule_GetPointer", ctypes.pythonapi)
)


class GrayPixels:
    """The bytes of a gray picture's pixels, row by row, where Pillow has them."""

    def __init__(self, capsule: object) -> None:
        # What it tells of stays there as long as it does, whatever becomes of the picture.
        self._capsule = capsule
        array = _ArrowArray.from_address(_POINTER_OF(capsule, b"arrow_array"))
        self.address: int = array.buffers[1]
        self._length: int = array.length

    def __bytes__(self) -> bytes:
        """Return a copy of them."""
        return ctypes.string_at(self.address, self._length)


def gray_pixels(image: Image.Image) -> GrayPixels | None:
    """Return the pixels of a picture of mode L; None where Pillow keeps them in several pieces."""
    try:
        return GrayPixels(image.__arrow_c_array__()[1])
    except ValueError:
        return None


@contextmanager
def pixels_lent(image: Image.Image) -> Iterator[int | None]:
    """Lend the address of an RGB picture's pixels, `(H, W, 4)` bytes, to the block.

    None for a large picture that Pillow keeps in several pieces.
    """
    try:
        _, capsule = image.__arrow_c_array__()
    except ValueError:
        yield None
        return
    # What the capsule tells of stays there as long as the capsule does: until the block ends.
    pixels = _ArrowArray.from_address(_POINTER_OF(capsule, b"arrow_array")).children[0]
    yield pixels.contents.buffers[1]
