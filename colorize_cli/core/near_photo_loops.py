"""Find the photo that is nearest to another, with compiled loops; NumPy is not needed.

`near_photos` is the definition, and finds the same.
"""

import ctypes
from typing import Final

from colorize_cli.core.near_distances import COARSE_DISTANCE, COLOR_DISTANCE, FINE_DISTANCE
from colorize_cli.core.photo_hashes import Hashes
from colorize_cli.core.photo_loops import PhotoLoops

LENGTHS: Final = {"coarse": 8, "fine": 32, "colors": 192}
"""Bytes of each hash."""


class CompiledNearPhotos:
    """The hashes of photos that stay, `capacity` of them at most."""

    def __init__(self, loops: PhotoLoops, capacity: int) -> None:
        self._loops = loops
        self._rooms = {
            name: ctypes.create_string_buffer(capacity * length) for name, length in LENGTHS.items()
        }
        self._photos: list[int] = []

    def add(self, photo: int, hashes: Hashes) -> None:
        """Take in a photo that stays."""
        for name, length in LENGTHS.items():
            place = ctypes.addressof(self._rooms[name]) + len(self._photos) * length
            ctypes.memmove(place, getattr(hashes, name), length)
        self._photos.append(photo)

    def find(self, hashes: Hashes) -> int | None:
        """Return the first of those nearest by the fine hash, within all distances."""
        wanted = (getattr(hashes, name) for name in LENGTHS)
        # A mean over all colours in the definition, and their sum here.
        color_sum = int(COLOR_DISTANCE * LENGTHS["colors"])
        limits = COARSE_DISTANCE, FINE_DISTANCE, color_sum
        rooms = self._rooms.values()
        nearest = self._loops.nearest(*rooms, len(self._photos), *wanted, *limits)
        return None if nearest < 0 else self._photos[nearest]
