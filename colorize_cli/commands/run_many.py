"""The work of `colorize run` on many pictures, a few at a time."""

from colorize_cli.commands.run_batch import Batch, WriteGate, closing, crew_for
from colorize_cli.commands.run_messages import Progress
from colorize_cli.commands.run_picture import Outcome, Task, outcome_of
from colorize_cli.commands.run_work import Run
from colorize_cli.core.errors import ExitStatus, OutputError, SomeInputsFailed
from colorize_cli.core.numpy_import import import_numpy
from colorize_cli.core.output_plan import Job


def run_many(run: Run, asked: int | None) -> None:
    """Do what a run has planned, so many pictures at a time as are asked for; None is for all.

    Raises SomeInputsFailed at the end, OutputError, or Terminated when a signal ended it.
    """
    # Whatever is rare among the pictures needs it.
    import_numpy()
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


def _tell_all(run: Run, batch: Batch[Job, Outcome], progress: Progress) -> None:
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


def _end_batch(run: Run, batch: Batch[Job, Outcome]) -> None:
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
