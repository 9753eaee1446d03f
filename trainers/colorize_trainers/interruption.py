"""Stopping between two steps: the first signal asks, a second one ends at once."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
"""Ctrl-C, a polite end, and what Slurm sends ahead of a job's end (`--signal=USR1@60`)."""


class StopRequest:
    """Whether and by which signal the run was asked to stop."""

    def __init__(self) -> None:
        self.signal: int | None = None

    def receive(self, number: int, frame: FrameType | None) -> None:
        """Note the first signal; give a second one its usual effect at once."""
        del frame
        if self.signal is not None:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        self.signal = number

    def __bool__(self) -> bool:
        """Whether a stop was asked for."""
        return self.signal is not None


@contextmanager
def stop_requests() -> Iterator[StopRequest]:
    """Collect the signals that end a run while the block runs; pass the one that came on after it.

    The caller's own handlers get it when the block has saved what it wants to keep. Signals that
    are ignored stay so, as nohup and the like ask.
    """
    request = StopRequest()
    heard = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, request.receive) for number in heard}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if request.signal is not None:
        os.kill(os.getpid(), request.signal)
