"""The work of `colorize watch`: the engine of `run` behind a folder that is watched."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from colorize_cli import console
from colorize_cli.commands.run_batch import Crew, WriteGate, closing, crew_for
from colorize_cli.commands.run_engine import Engine
from colorize_cli.commands.run_picture import HAS_COLORS, Task, color_picture
from colorize_cli.commands.watch_events import WatchLog
from colorize_cli.commands.watch_messages import WatchMessages, summary_text
from colorize_cli.commands.watch_request import (
    WatchRequest,
    check_state,
    form_of,
    probe_folder,
    settings_of,
)
from colorize_cli.commands.watch_signals import heeding
from colorize_cli.commands.watch_telling import Audience
from colorize_cli.core.errors import (
    ExitStatus,
    NoInputError,
    OutputError,
    SomeInputsFailed,
    TemporaryError,
)
from colorize_cli.core.input_files import is_folder
from colorize_cli.core.output_plan import Job
from colorize_cli.core.outputs import make_folder
from colorize_cli.signals import StopRequest
from colorize_cli.standard_streams import ImageOutput, protected_stdout
from colorize_cli.watch import journal as journals
from colorize_cli.watch.dirty_set import DirtySet
from colorize_cli.watch.events import Made
from colorize_cli.watch.live_status import LiveStatus
from colorize_cli.watch.observers import Observation
from colorize_cli.watch.service import Service
from colorize_cli.watch.settings import WatchSettings
from colorize_cli.watch.watcher import Watcher

if TYPE_CHECKING:
    from colorize_cli.watch.journal import Journal
    from colorize_cli.watch.totals import Totals


@dataclass(frozen=True, kw_only=True)
class _Painter:
    """Colours one picture as `run` does, told as the watcher wants to know it."""

    task: Task

    def __call__(self, source: Path, target: Path, *, is_new: bool) -> Made:
        outcome = color_picture(Job(source=source, target=target, is_new=is_new), self.task)
        return Made(
            # What another has made meanwhile of the same input is as good as done.
            is_skipped=outcome.reason == HAS_COLORS,
            seconds=outcome.seconds,
            parts=outcome.parts,
            size=outcome.size,
            frames=outcome.frames,
            format_name=outcome.format_name,
            warnings=outcome.warnings,
        )


@dataclass(frozen=True, kw_only=True)
class _Watch:
    """A watch under way: what it needs from its start to its end."""

    request: WatchRequest
    settings: WatchSettings
    state: Path
    engine: Engine
    messages: WatchMessages
    log: WatchLog | None
    dirty: DirtySet
    stop: StopRequest
    gate: WriteGate
    service: Service
    start: float

    def tell_start(self, means: str) -> None:
        self.messages.watching(self.settings, self.engine, means=means)
        if self.log is not None:
            self.log.watching(self.settings, self.state, means=means)
        self.service.tell_ready()

    def tell_stopping(self) -> None:
        self.messages.stopping()
        self.service.tell_stopping()

    def tell_end(self, totals: "Totals") -> str:
        """Send the last event; return the last line."""
        seconds, number = perf_counter() - self.start, self.stop.number
        status = totals.status if self.request.is_once else ExitStatus.OK
        if self.log is not None:
            self.log.summary(totals, status=status, seconds=seconds, number=number)
        return f"{summary_text(totals)}; {seconds:.1f} s"


def watch_folder(request: WatchRequest) -> None:
    """Do what a command line asks for.

    Raises NoInputError without the folder, TemporaryError if another watches it, and what
    finding and loading a network raises; with `--once` SomeInputsFailed or OutputError in the
    end; Terminated when a signal ended it.
    """
    start = perf_counter()
    if not is_folder(request.root):
        is_there = request.root.exists()
        raise NoInputError("is not a folder" if is_there else "no such folder", path=request.root)
    check_state(request)
    engine = Engine(request.engine)
    engine.share()
    crew = crew_for(request.jobs)
    settings = settings_of(request, engine, threads=crew.threads)
    state = request.state or journals.default_path(request.root)
    with protected_stdout() as stdout, journals.opened(state, request.root) as journal:
        # A network that cannot be loaded fails the whole, not each picture.
        _ = engine.colorizer
        make_folder(request.output)
        dirty, telling = DirtySet(), request.telling
        watch = _Watch(
            request=request,
            settings=settings,
            state=state,
            engine=engine,
            messages=WatchMessages(telling),
            log=WatchLog(write=stdout.write, engine=engine) if telling.is_json else None,
            dirty=dirty,
            stop=StopRequest(dirty.wake),
            gate=WriteGate(),
            service=Service(),
            start=start,
        )
        _end(watch, _watched(watch, _painter(watch, crew, stdout), journal))


def _watched(watch: _Watch, work: _Painter, journal: "Journal") -> "Totals":
    """Watch until it ends, and return what it came to."""
    # Asked before: within, Rich stands in for stderr, and that of version 14 is no terminal.
    has_live_status = watch.messages.has_live_status
    with console.live_line() as show, heeding(watch.stop, watch.dirty), closing(watch.gate):
        audience = Audience(
            watch.messages,
            watch.log,
            service=watch.service,
            show=show if has_live_status else _nowhere,
        )
        watcher = Watcher(
            watch.settings,
            work=work,
            journal=journal,
            dirty=watch.dirty,
            listener=audience,
            gate=watch.gate,
        )
        audience.describe(LiveStatus(lambda: watcher.totals))
        with _observed(watch, audience) as observation:
            return watcher.run(
                stop=_stopping(watch),
                once=watch.request.is_once,
                tick=_tick(audience, observation, watcher),
            )


@contextmanager
def _observed(watch: _Watch, audience: Audience) -> Iterator[Observation | None]:
    """Hear of changes from before the first look at the folder, so that none falls between."""
    request = watch.request
    if request.is_once:
        watch.tell_start("once")
        yield None
        return
    observation = Observation(
        request.root,
        watch.dirty,
        audience,
        poll=request.poll,
        probe_in=probe_folder(request),
    )
    observation.start()
    try:
        watch.tell_start("polling" if observation.is_polling else "events")
        yield observation
    finally:
        observation.stop()


def _stopping(watch: _Watch) -> Callable[[], bool]:
    """Return what tells whether it is to stop; the first time, others are told as well."""
    is_told = False

    def is_asked() -> bool:
        nonlocal is_told
        if watch.stop.is_asked and not is_told:
            is_told = True
            watch.tell_stopping()
        return watch.stop.is_asked

    return is_asked


def _tick(
    audience: Audience, observation: Observation | None, watcher: Watcher
) -> Callable[[], float | None]:
    """Return what is done whenever the loop wakes: heal, say that one lives, draw."""

    def tick() -> float | None:
        healing = observation.supervise(watcher.look_cost) if observation else None
        pauses = [audience.refresh(), healing]
        return min((pause for pause in pauses if pause is not None), default=None)

    return tick


def _end(watch: _Watch, totals: "Totals") -> None:
    """Say what it came to. Raises Terminated, or the error of its status, if it is so."""
    if totals.in_hand:
        # Their threads end with the process, and nothing half-written is to be left.
        watch.gate.close()
    text = watch.tell_end(totals)
    if watch.stop.number is not None or totals.status is ExitStatus.OK:
        watch.messages.summary(text)
        watch.stop.raise_signal()
    elif totals.status is ExitStatus.IO_ERROR:
        raise OutputError(text)
    elif totals.status is ExitStatus.TEMPORARY:
        raise TemporaryError(text)
    else:
        raise SomeInputsFailed(text)


def _painter(watch: _Watch, crew: Crew, stdout: ImageOutput) -> _Painter:
    return _Painter(
        task=Task(
            engine=watch.engine,
            finish=watch.request.finish,
            stdout=stdout,
            form=form_of(watch.request),
            threads=crew.share,
            seats=crew.seats,
            gate=watch.gate,
        )
    )


def _nowhere(text: str) -> None:
    """Show nothing."""
    del text
