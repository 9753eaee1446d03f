"""The signals of `colorize watch`: those that end it, and one that has it look at all files."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from colorize_cli.signals import StopRequest
from colorize_cli.standard_streams import STDERR
from colorize_cli.watch.dirty_set import DirtySet

ASKED: Final = "SIGHUP"


@contextmanager
def heeding(stop: StopRequest, dirty: DirtySet) -> Iterator[None]:
    """Heed the ending signals within the block; SIGHUP asks for a scan, as daemons take it.

    But a terminal that is closed sends SIGHUP as well, and ends what it shows.
    """
    had_terminal = os.isatty(STDERR)

    def look_again(number: int, _frame: FrameType | None) -> None:
        if had_terminal and not os.isatty(STDERR):
            stop.number = number
            stop.ask()
        else:
            dirty.mark_all(ASKED)

    with stop.listening():
        before = signal.signal(signal.SIGHUP, look_again)
        try:
            yield
        finally:
            signal.signal(signal.SIGHUP, before)
