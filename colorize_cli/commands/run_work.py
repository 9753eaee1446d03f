"""The work of `colorize run`: one picture as a filter does it, or many as a batch."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING

from colorize_cli.commands.run_engine import Engine
from colorize_cli.commands.run_events import EventLog, event_writers
from colorize_cli.commands.run_messages import Messages
from colorize_cli.commands.run_picture import Outcome, Task, color_picture, failure
from colorize_cli.commands.run_plan import Plan, plan_request
from colorize_cli.commands.run_totals import Totals
from colorize_cli.core.errors import ColorizeError, ExitStatus
from colorize_cli.core.output_plan import Job
from colorize_cli.core.records import record
from colorize_cli.standard_streams import ImageOutput, protected_stdout

if TYPE_CHECKING:
    from colorize_cli.commands.run_choices import Request


@record
class Run:
    """A run under way: what is to be done, what does it, and who is told."""

    plan: Plan
    task: Task
    totals: Totals
    messages: Messages
    events: EventLog
    start: float

    @property
    def engine(self) -> Engine:
        """What computes."""
        return self.task.engine

    def tell(self, outcome: Outcome) -> None:
        """Count an outcome, and tell it to people and programs."""
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
            run = Run(
                plan=plan,
                task=Task(engine=engine, finish=request.finish, stdout=stdout, form=plan.form),
                totals=Totals(plan.inputs),
                messages=Messages(request.telling, is_batch=plan.is_batch),
                events=events,
                start=start,
            )
            if plan.is_batch:
                from colorize_cli.commands.run_many import run_many

                run_many(run, request.jobs)
            else:
                _run_single(run, plan.jobs[0])


@contextmanager
def _events(
    request: "Request", plan: Plan, engine: Engine, stdout: ImageOutput
) -> Iterator[EventLog]:
    telling = request.telling
    if telling.is_json or telling.json_file is not None:
        # Every event names them: what is wrong with them is an error of the whole.
        _ = engine.backend, engine.identity
    with event_writers(stdout if telling.is_json else None, telling.json_file, plan.jobs) as out:
        yield EventLog(out, engine)


def _run_single(run: Run, job: Job) -> None:
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
