"""What follows from the result of an attempt: it is counted and told, or tried again later."""

from dataclasses import dataclass, field
from typing import Final

from colorize_cli.core.errors import ColorizeError, OutputError
from colorize_cli.watch.events import Done, Event, Failed, Listener, Retry, Skipped
from colorize_cli.watch.gate import Gate, Waiting
from colorize_cli.watch.journal import Entry, Journal
from colorize_cli.watch.picture import Put, Result
from colorize_cli.watch.settings import WatchSettings
from colorize_cli.watch.totals import Totals
from colorize_cli.watch.tree import Tree

NEVER: Final = -float("inf")


class InternalError(ColorizeError):
    """Something that nobody foresaw; its cause is the exception."""


@dataclass(kw_only=True)
class Results:
    """Takes results in the main thread.

    A disk that is full pauses everything: until `paused_until` nothing is begun, and then, as
    long as `has_trouble`, one picture at a time tries whether it can be written again.
    """

    settings: WatchSettings
    tree: Tree
    journal: Journal
    gate: Gate
    totals: Totals
    listener: Listener
    is_once: bool = False
    paused_until: float = NEVER
    has_trouble: bool = field(default=False, init=False)
    _pauses: int = field(default=0, init=False)

    def take(self, waiting: Waiting, result: Result, now: float) -> None:
        """Take note of what came of one attempt."""
        if isinstance(result, Put):
            self._put_off(waiting, result, now)
            return
        if isinstance(result, Done):
            self._end_trouble()
        self.tell(result)

    def tell(self, event: Event) -> None:
        """Count what is counted, and tell it."""
        match event:
            case Done():
                self.totals.done += 1
            case Failed():
                self.totals.failed += 1
            case Skipped(reason=reason):
                self.totals.skipped[reason] += 1
            case _:
                pass
        self.listener.told(event)

    def take_unforeseen(self, waiting: Waiting, error: Exception) -> None:
        """Give up one picture over what nobody foresaw, and go on with the others."""
        failure = InternalError(
            f"not coloured because of a mistake in colorize: {type(error).__name__}: {error}",
            path=self.tree.path_of(waiting.place),
        )
        failure.__cause__ = error
        self.journal.record(
            Entry(
                place=waiting.place,
                state="failed",
                signature=waiting.signature,
                identity=self.settings.reader_identity,
                status=int(failure.status),
                reason=failure.reason,
            )
        )
        self._tell_failed(waiting, failure)

    def _put_off(self, waiting: Waiting, put: Put, now: float) -> None:
        if put.done is not None:
            self.tell(put.done)
        if put.error is None:
            # It has changed under our hands: from now on it is as new, and queued already.
            waiting.attempts = 0
            self.gate.keep(waiting, now + self.settings.settle)
        elif put.why == "trouble":
            self._take_trouble(waiting, put.error, now)
        else:
            # The last attempt is made when patience ends.
            rest = max(0.0, waiting.since + self.settings.patience - now)
            self._retry(waiting, put.error, now, longest=rest)

    def _take_trouble(self, waiting: Waiting, error: ColorizeError, now: float) -> None:
        is_disk = isinstance(error, OutputError)
        if self.is_once:
            self.totals.fatal = error.status if is_disk else self.totals.fatal
            self._tell_failed(waiting, error)
            return
        if is_disk:
            self._pauses += 1
            self.has_trouble = True
            self.paused_until = now + self.settings.back_off.delay(self._pauses)
        self._retry(waiting, error, now)

    def _retry(
        self, waiting: Waiting, error: ColorizeError, now: float, *, longest: float = float("inf")
    ) -> None:
        waiting.attempts += 1
        delay = min(self.settings.back_off.delay(waiting.attempts), longest)
        self.gate.keep(waiting, now + delay)
        path = self.tree.path_of(waiting.place)
        self.tell(Retry(path=path, error=error, attempts=waiting.attempts, delay=delay))

    def _end_trouble(self) -> None:
        self._pauses, self.paused_until, self.has_trouble = 0, NEVER, False

    def _tell_failed(self, waiting: Waiting, error: ColorizeError) -> None:
        path = self.tree.path_of(waiting.place)
        self.tell(Failed(path=path, error=error, attempts=waiting.attempts + 1))
