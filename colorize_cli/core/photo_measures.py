"""Measure the pixels of a photo with Pillow and NumPy.

This is the definition, and serves where nothing was compiled; `photo_loops` does the same in one
pass, equal to the bit.
"""

import hashlib

import numpy as np
from PIL import Image

from colorize_cli.core.own_color import is_colorful
from colorize_cli.core.own_color_limits import PROBE_SIZE
from colorize_cli.core.photo_hashes import Hashes, Measures, central_square, is_neutral, strip_rows


def measured(image: Image.Image, size: int) -> Measures:
    """Measure an RGB picture; its small picture is of `size` x `size` pixels."""
    box = central_square(*image.size)
    # One average over the whole picture serves all measures: passes over it are what costs.
    probe = image.resize((PROBE_SIZE, PROBE_SIZE), Image.Resampling.BOX, box=box)
    small = None
    if min(image.size) >= size:
        small = image.resize((size, size), Image.Resampling.BOX, box=box).tobytes()
    return Measures(
        hashes=_hashes(image, probe),
        small=small,
        is_neutral=is_neutral(probe),
        is_colorful=is_colorful(probe),
    )


def difference_hash(probe: Image.Image, cells: int) -> bytes:
    """Return one bit for each of cells x cells places: is the brightness rising to the right?

    The dHash of Krawetz (2013); it survives re-encoding and resizing.
    """
    small = probe.resize((cells + 1, cells), Image.Resampling.BOX)
    # Luma of ITU-R BT.601, in thousandths; whole numbers keep the ties of flat areas exact.
    luma = np.asarray(small).astype(np.int32) @ np.array([299, 587, 114], np.int32)
    return np.packbits(luma[:, 1:] > luma[:, :-1]).tobytes()


def _hashes(image: Image.Image, probe: Image.Image) -> Hashes:
    return Hashes(
        pixels=_pixel_hash(image),
        coarse=difference_hash(probe, 8),
        fine=difference_hash(probe, 16),
        colors=probe.resize((8, 8), Image.Resampling.BOX).tobytes(),
        area=image.width * image.height,
    )


def _pixel_hash(image: Image.Image) -> str:
    width, height = image.size
    digest = hashlib.sha256(f"({height}, {width}, 3)".encode())
    rows = strip_rows(width)
    for top in range(0, height, rows):
        strip = image.crop((0, top, width, min(top + rows, height)))
        digest.update(strip.tobytes())
    return digest.hexdigest()
