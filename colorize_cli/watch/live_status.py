"""How a watcher is doing, in one line: for a terminal, and for `systemctl status`."""

import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from colorize_cli.watch.events import Done, Event, Failed
from colorize_cli.watch.totals import Totals

WINDOW: Final = 30.0
"""Seconds over which pictures are counted for the rate: a few of the slowest ones."""


class LiveStatus:
    """Counts what was told, and says it in one line."""

    def __init__(
        self, totals: Callable[[], Totals], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._totals, self._clock = totals, clock
        self._ends: deque[float] = deque()
        self._last: Path | None = None

    def told(self, event: Event) -> None:
        """Take note of what came to an end."""
        if isinstance(event, Done | Failed):
            self._last = event.path
        if isinstance(event, Done):
            self._ends.append(self._clock())

    def text(self) -> str:
        """Return such as `3 queued, 120 done, 1 failed, 2.4 images/s, last: 'scan.png'`."""
        totals = self._totals()
        queued = totals.waiting + totals.in_hand
        parts = [f"{queued} queued", f"{totals.done} done", f"{totals.failed} failed"]
        if queued and (rate := self._rate()):
            parts.append(f"{rate:.1f} images/s")
        if self._last is not None:
            parts.append(f"last: {_on_one_line(self._last)}")
        return ", ".join(parts)

    def _rate(self) -> float:
        """Return the pictures a second of late; 0 where it would be a guess."""
        now = self._clock()
        while self._ends and now - self._ends[0] > WINDOW:
            self._ends.popleft()
        # The first one of a burst marks its beginning only.
        span = now - self._ends[0] if self._ends else 0.0
        return (len(self._ends) - 1) / span if span > 0 else 0.0


def _on_one_line(path: Path) -> str:
    return repr(path.name).encode("utf-8", "backslashreplace").decode("utf-8")
