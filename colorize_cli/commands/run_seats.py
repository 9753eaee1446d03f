"""Who may compute: as many pictures at a time as are asked for and memory has room for."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

BYTES_PER_PIXEL: Final = 20
"""What the dearest pictures take, 16-bit RGB as TIFF: 1.93 GB for 100 megapixels. JPEG takes 8."""

SHARE: Final = 0.75
"""How much of the memory that is left when it begins a run may take: others need some as well."""


class Seats:
    """Seats of which each holds a picture, and pixels of which the room has so many.

    A picture waits until those before it leave enough of both; alone it is never too large.
    """

    def __init__(self, number: int, *, memory: int | None = None) -> None:
        self._number = number
        self._is_crowded = number > 1 and memory is not None
        self._room = round(SHARE * (memory or 0) / BYTES_PER_PIXEL)
        self._taken = 0
        self._in = 0
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, pixels: Callable[[], int]) -> Iterator[None]:
        """Sit in the block. How many pixels a picture has is asked only where it matters."""
        needed = pixels() if self._is_crowded else 0
        with self._changed:
            self._changed.wait_for(lambda: self._has_place(needed))
            self._in, self._taken = self._in + 1, self._taken + needed
        try:
            yield
        finally:
            with self._changed:
                self._in, self._taken = self._in - 1, self._taken - needed
                self._changed.notify_all()

    def _has_place(self, needed: int) -> bool:
        has_room = not self._is_crowded or self._taken + needed <= self._room
        return self._in == 0 or (self._in < self._number and has_room)
