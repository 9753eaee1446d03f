"""Many pictures around one network: a few at a time, told in the order of the inputs."""

import queue
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final, Generic, TypeVar

from colorize_cli.commands.run_seats import Seats
from colorize_cli.core.memory import available_memory
from colorize_cli.core.processors import usable_processors
from colorize_cli.core.records import record
from colorize_cli.signals import StopRequest

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD: Final = 2
"""How many pictures for each thread may be begun before a slow one ends: their outcomes wait."""

THREADS: Final = 2
"""How many threads there are for each picture that is computed: while one waits for the disk, which
takes as long as a small picture, the other computes."""

TICK: Final = 0.5
"""Seconds after which the caller is called back, though nothing has happened."""

CLEAN_UP: Final = 5.0
"""Seconds that files just being written are waited for before the end; a disk may hang."""


@record
class Crew:
    """How many pictures are computed at a time, each on a seat, and how many are in hand.

    Whoever reads, or waits until what was written is on the disk, needs no seat.
    """

    jobs: int
    threads: int
    seats: Seats

    @property
    def share(self) -> int:
        """How many threads each picture may use: what the pictures leave over."""
        return max(1, usable_processors() // self.jobs)


def crew_for(asked: int | None, *, pictures: int | None = None) -> Crew:
    """Return the crew for some pictures: a seat for each processor, if memory has room for them.

    If a number is asked for, no more pictures than that are in hand.
    """
    jobs = max(1, min(asked or usable_processors(), sys.maxsize if pictures is None else pictures))
    threads = jobs if asked else THREADS * jobs
    return Crew(jobs=jobs, threads=threads, seats=Seats(jobs, memory=available_memory()))


class GateClosedError(Exception):
    """It is too late to write anything; nobody hears of it, as the program ends."""


class WriteGate:
    """What everybody passes who writes a file, so that the program can end between two files."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._writers = 0
        self._is_closed = False

    def __enter__(self) -> None:
        """Pass. Raises GateClosedError once the program is about to end."""
        with self._changed:
            if self._is_closed:
                raise GateClosedError
            self._writers += 1

    def __exit__(self, *_: object) -> None:
        """Leave."""
        with self._changed:
            self._writers -= 1
            self._changed.notify_all()

    def close(self, *, patience: float = CLEAN_UP) -> None:
        """Let nobody pass any more, and wait for those within, so long as that is sensible."""
        with self._changed:
            self._is_closed = True
            self._changed.wait_for(lambda: not self._writers, patience)


@contextmanager
def closing(gate: WriteGate) -> Iterator[None]:
    """Close the gate if the block is left by an exception: no temporary file stays behind."""
    try:
        yield
    except BaseException:
        gate.close()
        raise


class Batch(Generic[Item, Result]):
    """Does work for items in threads. `stop` ends it after the items in hand."""

    def __init__(self, work: Callable[[Item], Result], *, threads: int) -> None:
        self._work, self._threads = work, threads
        self._wakes: queue.SimpleQueue[None] = queue.SimpleQueue()
        # Putting into a simple queue is safe even within a signal handler.
        self.stop = StopRequest(lambda: self._wakes.put(None))

    def results(self, items: Iterable[Item], *, tick: float = TICK) -> Iterator[Result | None]:
        """Yield the results in the order of the items, and None whenever some time has passed.

        At most a few items for each thread are begun ahead, so that memory does not grow with
        their number. Raises what the work raises.
        """
        rest = iter(items)
        begun: deque[Future[Result]] = deque()
        pool = ThreadPoolExecutor(self._threads)
        try:
            while True:
                begun = self._renewed(begun, rest, pool)
                if not begun:
                    return
                if not begun[0].done():
                    self._wait(tick)
                    yield None
                while begun and begun[0].done():
                    yield begun.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _renewed(
        self, begun: deque[Future[Result]], rest: Iterator[Item], pool: ThreadPoolExecutor
    ) -> deque[Future[Result]]:
        if self.stop.is_asked:
            return deque(future for future in begun if not future.cancel())
        while len(begun) < AHEAD * self._threads:
            try:
                future = pool.submit(self._work, next(rest))
            except StopIteration:
                break
            future.add_done_callback(lambda _: self._wakes.put(None))
            begun.append(future)
        return begun

    def _wait(self, seconds: float) -> None:
        try:
            self._wakes.get(timeout=seconds)
        except queue.Empty:
            return
