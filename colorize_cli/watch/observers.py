"""How the watcher hears of changes: by events where they come, else by looking now and then.

Whatever goes wrong ends the same way: the means are begun anew, and the whole tree is looked at.
"""

import errno
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

from colorize_cli.core.input_files import FileId, file_id, is_folder
from colorize_cli.watch.directory_events import LIMITS, DirectoryEvents
from colorize_cli.watch.dirty_set import DirtySet
from colorize_cli.watch.events import Listener, Notice
from colorize_cli.watch.mounts import Mount, MountTable

CHECK: Final = 2.0
"""Seconds between two looks at whether the means still work: a few system calls each."""

POLL: Final = 10.0
"""Seconds between two looks at the tree where no events come, unless asked otherwise."""

POLL_SHARE: Final = 0.002
"""Share of a processor that looking at the tree may take: for a large one the pauses grow."""

LONGEST_POLL: Final = 60.0
"""Seconds that they grow to at most, lest pictures wait for longer."""

AGAIN: Final = 300.0
"""Seconds after which events are tried again when a limit was reached: others may have ended."""

POLLING: Final = "polling"
GONE: Final = "the watched folder is gone"
BACK: Final = "the watched folder is back"
REPLACED: Final = "the watched folder is another one now: it was replaced or mounted anew"
DIED: Final = "the observer of changes had ended: it is begun anew"
FULL: Final = "not all folders can be watched"
LOST: Final = "the system lost count of changes"

Place: TypeAlias = tuple[FileId, tuple[Mount, ...]]
"""What tells a folder from another one that is in its place by now."""


class Observation:
    """Marks what may have changed below a folder, and heals itself; all in the caller's thread.

    `poll` are the seconds between two looks at the tree, None to use events where they come.
    `probe_in` is where a hidden file may be made for a moment, to see whether events come.
    """

    def __init__(
        self,
        root: Path,
        dirty: DirtySet,
        listener: Listener,
        *,
        poll: float | None = None,
        probe_in: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._root, self._dirty, self._listener = root, dirty, listener
        self._asked_poll, self._probe_in, self._clock = poll, probe_in, clock
        self._mounts = MountTable(root)
        self._events: DirectoryEvents | None = None
        self._pause: float | None = None
        self._next_poll = self._next_try = float("inf")
        self._place = self._current_place()

    @property
    def is_polling(self) -> bool:
        """Whether it looks now and then, as no events come."""
        return self._pause is not None

    def start(self) -> None:
        """Begin. What was there before is for the first scan."""
        if self._place is not None:
            self._listen()

    def stop(self) -> None:
        """End."""
        self._stop_listening()
        self._mounts.close()

    def supervise(self, look_cost: float = 0.0) -> float:
        """Notice what has failed, and heal it; return in how many seconds to be called again.

        `look_cost` are the seconds of a processor that the last look at the whole tree took.
        """
        self._check_place()
        if self._events is not None:
            self._check_events(self._events)
        now = self._clock()
        if now >= self._next_try:
            self._try_events_again()
        if self._pause is not None and now >= self._next_poll:
            self._next_poll = now + self._next_pause(self._pause, look_cost)
            self._dirty.mark_all(POLLING)
        return max(0.0, min(CHECK, self._next_poll - now))

    def _next_pause(self, pause: float, look_cost: float) -> float:
        if self._asked_poll is not None:
            return pause
        return min(max(pause, look_cost / POLL_SHARE), LONGEST_POLL)

    def _current_place(self) -> Place | None:
        identity = file_id(self._root) if is_folder(self._root) else None
        return None if identity is None else (identity, self._mounts.current())

    def _check_place(self) -> None:
        place = self._current_place()
        if place == self._place:
            return
        before, self._place = self._place, place
        self._stop_listening()
        if before is not None and place is not None:
            self._tell(REPLACED)
        if place is not None:
            self._listen()
        # Whoever looks at all files tells that the folder is gone, or back.
        self._dirty.mark_all(GONE if place is None else BACK if before is None else REPLACED)

    def _check_events(self, events: DirectoryEvents) -> None:
        if not events.is_alive():
            self._tell(DIED)
            self._stop_listening()
            self._listen()
            self._dirty.mark_all(DIED)
            return
        if losses := events.take_losses():
            self._tell(f"{LOST} ({losses[0]}): looking at all files")
            self._dirty.mark_all(LOST)
        if events.has_new_folders():
            try:
                events.check_limit()
            except OSError as error:
                self._stop_listening()
                self._poll_after(error)
                self._dirty.mark_all(FULL)

    def _listen(self) -> None:
        served = next((mount for mount in self._mounts.current() if mount.is_served), None)
        if self._asked_poll is not None:
            self._begin_polling(self._asked_poll)
        elif served is not None:
            self._begin_polling(POLL)
            self._tell(
                f"{served.place} is {served.kind}, which does not tell of changes made elsewhere: "
                f"looking every {POLL:g} s"
            )
        else:
            self._begin_events()

    def _begin_events(self) -> None:
        events = DirectoryEvents(self._root, self._dirty)
        try:
            events.start()
        except OSError as error:
            self._poll_after(error)
            return
        if self._probe_in is not None and not events.do_arrive(self._probe_in):
            events.stop()
            self._begin_polling(POLL)
            self._tell(f"no events come from this file system: looking every {POLL:g} s")
            return
        self._events = events

    def _try_events_again(self) -> None:
        """See, without a word, whether there is room for watches by now."""
        events = DirectoryEvents(self._root, self._dirty)
        try:
            events.start()
        except OSError:
            self._next_try = self._clock() + AGAIN
            return
        self._stop_listening()
        self._events = events
        self._dirty.mark_all("events come again")

    def _poll_after(self, error: OSError) -> None:
        self._begin_polling(POLL)
        self._next_try = self._clock() + AGAIN
        self._tell(f"{_explained(error)}; looking every {POLL:g} s")

    def _begin_polling(self, pause: float) -> None:
        self._pause = pause
        self._next_poll = self._clock() + pause

    def _stop_listening(self) -> None:
        if self._events is not None:
            self._events.stop()
        self._events = self._pause = None
        self._next_poll = self._next_try = float("inf")

    def _tell(self, text: str) -> None:
        self._listener.told(Notice(text=text))


def _explained(error: OSError) -> str:
    """Return what keeps events from coming, with the remedy where it is a limit."""
    if error.errno not in LIMITS:
        return f"no events: {(error.strerror or type(error).__name__).lower()}"
    kind = "watches" if error.errno == errno.ENOSPC else "instances"
    name = f"fs.inotify.max_user_{kind}"
    present = _present_limit(kind)
    return (
        f"the limit of inotify {kind} is reached (sysctl {name} is {present}); "
        f"raise it with: sudo sysctl {name}={_raised(present)}"
    )


def _present_limit(kind: str) -> str:
    try:
        return Path(f"/proc/sys/fs/inotify/max_user_{kind}").read_text("ascii").strip()
    except OSError:
        return "unknown"


def _raised(present: str) -> int:
    return 4 * int(present) if present.isdigit() else 524288
