"""The work of `colorize run`: one picture as a filter does it, or many as a batch."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING

from colorize_cli.commands.run_batch import Batch, WriteGate, closing, crew_for
from colorize_cli.commands.run_engine import Engine
from colorize_cli.commands.run_events import EventLog, event_writers
from colorize_cli.commands.run_messages import Messages, Progress
from colorize_cli.commands.run_picture import Outcome, Task, color_picture, failure, outcome_of
from colorize_cli.commands.run_plan import Plan, plan_request
from colorize_cli.commands.run_totals import Totals
from colorize_cli.core.errors import ColorizeError, ExitStatus, OutputError, SomeInputsFailed
from colorize_cli.core.output_plan import Job
from colorize_cli.core.records import record
from colorize_cli.standard_streams import ImageOutput, protected_stdout

if TYPE_CHECKING:
    from colorize_cli.commands.run_choices import Request


@record
class _Run:
    """A run under way: what is to be done, what does it, and who is told."""

    plan: Plan
    task: Task
    totals: Totals
    messages: Messages
    events: EventLog
    start: float

    @property
    def engine(self) -> Engine:
        return self.task.engine

    def tell(self, outcome: Outcome) -> None:
        self.totals.count(outcome)
        self.messages.outcome(outcome)
        self.events.picture(outcome)

    def finish(self, status: int, *, number: int | None = None) -> str:
        """Send the last event; return the last line."""
        seconds = perf_counter() - self.start
        self.events.summary(self.totals, status=status, seconds=seconds, number=number)
        return f"{self.totals.text()}; {self._computed()}{seconds:.1f} s"

    def _computed(self) -> str:
        engine = self.task.engine
        if engine.device is None:
            return ""
        return f"model {engine.model_name}, {engine.backend.name} on {engine.device}, "


def run_request(request: "Request", engine: Engine | None = None) -> None:
    """Do what a command line asks for, with an engine that may have begun.

    Raises what planning or a single picture raises, SomeInputsFailed at the end of a batch,
    Terminated when a signal ended it.
    """
    start = perf_counter()
    engine = engine or Engine(request.engine)
    with protected_stdout() as stdout:
        plan = plan_request(request, engine, stdout)
        with _events(request, plan, engine, stdout) as events:
            run = _Run(
                plan=plan,
                task=Task(engine=engine, finish=request.finish, stdout=stdout, form=plan.form),
                totals=Totals(plan.inputs),
                messages=Messages(request.telling, is_batch=plan.is_batch),
                events=events,
                start=start,
            )
            if plan.is_batch:
                _run_batch(run, request.jobs)
            else:
                _run_single(run, plan.jobs[0])


@contextmanager
def _events(
    request: "Request", plan: Plan, engine: Engine, stdout: ImageOutput
) -> Iterator[EventLog]:
    telling = request.telling
    if telling.is_json or telling.json_file is not None:
        # Every event names them: what is wrong with them is an error of the whole.
        _ = engine.backend, engine.model
    with event_writers(stdout if telling.is_json else None, telling.json_file, plan.jobs) as out:
        yield EventLog(out, engine)


def _run_single(run: _Run, job: Job) -> None:
    try:
        outcome = color_picture(job, run.task)
    except ColorizeError as error:
        # The program's end tells it; the events know it as any other.
        outcome = failure(job, error, seconds=perf_counter() - run.start)
        run.totals.count(outcome)
        run.events.picture(outcome)
        run.finish(error.status)
        raise
    if outcome.status == "done":
        run.messages.engine(run.engine)
    run.tell(outcome)
    run.finish(ExitStatus.OK)


def _run_batch(run: _Run, asked: int | None) -> None:
    crew = crew_for(asked, pictures=len(run.plan.jobs))
    run.engine.share()
    if any(not job.is_done and job.problem is None for job in run.plan.jobs):
        # A network that cannot be loaded fails the whole, not each of its pictures.
        _ = run.engine.colorizer
        run.messages.engine(run.engine)
    run.messages.left_out(run.plan.inputs)
    gate = WriteGate()
    task = Task(
        engine=run.engine,
        finish=run.task.finish,
        stdout=run.task.stdout,
        form=run.task.form,
        threads=crew.share,
        seats=crew.seats,
        gate=gate,
    )
    batch = Batch[Job, Outcome](lambda job: outcome_of(job, task), threads=crew.threads)
    with run.messages.progress(run.totals) as progress, batch.stop.listening(), closing(gate):
        _tell_all(run, batch, progress)
    _end_batch(run, batch)


def _tell_all(run: _Run, batch: Batch[Job, Outcome], progress: Progress) -> None:
    is_told = False
    for outcome in batch.results(run.plan.jobs):
        if batch.stop.number is not None and not is_told:
            run.messages.stopping()
            is_told = True
        if outcome is None:
            progress.tick()
            continue
        run.tell(outcome)
        progress.step()
        if run.totals.fatal is not None:
            batch.stop.ask()


def _end_batch(run: _Run, batch: Batch[Job, Outcome]) -> None:
    """Say what it came to. Raises Terminated, OutputError or SomeInputsFailed, if it is so."""
    status = run.totals.status
    text = run.finish(status, number=batch.stop.number)
    if batch.stop.number is not None or status is ExitStatus.OK:
        run.messages.summary(text)
        batch.stop.raise_signal()
    elif status is ExitStatus.IO_ERROR:
        raise OutputError(text)
    else:
        raise SomeInputsFailed(text)
