"""Everybody whom `colorize watch` tells: people, programs, the service manager."""

import time
from collections.abc import Callable
from typing import Final

from colorize_cli.commands.watch_events import WatchLog
from colorize_cli.commands.watch_messages import WatchMessages
from colorize_cli.watch.events import Event
from colorize_cli.watch.live_status import LiveStatus
from colorize_cli.watch.service import Service

REDRAW: Final = 0.25
"""Seconds between two states of the live line: one can read no faster."""


class Audience:
    """Hands on what the watcher tells, and keeps the live line and the service manager current.

    All of it happens in the main thread, where a reader that has gone away ends the program.
    """

    def __init__(
        self,
        messages: WatchMessages,
        log: WatchLog | None,
        *,
        service: Service,
        show: Callable[[str], None],
    ) -> None:
        self._messages, self._log = messages, log
        self._service, self._show = service, show
        self._status: LiveStatus | None = None
        self._has_changed = True
        self._next_redraw = 0.0

    def describe(self, status: LiveStatus) -> None:
        """Take the one who knows the state of things."""
        self._status = status

    def told(self, event: Event) -> None:
        """Hand on an event."""
        self._has_changed = True
        if self._status is not None:
            self._status.told(event)
        self._messages.told(event)
        if self._log is not None:
            self._log.told(event)

    def refresh(self) -> float | None:
        """Show the state if it has changed; return in how many seconds to be called again."""
        self._service.tell_alive()
        now = time.monotonic()
        if self._status is None or not self._has_changed:
            return self._service.pause
        if now < self._next_redraw:
            return self._next_redraw - now
        self._has_changed, self._next_redraw = False, now + REDRAW
        text = self._status.text()
        self._show(text)
        self._service.tell_status(text)
        return self._service.pause
