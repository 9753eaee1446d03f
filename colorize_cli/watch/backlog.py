"""Scans of the tree: which of its files are new or have changed, as far as the journal knows."""

import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from colorize_cli.core.errors import ExitStatus
from colorize_cli.watch.events import Rescan
from colorize_cli.watch.journal import Entry, Journal, Signature
from colorize_cli.watch.settings import WatchSettings
from colorize_cli.watch.tree import Folder, Found, Tree

AT_ONCE: Final = 500
"""Files of one folder that are compared with the journal at a time: what is held of them."""


class Settled:
    """Judges whether nothing is left to do about a file, without reading it."""

    def __init__(self, settings: WatchSettings) -> None:
        self._settings, self._identity = settings, settings.identity
        self._reader_identity = settings.reader_identity

    def __call__(self, entry: Entry | None, signature: Signature) -> bool:
        """Whether the journal says that a file as it is now needs no work."""
        if entry is None or not signature.is_same_content(entry.signature):
            return False
        if entry.state == "left":
            return not self._settings.has_backlog
        if entry.state == "failed":
            # A change of the file's mode may have cured it, and so may another version of us.
            is_as_it_was = (signature, self._reader_identity) == (entry.signature, entry.identity)
            return is_as_it_was and not _is_free_again(entry)
        if entry.identity != self._identity:
            return False
        is_outstanding = entry.state == "done" and self._settings.then != "keep"
        return entry.state != "working" and not is_outstanding


@dataclass
class _Scan:
    """A scan under way. `reason` is None for that of a single folder, which is not told."""

    steps: Iterator[Found | None]
    reason: str | None
    begun: float
    found: int = 0
    cost: float = 0.0


class Scans:
    """Looks at the whole tree, or at a folder, piece by piece, as far as there is room."""

    def __init__(self, tree: Tree, journal: Journal, settled: Settled, *, rescan: float) -> None:
        self._tree, self._journal, self._settled = tree, journal, settled
        self._period = rescan
        self._asked: deque[str] = deque()
        self._folders: dict[str, None] = {}
        self._scan: _Scan | None = None
        self.next_at = float("inf")
        """When the whole tree is to be looked at again."""
        self.cost = 0.0
        """Seconds of a processor that the last look at the whole tree took."""

    @property
    def is_active(self) -> bool:
        """Whether there is something to look at."""
        return bool(self._scan or self._asked or self._folders)

    def ask(self, reason: str) -> None:
        """Have the whole tree looked at, once for all who ask before that begins."""
        if reason not in self._asked:
            self._asked.append(reason)

    def ask_folder(self, place: str) -> None:
        """Have one folder and those in it looked at."""
        self._folders[place] = None

    def advance(
        self, now: Callable[[], float], mark: Callable[[Found], bool], room: int
    ) -> Rescan | None:
        """Go on for a moment; `mark` takes what is found, and says whether it is news.

        Returns what is to be told when a scan of the whole tree has ended. Raises NoInputError
        if the root cannot be read; what was asked for is forgotten then.
        """
        scan = self._scan = self._scan or self._next(now())
        if scan is None:
            return None
        begun = time.thread_time()
        try:
            while room > 0 and (found := next(scan.steps)) is not None:
                is_news = mark(found)
                scan.found += is_news
                room -= is_news
        except StopIteration:
            scan.cost += time.thread_time() - begun
            return self._ended(scan, now())
        except BaseException:
            self._scan = None
            self._plan(now())
            raise
        scan.cost += time.thread_time() - begun
        return None

    def _next(self, now: float) -> _Scan | None:
        if now >= self.next_at:
            self.ask("rescan")
        if self._asked:
            reason = ", ".join(self._asked)
            self._asked.clear()
            # The whole tree is every folder.
            self._folders.clear()
            self.next_at = float("inf")
            return _Scan(self._steps(""), reason, now)
        if self._folders:
            place = next(iter(self._folders))
            del self._folders[place]
            return _Scan(self._steps(place), None, now)
        return None

    def _ended(self, scan: _Scan, now: float) -> Rescan | None:
        self._scan = None
        if scan.reason is None:
            return None
        self._plan(now)
        self.cost = scan.cost
        return Rescan(reason=scan.reason, found=scan.found, seconds=now - scan.begun)

    def _plan(self, now: float) -> None:
        self.next_at = now + self._period if self._period > 0 else float("inf")

    def _steps(self, place: str) -> Iterator[Found | None]:
        """Give what is not settled, and None now and then."""
        for folder in self._tree.walk(place):
            for start in range(0, len(folder.names), AT_ONCE):
                yield from self._unsettled(folder, folder.names[start : start + AT_ONCE])
                yield None

    def _unsettled(self, folder: Folder, names: tuple[str, ...]) -> Iterator[Found]:
        known = self._journal.among(folder.place, names)
        for name in names:
            place = os.path.join(folder.place, name)  # noqa: PTH118
            signature = self._tree.signature_of(place)
            if signature is not None and not self._settled(known.get(name), signature):
                yield Found(place, signature)


def _is_free_again(entry: Entry) -> bool:
    """Whether the output that stood in an input's way is gone."""
    is_contested = entry.status == ExitStatus.CANNOT_CREATE and entry.target is not None
    return is_contested and not os.path.lexists(entry.target or Path())
