"""Signals that end the program: it unwinds, cleans up, and then dies by the signal itself."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, a polite `kill`, a closed terminal."""


class Terminated(KeyboardInterrupt):
    """A signal came: unwind as for Ctrl-C, so that temporary files are removed."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def unwind(number: int, _frame: FrameType | None = None) -> None:
    """Raise Terminated, as a handler of signals."""
    raise Terminated(number)


def unwind_on_signals() -> None:
    """Unwind on SIGTERM and SIGHUP as on Ctrl-C, unless they are ignored."""
    for number in ENDING[1:]:
        # nohup and the like ask for it to be ignored.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, unwind)


class StopRequest:
    """Asks the work to end in good order at the first signal; the second ends it at once.

    `wake` is called when it is asked, within the signal handler: it must be safe there.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self.number: int | None = None
        self.is_asked = False

    def ask(self) -> None:
        """Ask for the end without a signal."""
        self.is_asked = True
        self._wake()

    def raise_signal(self) -> None:
        """Raise Terminated if a signal asked."""
        if self.number is not None:
            raise Terminated(self.number)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Heed the ending signals within the block, but those that are ignored already."""
        before = {number: signal.getsignal(number) for number in ENDING}
        heeded = [number for number in ENDING if before[number] is not signal.SIG_IGN]
        for number in heeded:
            signal.signal(number, self._heed)
        try:
            yield
        finally:
            for number in heeded:
                signal.signal(number, before[number])

    def _heed(self, number: int, _frame: FrameType | None) -> None:
        if self.number is not None:
            raise Terminated(number)
        self.number = number
        self.ask()
