"""Where all hints come together, and what scans find: files that may need work, for the gate."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from colorize_cli.watch.backlog import Scans, Settled
from colorize_cli.watch.clock import Clock
from colorize_cli.watch.dirty_set import TOO_MANY, DirtySet
from colorize_cli.watch.events import Event, Queued
from colorize_cli.watch.gate import Gate
from colorize_cli.watch.journal import Entry, Journal, Signature
from colorize_cli.watch.tree import Found, Tree

AHEAD: Final = 1000
"""Files that a scan may bring up before earlier ones are begun: what is held of a large backlog."""

MOST: Final = 20_000
"""Files that are held at all; beyond that, a later scan finds the rest."""

CHANGED: Final = "the watched folder has changed"


@dataclass(kw_only=True)
class Intake:
    """Takes what observers and scans bring up, and leaves out what the journal has settled.

    `has` tells whether a file is in somebody's hands: it is looked at again afterwards.
    """

    tree: Tree
    journal: Journal
    settled: Settled
    scans: Scans
    gate: Gate
    clock: Clock
    tell: Callable[[Event], None]
    has: Callable[[str], bool]
    is_backlog_left: bool
    _marked: dict[str, bool] = field(default_factory=dict, init=False)

    def take_hints(self, dirty: DirtySet) -> None:
        """Take all that was marked since the last time."""
        paths, reasons = dirty.take()
        for reason in reasons:
            self.scans.ask(reason)
        for path, is_complete in paths.items():
            place = self.tree.place_of(path)
            if place is None:
                continue
            if place == "":
                self.scans.ask(CHANGED)
            elif self.tree.is_folder(place):
                self.scans.ask_folder(place)
            else:
                self._look(place, is_complete=is_complete)

    def look_again(self, place: str) -> None:
        """Look at a file that was marked while somebody had it in hand."""
        if place in self._marked:
            self._look(place, is_complete=self._marked.pop(place))

    def is_settled(self, place: str, signature: Signature) -> bool:
        """Whether nothing is left to do about a file that something has happened to."""
        entry = self.journal.find(place)
        # Who writes into a file may set its times back, but for that of its last change. What
        # was left at the start is looked at now.
        if entry is None or entry.signature != signature or entry.state == "left":
            return False
        return self.settled(entry, signature)

    def mark_found(self, found: Found) -> bool:
        """Take what a scan has found, unless it waits already; whether it is news."""
        if found.place in self.gate or self.has(found.place):
            return False
        if self.is_backlog_left:
            entry = Entry(place=found.place, state="left", signature=found.signature)
            self.journal.record(entry)
            return False
        touched = max(found.signature.mtime_ns, found.signature.ctime_ns) / 1e9
        age = self.clock.wall() - touched
        self._mark(found.place, found.signature, is_complete=False, age=age)
        return True

    def room(self) -> int:
        """Return how many files a scan may bring up now."""
        return min(AHEAD - self.gate.fresh, MOST - len(self.gate))

    def _look(self, place: str, *, is_complete: bool) -> None:
        signature = self.tree.signature_of(place)
        if self.has(place):
            self._marked[place] = is_complete
        elif signature is None:
            return
        elif len(self.gate) >= MOST and place not in self.gate:
            self.scans.ask(TOO_MANY)
        elif place in self.gate or not self.is_settled(place, signature):
            self._mark(place, signature, is_complete=is_complete)

    def _mark(
        self, place: str, signature: Signature, *, is_complete: bool, age: float = 0.0
    ) -> None:
        now = self.clock.monotonic()
        if self.gate.mark(place, signature, now, is_complete=is_complete, age=age):
            self.tell(Queued(path=self.tree.path_of(place)))
