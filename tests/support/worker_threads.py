"""Workers that are threads of one process, for tests without a framework."""

from threading import Barrier, BrokenBarrierError

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.workers import LostWorkersError

PATIENCE = 30


class Meeting:
    """Where threads add up their numbers."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.barrier = Barrier(count, timeout=PATIENCE)
        self.given: list[NDArray[np.int64]] = [np.empty(0, np.int64)] * count


class ThreadWorkers:
    """All threads, as one of them sees them."""

    def __init__(self, meeting: Meeting, rank: int) -> None:
        self.rank, self.count = rank, meeting.count
        self._meeting = meeting

    def sum(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        self._meeting.given[self.rank] = values
        try:
            self._meeting.barrier.wait()
            sums = np.sum(self._meeting.given, axis=0)
            self._meeting.barrier.wait()
        except BrokenBarrierError as error:
            raise LostWorkersError from error
        return sums

    def leave(self) -> None:
        """What torch.distributed does: whoever still waits for this one learns of it."""
        self._meeting.barrier.abort()
