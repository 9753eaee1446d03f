"""Time as the watcher sees it; tests have one of their own."""

import queue
import time
from contextlib import suppress
from typing import Protocol


class Clock(Protocol):
    """Two times, and waiting."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        ...

    def wall(self) -> float:
        """Return seconds since 1970, comparable with those of files."""
        ...

    def wait(self, wakes: "queue.SimpleQueue[None]", seconds: float | None) -> None:
        """Return when something is put there, or after so many seconds; None is for ever."""
        ...


class SystemClock:
    """The time of this machine."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()

    def wall(self) -> float:
        """Return seconds since 1970."""
        return time.time()

    def wait(self, wakes: "queue.SimpleQueue[None]", seconds: float | None) -> None:
        """Wait, and take all that was put there."""
        with suppress(queue.Empty):
            wakes.get(timeout=seconds)
            while True:
                wakes.get_nowait()
