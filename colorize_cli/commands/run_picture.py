"""One picture of `colorize run`: from its bytes to its bytes, and what became of it."""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Final, Literal, ParamSpec, TypeAlias, TypeVar

from colorize_cli.commands.run_seats import Seats
from colorize_cli.core.errors import (
    CannotCreateError,
    ColorizeError,
    ExitStatus,
    NotAnImageError,
    TemporaryError,
)
from colorize_cli.core.input_files import read_input
from colorize_cli.core.output_plan import Job, is_special
from colorize_cli.core.outputs import write_bytes
from colorize_cli.core.records import made_by, record
from colorize_cli.standard_streams import STDIN_NAME, ImageOutput, read_stdin

if TYPE_CHECKING:
    from mmap import mmap

    from colorize_cli.commands.run_choices import Finish
    from colorize_cli.commands.run_engine import Engine
    from colorize_cli.core.backend import FloatArray
    from colorize_cli.core.image_encoding import Format
    from colorize_cli.core.picture import Picture, PlainPicture
    from colorize_cli.core.picture_file import PaintPlain, Recolored
    from colorize_cli.core.provenance import Provenance

Given = ParamSpec("Given")
Result = TypeVar("Result")
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
    watch = _Stopwatch()
    data = read_stdin() if job.source is None else read_input(job.source)
    watch.lap("read")
    try:
        with task.seats.taken(lambda: _pixels(data, task)):
            watch.resume()
            result = _recolored(data, job, task, watch)
    except _HasColorsError:
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


class _HasColorsError(Exception):
    """The picture has colours of its own, and only gray ones are asked for."""


class _Stopwatch:
    """Measures the parts of one picture, one after the other, in seconds."""

    def __init__(self) -> None:
        self._last = perf_counter()
        self.parts: dict[str, float] = {}

    @property
    def total(self) -> float:
        return sum(self.parts.values())

    def resume(self) -> None:
        """Leave out what passed since the last lap."""
        self._last = perf_counter()

    def lap(self, name: str) -> None:
        """Count the time since the last lap as that of a part."""
        now = perf_counter()
        self.parts[name] = self.parts.get(name, 0.0) + now - self._last
        self._last = now

    def around(self, name: str, work: Callable[Given, Result]) -> Callable[Given, Result]:
        """Return work that counts as a part, amid what is the colour's."""

        def timed(*arguments: Given.args, **named: Given.kwargs) -> Result:
            self.lap("colour")
            result = work(*arguments, **named)
            self.lap(name)
            return result

        return timed


def _paint_plain(task: Task, watch: _Stopwatch) -> "PaintPlain | None":
    """Return what colours plain pictures without NumPy; None where that cannot do what is asked."""
    from colorize_cli.core.compiled_library import compiled_loops

    finish, loops = task.finish, compiled_loops()
    if loops is None or finish.needs_arrays:
        return None

    def paint(picture: "PlainPicture", step: int) -> "mmap":
        from colorize_cli.core.gray_coloring import Way
        from colorize_cli.core.plain_coloring import colorize_plain

        watch.lap("decode")
        generator = task.engine.generator
        way = Way(finish.size or generator.size, generator.stride, finish.strength, step)
        predict = watch.around("network", task.engine.predict)
        colors = colorize_plain(loops, picture, predict, way, workers=task.threads)
        # Whether its weights are sound is known with what identifies it, marked or not.
        _ = task.engine.identity
        watch.lap("colour")
        return colors

    return paint


class _SharedColorizer:
    """The one network, used by one thread at a time; it measures itself within `watch`."""

    def __init__(self, engine: "Engine", watch: _Stopwatch) -> None:
        self._engine, self._watch = engine, watch

    @property
    def device(self) -> str:
        return self._engine.colorizer.device

    def __call__(self, gray: "FloatArray") -> "FloatArray":
        self._watch.lap("colour")
        colorizer = self._engine.colorizer
        with self._engine.turn:
            color = colorizer(gray)
        self._watch.lap("network")
        return color


def _pixels(data: bytes, task: Task) -> int:
    from colorize_cli.core.opening import claimed_pixels

    return claimed_pixels(data, max_pixels=task.finish.max_pixels)


def _recolored(data: bytes, job: Job, task: Task, watch: _Stopwatch) -> "Recolored":
    from colorize_cli.core.picture_file import FileChoices, recolored

    finish = task.finish
    choices = FileChoices(
        form=_form_for(job, task),
        max_pixels=finish.max_pixels,
        is_stripped=finish.is_stripped,
        threads=task.threads,
    )

    task.engine.find()

    def told() -> "Provenance":
        return task.engine.provenance(finish, hashlib.sha256(data).hexdigest())

    def paint(picture: "Picture") -> "Picture":
        if finish.hints is not None and "network" in watch.parts:
            reason = "has several frames, where --hints need a single picture"
            raise NotAnImageError(reason, path=name_of(job))
        # What lies between the frames of a file is mostly the encoding of the one before.
        watch.lap("encode" if "network" in watch.parts else "decode")
        painted = _painted(picture, task, watch)
        watch.lap("colour")
        return painted

    result = recolored(
        data,
        paint,
        choices,
        path=name_of(job),
        provenance=told if finish.is_marked else None,
        paint_plain=_paint_plain(task, watch),
    )
    watch.lap("encode")
    return result


def _painted(picture: "Picture", task: Task, watch: _Stopwatch) -> "Picture":
    from colorize_cli.core.pipeline import colorize

    if task.finish.is_only_gray:
        from colorize_cli.core.own_color import has_own_color

        if has_own_color(picture):
            raise _HasColorsError
    return colorize(
        picture,
        task.engine.generator,
        _SharedColorizer(task.engine, watch),
        strength=task.finish.strength,
        size=task.finish.size,
        workers=task.threads,
        quality=task.finish.quality,
        hints=task.finish.strokes,
        palette=task.finish.palette,
    )


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
