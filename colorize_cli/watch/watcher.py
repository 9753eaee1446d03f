"""The one loop of `colorize watch`: it takes hints, looks, waits, hands out work, and tells."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext

from colorize_cli.core.errors import ColorizeError, NoInputError
from colorize_cli.watch.backlog import Scans, Settled
from colorize_cli.watch.clock import Clock, SystemClock
from colorize_cli.watch.dirty_set import DirtySet
from colorize_cli.watch.events import Event, Listener, Notice, Skipped, Started, Work
from colorize_cli.watch.gate import Gate, Waiting
from colorize_cli.watch.intake import Intake
from colorize_cli.watch.interrupted import recovered
from colorize_cli.watch.journal import Journal
from colorize_cli.watch.notices import Notices
from colorize_cli.watch.picture import PictureWork, Result, Turn
from colorize_cli.watch.results import Results
from colorize_cli.watch.settings import WatchSettings
from colorize_cli.watch.targets import Targets
from colorize_cli.watch.totals import Totals
from colorize_cli.watch.tree import Tree


class Watcher:
    """Takes dirty paths, waits until they are ready, and has each done once."""

    def __init__(
        self,
        settings: WatchSettings,
        *,
        work: Work,
        journal: Journal,
        dirty: DirtySet,
        listener: Listener,
        gate: AbstractContextManager[object] | None = None,
        clock: Clock | None = None,
    ) -> None:
        """`gate` is what workers pass who move or delete inputs, so that the end can wait."""
        self._settings, self._journal, self._dirty = settings, journal, dirty
        self._clock = clock or SystemClock()
        self._totals = Totals()
        self._notices = Notices(settings.root, listener)
        self._tree = Tree(settings, unreadable=self._notices.unreadable)
        settled = Settled(settings)
        self._scans = Scans(self._tree, journal, settled, rescan=settings.rescan)
        self._gate = Gate(settle=settings.settle, closed_settle=settings.closed_settle)
        self._results = Results(
            settings=settings,
            tree=self._tree,
            journal=journal,
            gate=self._gate,
            totals=self._totals,
            listener=listener,
        )
        self._work = PictureWork(
            settings=settings,
            tree=self._tree,
            journal=journal,
            work=work,
            targets=Targets(settings, journal),
            started=self._note_start,
            gate=gate or nullcontext(),
        )
        # Workers append to these two; the loop alone takes from them.
        self._starts: deque[Started] = deque()
        self._ended: deque[tuple[Waiting, Future[Result]]] = deque()
        self._in_hand: dict[str, Waiting] = {}
        # What the process died over is done after all else.
        self._deadly: set[str] = set()
        self._last: dict[str, Waiting] = {}
        self._intake = Intake(
            tree=self._tree,
            journal=journal,
            settled=settled,
            scans=self._scans,
            gate=self._gate,
            clock=self._clock,
            tell=self._results.tell,
            has=lambda place: place in self._in_hand or place in self._last,
            is_backlog_left=not settings.has_backlog,
        )

    @property
    def totals(self) -> Totals:
        """What it came to so far; `waiting` and `in_hand` of just now."""
        self._totals.waiting = len(self._gate) + len(self._last)
        self._totals.in_hand = len(self._in_hand)
        return self._totals

    @property
    def look_cost(self) -> float:
        """The seconds of a processor that the last look at the whole tree took."""
        return self._scans.cost

    def run(
        self,
        *,
        stop: Callable[[], bool],
        once: bool = False,
        tick: Callable[[], float | None] | None = None,
        executor: Executor | None = None,
    ) -> Totals:
        """Watch until `stop()`, or with `once` until nothing is left to do.

        `stop` is asked whenever the loop wakes: `StopRequest(dirty.wake)` and
        `lambda: request.is_asked`. It then finishes the pictures in hand for up to
        `settings.grace` seconds and returns. An exception raised meanwhile by a handler of
        signals (the second one) goes through at once. `tick` is called whenever the loop wakes
        and returns in how many seconds at most it wants to be called again, None for never: the
        place for supervision, sd_notify's WATCHDOG and the live status. With `once`, problems
        with the place of outputs are not waited for: they count as failed, and a full disk
        ends it; files that somebody writes on and on are left, and count as `waiting`.

        Raises NoInputError if the root is not there at the start, BadConfigError if the journal
        is damaged meanwhile.
        """
        self._begin(once=once)
        pool = executor or ThreadPoolExecutor(self._settings.threads)
        try:
            while not stop():
                self._step(pool)
                if once and self._is_drained():
                    break
                self._wait(tick)
            self._finish(tick)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        return self.totals

    def _begin(self, *, once: bool) -> None:
        if not self._tree.is_there():
            raise NoInputError("no such folder", path=self._settings.root)
        if self._journal.notice is not None:
            self._tell(Notice(text=self._journal.notice))
        self._results.is_once = once
        self._deadly = recovered(self._journal, self._tree)
        self._scans.ask("start")

    def _step(self, pool: Executor) -> None:
        self._collect()
        self._intake.take_hints(self._dirty)
        self._scan()
        self._dispatch(pool)

    def _scan(self) -> None:
        room = self._intake.room()
        try:
            ended = self._scans.advance(self._clock.monotonic, self._intake.mark_found, room)
        except NoInputError:
            if self._results.is_once:
                raise
            self._notices.root_gone()
            return
        if ended is not None:
            self._intake.is_backlog_left = False
            self._notices.root_there()
            self._tell(ended)

    def _dispatch(self, pool: Executor) -> None:
        now = self._clock.monotonic()
        if now < self._results.paused_until or self._totals.fatal is not None:
            return
        while self._has_free_worker():
            waiting = self._gate.take(now)
            if waiting is None:
                break
            if self._is_ready(waiting, now):
                self._submit(waiting, pool, now)
        while self._last and self._has_free_worker() and not self._scans.is_active:
            self._submit(self._last.pop(next(iter(self._last))), pool, now)

    def _has_free_worker(self) -> bool:
        # While its output cannot be written, one picture tries whether it can be again.
        return len(self._in_hand) < (1 if self._results.has_trouble else self._settings.threads)

    def _is_ready(self, waiting: Waiting, now: float) -> bool:
        """Whether a file is to be done now; else it is gone, settled, or held for later."""
        signature = self._tree.signature_of(waiting.place)
        path = self._tree.path_of(waiting.place)
        if signature is None:
            self._tell(Skipped(path=path, reason="gone"))
        elif not self._gate.is_ready(waiting, signature, now):
            return False
        elif self._intake.is_settled(waiting.place, signature):
            self._tell(Skipped(path=path, reason="made before"))
        elif waiting.place in self._deadly:
            self._deadly.discard(waiting.place)
            self._last[waiting.place] = waiting
        else:
            return True
        return False

    def _submit(self, waiting: Waiting, pool: Executor, now: float) -> None:
        turn = Turn(
            place=waiting.place,
            signature=waiting.signature,
            attempts=waiting.attempts + 1,
            is_last=now - waiting.since >= self._settings.patience,
        )
        self._in_hand[waiting.place] = waiting
        future = pool.submit(self._work, turn)
        future.add_done_callback(lambda future: self._note_end(waiting, future))

    def _note_start(self, event: Started) -> None:
        self._starts.append(event)
        self._dirty.wake()

    def _note_end(self, waiting: Waiting, future: "Future[Result]") -> None:
        self._ended.append((waiting, future))
        self._dirty.wake()

    def _collect(self) -> None:
        """Take what workers have begun and ended."""
        ended = [self._ended.popleft() for _ in range(len(self._ended))]
        while self._starts:
            self._tell(self._starts.popleft())
        for waiting, future in ended:
            del self._in_hand[waiting.place]
            self._take_result(waiting, future)
            self._intake.look_again(waiting.place)

    def _take_result(self, waiting: Waiting, future: "Future[Result]") -> None:
        """Take a result; what nobody foresaw is a failure of this picture alone."""
        error = future.exception()
        if error is None:
            self._results.take(waiting, future.result(), self._clock.monotonic())
        elif isinstance(error, ColorizeError) or not isinstance(error, Exception):
            # An error that comes through is about the journal: nothing goes on without it.
            raise error
        else:
            self._results.take_unforeseen(waiting, error)

    def _is_drained(self) -> bool:
        """Whether nothing is left that will ever be ready, or nothing can be written."""
        if self._totals.fatal is not None:
            return True
        is_busy = self._in_hand or self._last or self._ended or self._scans.is_active
        if is_busy or not self._dirty.is_empty:
            return False
        longest = max(self._settings.patience, 10 * self._settings.settle)
        now = self._clock.monotonic()
        return all(
            waiting.attempts == 0 and now - waiting.first_seen > longest for waiting in self._gate
        )

    def _wait(self, tick: Callable[[], float | None] | None) -> None:
        pause = tick() if tick is not None else None
        now = self._clock.monotonic()
        times = [self._scans.next_at, float("inf") if pause is None else now + pause]
        if self._has_free_worker():
            due = self._gate.next_due()
            times.append(float("inf") if due is None else max(due, self._results.paused_until))
        if self._scans.is_active and self._intake.room() > 0:
            times.append(now)
        until = min(times)
        self._clock.wait(
            self._dirty.wakes, None if until == float("inf") else max(0.0, until - now)
        )

    def _finish(self, tick: Callable[[], float | None] | None) -> None:
        """Let the pictures in hand come to their end, for a while."""
        end = self._clock.monotonic() + self._settings.grace
        while self._in_hand:
            pause = tick() if tick is not None else None
            rest = end - self._clock.monotonic()
            if rest <= 0:
                return
            self._clock.wait(self._dirty.wakes, rest if pause is None else min(rest, pause))
            self._collect()

    def _tell(self, event: Event) -> None:
        self._results.tell(event)
