"""How `colorize run` has one picture coloured: with NumPy or without, each part timed."""

from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from colorize_cli.core.errors import NotAnImageError

if TYPE_CHECKING:
    from mmap import mmap

    from colorize_cli.commands.run_engine import Engine
    from colorize_cli.commands.run_picture import Task
    from colorize_cli.core.backend import FloatArray
    from colorize_cli.core.picture import Picture, PlainPicture
    from colorize_cli.core.picture_file import Paint, PaintPlain

Given = ParamSpec("Given")
Result = TypeVar("Result")


class HasColorsError(Exception):
    """The picture has colours of its own, and only gray ones are asked for."""


class Stopwatch:
    """Measures the parts of one picture, one after the other, in seconds."""

    def __init__(self) -> None:
        self._last = perf_counter()
        self.parts: dict[str, float] = {}

    @property
    def total(self) -> float:
        """All that was counted."""
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


def painter(task: "Task", watch: Stopwatch, name: object) -> "Paint":
    """Return what colours the pictures of a file of a name, one after the other.

    It raises HasColorsError, NotAnImageError, and what `pipeline.colorize` raises.
    """

    def paint(picture: "Picture") -> "Picture":
        if task.finish.hints is not None and "network" in watch.parts:
            reason = "has several frames, where --hints need a single picture"
            raise NotAnImageError(reason, path=name)
        # What lies between the frames of a file is mostly the encoding of the one before.
        watch.lap("encode" if "network" in watch.parts else "decode")
        painted = _painted(picture, task, watch)
        watch.lap("colour")
        return painted

    return paint


def plain_painter(task: "Task", watch: Stopwatch) -> "PaintPlain | None":
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


def _painted(picture: "Picture", task: "Task", watch: Stopwatch) -> "Picture":
    from colorize_cli.core.pipeline import colorize

    if task.finish.is_only_gray:
        from colorize_cli.core.own_color import has_own_color

        if has_own_color(picture):
            raise HasColorsError
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


class _SharedColorizer:
    """The one network, used by one thread at a time; it measures itself within `watch`."""

    def __init__(self, engine: "Engine", watch: Stopwatch) -> None:
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
