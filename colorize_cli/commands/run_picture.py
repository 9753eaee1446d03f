"""One picture of `colorize run`: from its bytes to its bytes, and what became of it."""

import hashlib
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from colorize_cli.commands.run_painting import (
    HasColorsError,
    Stopwatch,
    painter,
    plain_painter,
)
from colorize_cli.commands.run_seats import Seats
from colorize_cli.core.errors import (
    CannotCreateError,
    ColorizeError,
    ExitStatus,
    TemporaryError,
)
from colorize_cli.core.input_files import read_input
from colorize_cli.core.output_plan import Job, is_special
from colorize_cli.core.outputs import write_bytes
from colorize_cli.core.records import made_by, record
from colorize_cli.standard_streams import STDIN_NAME, ImageOutput, read_stdin

if TYPE_CHECKING:
    from colorize_cli.commands.run_choices import Finish
    from colorize_cli.commands.run_engine import Engine
    from colorize_cli.core.image_encoding import Format
    from colorize_cli.core.picture_file import Recolored
    from colorize_cli.core.provenance import Provenance

Status: TypeAlias = Literal["done", "skipped", "failed"]
MADE_BEFORE: Final = "made before from the same input, model and options"
HAS_COLORS: Final = "has colours already"


@record
class Outcome:
    """What became of one input. `seconds` of its parts are told by -vv."""

    job: Job
    status: Status
    reason: str | None = None
    error: ColorizeError | None = None
    seconds: float = 0.0
    parts: dict[str, float] = made_by(default_factory=dict)
    size: tuple[int, int] | None = None
    frames: int | None = None
    format_name: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def code(self) -> ExitStatus:
        """The exit status that it would be alone."""
        return self.error.status if self.error else ExitStatus.OK


@record
class Task:
    """How every picture of a run is coloured, and where it is written.

    `form` None is decided by the suffix of the target, if it has one, else by the content.
    `threads` are those that one picture may use, None for all. Whoever computes has one of `seats`,
    and whoever writes passes `gate`.
    """

    engine: "Engine"
    finish: "Finish"
    stdout: ImageOutput
    form: "Format | None" = None
    threads: int | None = None
    seats: Seats = made_by(default_factory=lambda: Seats(1))
    gate: AbstractContextManager[object] = made_by(default_factory=nullcontext)


def color_picture(job: Job, task: Task) -> Outcome:
    """Colour one picture and write it. Raises what its reading, colouring and writing raise."""
    if job.problem is not None:
        raise job.problem
    if job.is_done:
        return Outcome(job=job, status="skipped", reason=MADE_BEFORE)
    watch = Stopwatch()
    data = read_stdin() if job.source is None else read_input(job.source)
    watch.lap("read")
    try:
        with task.seats.taken(lambda: _pixels(data, task)):
            watch.resume()
            result = _recolored(data, job, task, watch)
    except HasColorsError:
        _pass_through(data, job, task)
        return Outcome(job=job, status="skipped", reason=HAS_COLORS, seconds=watch.total)
    except MemoryError as error:
        raise TemporaryError("not enough memory to colour it", path=name_of(job)) from error
    with task.gate:
        is_written = _is_written(job, result.data, task)
    watch.lap("write")
    if not is_written:
        return Outcome(job=job, status="skipped", reason=MADE_BEFORE, seconds=watch.total)
    return Outcome(
        job=job,
        status="done",
        seconds=watch.total,
        parts=watch.parts,
        size=result.size,
        frames=result.frames,
        format_name=result.form.name,
        warnings=result.warnings,
    )


def outcome_of(job: Job, task: Task) -> Outcome:
    """Colour one picture of several: an error is its outcome."""
    start = perf_counter()
    try:
        return color_picture(job, task)
    except ColorizeError as error:
        error.path = error.path or name_of(job)
        return failure(job, error, seconds=perf_counter() - start)


def failure(job: Job, error: ColorizeError, *, seconds: float = 0.0) -> Outcome:
    """Return the outcome of an input that could not be coloured."""
    return Outcome(job=job, status="failed", reason=error.reason, error=error, seconds=seconds)


def name_of(job: Job) -> object:
    """Return how messages call the input."""
    return job.source or STDIN_NAME


def _pixels(data: bytes, task: Task) -> int:
    from colorize_cli.core.opening import claimed_pixels

    return claimed_pixels(data, max_pixels=task.finish.max_pixels)


def _recolored(data: bytes, job: Job, task: Task, watch: Stopwatch) -> "Recolored":
    from colorize_cli.core.picture_file import FileChoices, recolored

    finish = task.finish
    choices = FileChoices(
        form=_form_for(job, task),
        max_pixels=finish.max_pixels,
        is_stripped=finish.is_stripped,
        threads=task.threads,
    )

    def told() -> "Provenance":
        return task.engine.provenance(finish, hashlib.sha256(data).hexdigest())

    task.engine.find()
    result = recolored(
        data,
        painter(task, watch, name_of(job)),
        choices,
        path=name_of(job),
        provenance=told if finish.is_marked else None,
        paint_plain=plain_painter(task, watch),
    )
    watch.lap("encode")
    return result


def _form_for(job: Job, task: Task) -> "Format | None":
    from colorize_cli.core.image_encoding import format_named

    if task.form is not None or job.target is None or not job.target.suffix:
        return task.form
    return format_named(job.target.suffix[1:])


def _pass_through(data: bytes, job: Job, task: Task) -> None:
    """Give a filter's reader the picture as it is: an empty stdout would be no picture."""
    if job.target is None:
        task.stdout.write(data)


def _is_written(job: Job, data: bytes, task: Task) -> bool:
    """Write the result; False if another run has put the very same there meanwhile."""
    try:
        _write(job, data, task)
    except CannotCreateError:
        if job.is_new and job.target is not None and _holds(job.target, data):
            return False
        raise
    return True


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except OSError:
        return False


def _write(job: Job, data: bytes, task: Task) -> None:
    target = job.target
    if target is None:
        task.stdout.write(data)
    elif is_special(target):
        with target.open("wb", buffering=0) as device:
            ImageOutput(device.fileno()).write(data)
    else:
        write_bytes(target, data, is_new=job.is_new)
