"""Find photos that are there twice: the same pixels, or re-encoded and resized copies."""

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.photo_hashes import Hashes

COARSE_DISTANCE: Final = 8
FINE_DISTANCE: Final = 32
"""Differing bits of the 64-bit and the 256-bit hash up to which two photos are the same one.

Measured on 10,815 photos of about 200 pixels: of their copies as JPEG of quality 50, or shrunk
to 0.7 of their size, 96 in 100 lie within both; none of the 58 million pairs of different photos
did, the closest being 46 apart in the fine hash.
"""
COLOR_DISTANCE: Final = 6.0
"""Mean difference in code values of the 8 x 8 colours up to which two photos may be the same.

Flat pictures and plain ramps all have the same hashes; their colours part them. Of the copies
above none is more than 3.2 apart.
"""


def find_duplicates(photos: Sequence[Hashes], *, known: Collection[str] = ()) -> dict[int, int]:
    """Return, for each photo that is there already, which one it duplicates.

    Of copies, that one stays whose pixel hash is `known`, else the largest, else the one of the
    smallest hash: which stays does not depend on names or order. What stays has no other that
    stays near it. Among photos of the very same pixels the first stays.
    """
    duplicates: dict[int, int] = {}
    exact: dict[str, int] = {}
    near = _NearIndex(len(photos))
    for photo in sorted(range(len(photos)), key=lambda index: _rank(photos[index], known)):
        hashes = photos[photo]
        original = exact.setdefault(hashes.pixels, photo)
        similar = near.find(hashes) if original == photo else original
        if similar is None:
            near.add(photo, hashes)
        else:
            # A copy of a copy is listed as one of the photo that stays.
            duplicates[photo] = duplicates.get(similar, similar)
    return duplicates


def _rank(hashes: Hashes, known: Collection[str]) -> tuple[bool, int, str]:
    return hashes.pixels not in known, -hashes.area, hashes.pixels


def _colors(hashes: Hashes) -> NDArray[np.int16]:
    return np.frombuffer(hashes.colors, np.uint8).astype(np.int16)


class _NearIndex:
    """The hashes of photos that stay.

    Each query compares with all: one vector operation on eight bytes a photo, some 5 seconds
    for 100,000 photos, which take minutes to decode.
    """

    def __init__(self, capacity: int) -> None:
        self._coarse: NDArray[np.uint64] = np.empty(capacity, np.uint64)
        self._fine: NDArray[np.uint64] = np.empty((capacity, 4), np.uint64)
        self._colors: NDArray[np.uint8] = np.empty((capacity, 192), np.uint8)
        self._photos: list[int] = []

    def add(self, photo: int, hashes: Hashes) -> None:
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
