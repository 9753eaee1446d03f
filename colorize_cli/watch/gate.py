"""The ready test: which files have changed, and when each is to be looked at again."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Final

from colorize_cli.watch.journal import Signature

OLD: Final = 60.0
"""Seconds after which an untouched file need not be watched for changes: more than the clocks of
two machines that share a disk differ by, if they are kept at all."""

STALE: Final = 86400.0
"""Seconds after which an untouched file is not going to be finished: the wrong time zone of a
disk's clock makes less of a difference than a day."""


@dataclass
class Waiting:
    """A file that is not ready, or is to be tried again. Times are those of the loop's clock.

    `since` is when the file was first seen as it is now, `first_seen` when it was seen at all.
    """

    place: str
    signature: Signature
    since: float
    first_seen: float
    due: float
    attempts: int = 0
    entered_at: float = float("inf")


class Gate:
    """Holds files until they are ready: complete and a moment old, or unchanged for a while."""

    def __init__(self, *, settle: float, closed_settle: float) -> None:
        self._settle, self._closed_settle = settle, closed_settle
        self._waiting: dict[str, Waiting] = {}
        self._heap: list[tuple[float, int, str]] = []
        self._numbers = count()
        self.fresh = 0
        """How many wait for their first attempt."""

    def __len__(self) -> int:
        """Return how many files wait."""
        return len(self._waiting)

    def __contains__(self, place: str) -> bool:
        """Whether a file waits."""
        return place in self._waiting

    def __iter__(self) -> Iterator[Waiting]:
        """Give all that wait."""
        return iter(self._waiting.values())

    def mark(
        self, place: str, signature: Signature, now: float, *, is_complete: bool, age: float = 0.0
    ) -> bool:
        """Take note of a file that may have changed; return whether it did not wait before.

        `age` is for how many seconds it was not touched, by the clock of its disk.
        """
        known = self._waiting.pop(place, None)
        if known is not None:
            self.fresh -= known.attempts == 0
        due = now + (self._closed_settle if is_complete else self._settle)
        waiting = known
        if waiting is None:
            waiting = Waiting(
                place=place,
                signature=signature,
                since=now - age if age >= STALE else now,
                first_seen=now,
                due=now if age >= max(OLD, self._settle) else due,
            )
        else:
            is_put_off = waiting.attempts > 0 and signature.is_same_content(waiting.signature)
            self._renew(waiting, signature, now)
            # A look at a file, or a change of its mode, is no reason to try it sooner.
            if is_complete or not is_put_off:
                waiting.due = due
        self._hold(waiting)
        return known is None

    def keep(self, waiting: Waiting, due: float) -> None:
        """Hold a file that was taken out, to be looked at again."""
        waiting.due, waiting.entered_at = due, float("inf")
        self._hold(waiting)

    def next_due(self) -> float | None:
        """Return when the next file is to be looked at; None if none waits."""
        while self._heap:
            due, _, place = self._heap[0]
            waiting = self._waiting.get(place)
            if waiting is not None and waiting.entered_at == due:
                if waiting.due <= due:
                    return due
                # Marked again since: it moves back, without an entry for each mark.
                waiting.entered_at = float("inf")
                self._enter(waiting)
            heapq.heappop(self._heap)
        return None

    def take(self, now: float) -> Waiting | None:
        """Take out a file that is due; the caller tests whether it is ready."""
        due = self.next_due()
        if due is None or due > now:
            return None
        waiting = self._waiting.pop(heapq.heappop(self._heap)[2])
        self.fresh -= waiting.attempts == 0
        return waiting

    def is_ready(self, waiting: Waiting, signature: Signature, now: float) -> bool:
        """Whether a file that was due may be read; if not, it is held for another while."""
        is_same = signature.is_same_content(waiting.signature)
        self._renew(waiting, signature, now)
        if not is_same:
            self.keep(waiting, now + self._settle)
        return is_same

    def _hold(self, waiting: Waiting) -> None:
        self._waiting[waiting.place] = waiting
        self.fresh += waiting.attempts == 0
        self._enter(waiting)

    def _renew(self, waiting: Waiting, signature: Signature, now: float) -> None:
        if not signature.is_same_content(waiting.signature):
            waiting.since, waiting.attempts = now, 0
        waiting.signature = signature

    def _enter(self, waiting: Waiting) -> None:
        if waiting.due < waiting.entered_at:
            waiting.entered_at = waiting.due
            heapq.heappush(self._heap, (waiting.due, next(self._numbers), waiting.place))
