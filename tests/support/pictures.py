"""Pictures for tests, and what is true of them by formulas that the product does not use."""

import struct
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

# IEC 61966-2-1: chromaticities of the primaries and of the white point.
PRIMARIES = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
WHITE = (0.3127, 0.3290)


def encoded(codes: np.ndarray, form: str = "PNG", **options: Any) -> bytes:
    """Return an array as a file, written by Pillow."""
    return saved(Image.fromarray(codes), form, **options)


def saved(image: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    """Return an image as a file."""
    buffer = BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def gray_picture(height: int = 24, width: int = 32) -> np.ndarray:
    """Return gray codes with flat areas, edges, a gradient and both ends of the range."""
    codes = np.tile(np.linspace(0, 255, width).astype(np.uint8), (height, 1))
    codes[height // 3 : height // 2, width // 4 : width // 2] = 200
    codes[height // 2 :, : width // 3] = 40
    codes[0, 0], codes[-1, -1] = 255, 0
    return codes


def luminance(codes: np.ndarray) -> np.ndarray:
    """Return the relative luminance of sRGB codes `(..., 3)` in double precision."""
    srgb = codes.astype(np.float64) / np.iinfo(codes.dtype).max
    light = np.empty_like(srgb)
    is_dark = srgb <= 0.04045
    light[is_dark] = srgb[is_dark] / 12.92
    light[~is_dark] = np.exp(2.4 * np.log((srgb[~is_dark] + 0.055) / 1.055))
    return light @ luminance_weights()


def luminance_weights() -> np.ndarray:
    """Return how much of the luminance each primary carries, from the chromaticities."""
    columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in PRIMARIES]).T
    x, y = WHITE
    return np.linalg.solve(columns, [x / y, 1, (1 - x - y) / y])


def lightness(codes: np.ndarray) -> np.ndarray:
    """Return L* of sRGB codes `(..., 3)`, or of gray ones `(...)` if they have no channels."""
    y = luminance(codes)
    return np.where(y > (6 / 29) ** 3, 116 * y ** (1 / 3) - 16, (29 / 3) ** 3 * y)


def as_rgb(gray: np.ndarray) -> np.ndarray:
    """Return gray codes `(...)` as `(..., 3)`."""
    return np.repeat(gray[..., None], 3, axis=-1)


def lightness_error(result: np.ndarray, gray: np.ndarray) -> float:
    """Return the greatest difference of L* in half steps between neighbouring gray codes."""
    last = np.iinfo(gray.dtype).max
    here = lightness(as_rgb(gray))
    above = lightness(as_rgb(np.minimum(gray, last - 1) + np.ones_like(gray)))
    below = lightness(as_rgb(np.maximum(gray, 1) - np.ones_like(gray)))
    steps = np.where(gray == last, here - below, above - here)
    steps = np.minimum(steps, np.where(gray == 0, above - here, here - below))
    return float((np.abs(lightness(result) - here) / (steps / 2)).max())


class SmoothColorizer:
    """A network's stand-in: strong colour that changes slowly over the picture."""

    device = "cpu"

    def __init__(self, channels: int = 2, strength: float = 0.6) -> None:
        self.channels, self.strength = channels, strength
        self.seen: list[np.ndarray] = []

    def __call__(self, gray: np.ndarray) -> np.ndarray:
        self.seen.append(gray.copy())
        rows, columns = np.mgrid[: gray.shape[2], : gray.shape[3]]
        planes = [np.sin(rows / (5 + k) + columns / (7 - k) + 2 * k) for k in range(self.channels)]
        color = self.strength * np.stack(planes).astype(np.float32)
        return np.repeat(color[None], len(gray), axis=0)


class ConstantColorizer:
    """A network's stand-in that says the same of every pixel."""

    device = "cpu"

    def __init__(self, *values: float) -> None:
        self.values = values

    def __call__(self, gray: np.ndarray) -> np.ndarray:
        color = np.array(self.values, np.float32)[None, :, None, None]
        return np.broadcast_to(color, (len(gray), len(self.values), *gray.shape[2:])).copy()


def gray_profile(gamma: float) -> bytes:
    """Return a gray ICC profile whose tone curve is a power (ICC.1:2001-04, version 2.4)."""
    curve = struct.pack(">4sIIH", b"curv", 0, 1, round(gamma * 256)) + b"\0\0"
    white = struct.pack(">4sI3i", b"XYZ ", 0, 63190, 65536, 54061)  # D50, s15Fixed16
    text = struct.pack(">4sI", b"text", 0) + b"none\0" + b"\0" * 3
    name = struct.pack(">4sII", b"desc", 0, 5) + b"gray\0" + b"\0" * 79
    parts = {b"desc": name, b"cprt": text, b"wtpt": white, b"kTRC": curve}
    table, body, start = b"", b"", 128 + 4 + 12 * len(parts)
    for tag, content in parts.items():
        table += struct.pack(">4sII", tag, start + len(body), len(content))
        body += content
    header = struct.pack(
        ">I4sI4s4s4s12s4s",
        start + len(body),
        b"",
        0x02400000,
        b"mntr",
        b"GRAY",
        b"XYZ ",
        b"",
        b"acsp",
    )
    header += bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return header.ljust(128, b"\0") + struct.pack(">I", len(parts)) + table + body
