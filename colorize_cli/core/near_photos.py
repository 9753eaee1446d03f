"""Find the photo that is nearest to another, with NumPy.

This is the definition, and serves where nothing was compiled; `near_photo_loops` finds the same.
"""

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.near_distances import COARSE_DISTANCE, COLOR_DISTANCE, FINE_DISTANCE
from colorize_cli.core.photo_hashes import Hashes


def _colors(hashes: Hashes) -> NDArray[np.int16]:
    return np.frombuffer(hashes.colors, np.uint8).astype(np.int16)


class PlainNearPhotos:
    """The hashes of photos that stay, `capacity` of them at most.

    Each query compares with all: one vector operation on eight bytes a photo, some 5 seconds
    for 100,000 photos, which take minutes to decode.
    """

    def __init__(self, capacity: int) -> None:
        self._coarse: NDArray[np.uint64] = np.empty(capacity, np.uint64)
        self._fine: NDArray[np.uint64] = np.empty((capacity, 4), np.uint64)
        self._colors: NDArray[np.uint8] = np.empty((capacity, 192), np.uint8)
        self._photos: list[int] = []

    def add(self, photo: int, hashes: Hashes) -> None:
        """Take in a photo that stays."""
        place = len(self._photos)
        self._coarse[place] = np.frombuffer(hashes.coarse, np.uint64)[0]
        self._fine[place] = np.frombuffer(hashes.fine, np.uint64)
        self._colors[place] = np.frombuffer(hashes.colors, np.uint8)
        self._photos.append(photo)

    def find(self, hashes: Hashes) -> int | None:
        """Return the photo nearest by the fine hash, of those within all distances."""
        there = len(self._photos)
        coarse = np.bitwise_count(self._coarse[:there] ^ np.frombuffer(hashes.coarse, np.uint64))
        close = np.flatnonzero(coarse <= COARSE_DISTANCE)
        if not close.size:
            return None
        bits = np.bitwise_count(self._fine[close] ^ np.frombuffer(hashes.fine, np.uint64))
        distances = bits.sum(axis=1, dtype=np.int64)
        shifts = np.abs(self._colors[close] - _colors(hashes)).mean(axis=1)
        distances[shifts > COLOR_DISTANCE] = FINE_DISTANCE + 1
        nearest = int(distances.argmin())
        return self._photos[close[nearest]] if distances[nearest] <= FINE_DISTANCE else None
