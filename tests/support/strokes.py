"""Strokes of colour on transparent pictures, and pictures of flat regions to lay them on."""

from io import BytesIO

import numpy as np
from PIL import Image
from skimage.color import rgb2lab

Stroke = tuple[slice, slice, tuple[int, int, int]]


def strokes_png(height: int, width: int, *strokes: Stroke) -> bytes:
    """Return a transparent PNG with filled rectangles: rows, columns, sRGB."""
    codes = np.zeros((height, width, 4), np.uint8)
    for rows, columns, color in strokes:
        codes[rows, columns] = (*color, 255)
    buffer = BytesIO()
    Image.fromarray(codes).save(buffer, "PNG")
    return buffer.getvalue()


def two_regions(height: int, width: int, *, left: int = 90, right: int = 170) -> np.ndarray:
    """Return gray codes, flat in either half."""
    codes = np.full((height, width), left, np.uint8)
    codes[:, width // 2 :] = right
    return codes


def ab_of(color: tuple[int, int, int]) -> np.ndarray:
    """Return a and b of an sRGB colour, by scikit-image."""
    return rgb2lab(np.array(color, np.uint8)[None])[0, 1:]


class SidesColorizer:
    """A network's stand-in that says one thing of the left half and another of the right."""

    device = "cpu"

    def __init__(self, left: tuple[float, ...], right: tuple[float, ...]) -> None:
        self.left, self.right = left, right

    def __call__(self, gray: np.ndarray) -> np.ndarray:
        color = np.empty((len(gray), len(self.left), *gray.shape[2:]), np.float32)
        middle = gray.shape[3] // 2
        color[..., :middle] = np.array(self.left)[:, None, None]
        color[..., middle:] = np.array(self.right)[:, None, None]
        return color
