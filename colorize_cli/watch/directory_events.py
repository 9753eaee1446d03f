"""What the operating system tells of changes in a folder, by watchdog: hints and nothing more.

Its threads die silently when the folder is deleted or a handler raises, what is lost in an
overflow is logged and not told again, and folders that can no longer be watched are passed over
(watchdog 7.1, `observers/inotify.py`). So all of this is looked after from outside.
"""

import errno
import logging
import os
import sys
import threading
import warnings
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from colorize_cli.core.outputs import TEMPORARY_SUFFIX
from colorize_cli.watch.dirty_set import DirtySet

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent, FileSystemEventHandler
    from watchdog.observers.api import BaseObserver, ObservedWatch

PROBE_NAME: Final = f".colorize-probe{TEMPORARY_SUFFIX}"
PROBE_PATIENCE: Final = 10.0
"""Seconds that an event may take, ten times what is usual: a busy machine is no reason to poll."""

LIMITS: Final = frozenset({errno.ENOSPC, errno.EMFILE})
"""What inotify_add_watch(2) and inotify_init(2) answer when a limit of the user is reached."""

ELSEWHERE: Final = Path(os.sep)
"""A folder that is always there and hardly ever the watched one."""

COMPLETING: Final = frozenset({"closed", "moved"})
"""Events after which nobody is known to write on: a name that comes by a rename is one of them."""


_NOWHERE: Final = logging.NullHandler()


class DirectoryEvents:
    """A running observer of a folder and all in it; marks what may have changed."""

    def __init__(self, root: Path, dirty: DirtySet) -> None:
        # A link to a folder would be watched itself, and what it leads to may change.
        self._place = Path(os.path.realpath(root))
        self._marker = _Marker(root, self._place, dirty)
        self._log = _Losses()
        self._threads: list[threading.Thread] = []
        self._observer: BaseObserver | None = None

    def start(self) -> None:
        """Begin to hear of changes. Raises OSError where that cannot be, or not everywhere."""
        # Races that watchdog itself reports are healed by the scan that follows its start.
        warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"watchdog\.")
        logger = logging.getLogger("watchdog")
        logger.addHandler(self._log)
        # Its threads end some time after it is stopped, and may complain until then.
        logger.addHandler(_NOWHERE)
        before = set(threading.enumerate())
        try:
            self._observer = _new_observer()
            self._schedule(self._observer, self._place, is_recursive=True)
            self._observer.start()
            self.check_limit()
        except OSError:
            self.stop()
            raise
        self._threads = [
            thread
            for thread in set(threading.enumerate()) - before
            if type(thread).__module__.startswith("watchdog.")
        ]

    def stop(self) -> None:
        """Hear no more."""
        logging.getLogger("watchdog").removeHandler(self._log)
        if self._observer is not None:
            self._observer.stop()

    def is_alive(self) -> bool:
        """Whether all threads that watchdog needs are there."""
        return all(thread.is_alive() for thread in self._threads)

    def take_losses(self) -> list[str]:
        """Return and forget what watchdog has complained of: events may be missing."""
        return [self._log.lines.popleft() for _ in range(len(self._log.lines))]

    def has_new_folders(self) -> bool:
        """Whether a folder has come since it was asked last, for which there may be no room."""
        has_come, self._marker.has_new_folders = self._marker.has_new_folders, False
        return has_come

    def check_limit(self) -> None:
        """Raise OSError if there is no room for one watch more.

        watchdog passes over folders below the first one that it cannot watch.
        """
        if self._observer is not None:
            watch = self._schedule(self._observer, ELSEWHERE, is_recursive=False)
            self._observer.unschedule(watch)

    def do_arrive(self, folder: Path, *, patience: float = PROBE_PATIENCE) -> bool:
        """Whether a file that is made in a folder is told of; true where none can be made."""
        probe = Path(os.path.realpath(folder), PROBE_NAME)
        self._marker.expected = str(probe)
        try:
            os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600))
        except OSError:
            return True
        try:
            return self._marker.has_arrived.wait(patience)
        finally:
            with suppress(OSError):
                probe.unlink()

    def _schedule(
        self, observer: "BaseObserver", folder: Path, *, is_recursive: bool
    ) -> "ObservedWatch":
        from watchdog import events

        # Nothing of what reading causes: looking at a file must not be a reason to look again.
        kinds: list[type[FileSystemEvent]] = [
            events.FileCreatedEvent,
            events.FileMovedEvent,
            events.FileClosedEvent,
            events.DirCreatedEvent,
            events.DirMovedEvent,
        ]
        # All that is ever called of a handler is `dispatch`.
        handler = cast("FileSystemEventHandler", self._marker)
        return observer.schedule(handler, str(folder), recursive=is_recursive, event_filter=kinds)


class _Marker:
    """Turns events into marks. It runs in watchdog's thread, which it must never let die."""

    def __init__(self, root: Path, place: Path, dirty: DirtySet) -> None:
        self._root, self._dirty = root, dirty
        self._top = f"{place}/".replace("//", "/")
        self.has_new_folders = False
        self.expected = ""
        self.has_arrived = threading.Event()

    def dispatch(self, event: "FileSystemEvent") -> None:
        """Mark where something came to be: what has gone needs no look."""
        path = os.fsdecode(event.dest_path if event.event_type == "moved" else event.src_path)
        if path == self.expected:
            self.has_arrived.set()
        elif path.startswith(self._top):
            self.has_new_folders |= event.is_directory
            is_whole = event.event_type in COMPLETING and not event.is_directory
            self._dirty.mark(self._root / path[len(self._top) :], is_complete=is_whole)


class _Losses(logging.Handler):
    """Collects what watchdog warns of, which would go to stderr otherwise."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: deque[str] = deque(maxlen=100)

    def emit(self, record: logging.LogRecord) -> None:
        """Take one warning."""
        self.lines.append(record.getMessage())


def _new_observer() -> "BaseObserver":
    if sys.platform == "linux":
        from watchdog.observers.inotify import InotifyObserver

        # Otherwise a file that is moved in looks like one that is being written.
        return InotifyObserver(generate_full_events=True)
    from watchdog.observers import Observer

    return Observer()
