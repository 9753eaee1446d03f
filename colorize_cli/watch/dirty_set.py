"""The paths that need a look: all that observers, signals and timers ever touch."""

import queue
import threading
from collections import deque
from pathlib import Path
from typing import Final

GREATEST: Final = 20_000
"""Paths that are held before a scan of the whole tree stands for all of them."""

TOO_MANY: Final = "more changes at once than are held one by one"


class DirtySet:
    """Collects hints until the watcher takes them; each path once, however often it is marked."""

    def __init__(self, *, greatest: int = GREATEST) -> None:
        self.wakes: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._greatest = greatest
        self._lock = threading.Lock()
        self._paths: dict[Path, bool] = {}
        self._reasons: deque[str] = deque()

    def mark(self, path: Path, *, is_complete: bool = False) -> None:
        """Say that a file, or all in a folder, needs a look. From any thread; cheap.

        `is_complete`: whoever wrote it has closed it or moved it here just now. What is said
        last holds. A path that is gone, hidden or none of ours does no harm. Paths begin as
        `WatchSettings.root` does.
        """
        with self._lock:
            if len(self._paths) < self._greatest or path in self._paths:
                self._paths[path] = is_complete
            elif TOO_MANY not in self._reasons:
                self._reasons.append(TOO_MANY)
        self.wake()

    def mark_all(self, reason: str) -> None:
        """Ask for a scan of the whole tree; the reason is told. Safe in a signal handler."""
        self._reasons.append(reason)
        self.wake()

    def wake(self) -> None:
        """Let the watcher look whether it is to stop. Safe in a signal handler."""
        # A put never waits for a lock that the interrupted thread may hold.
        self.wakes.put(None)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is marked."""
        return not self._paths and not self._reasons

    def take(self) -> tuple[dict[Path, bool], list[str]]:
        """Return and forget what was marked: paths with `is_complete`, reasons for a scan."""
        with self._lock:
            paths, self._paths = self._paths, {}
        reasons = [self._reasons.popleft() for _ in range(len(self._reasons))]
        return paths, reasons
