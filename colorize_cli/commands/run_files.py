"""The work of `colorize run`: each picture from its bytes to its bytes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from colorize_cli import __version__, console
from colorize_cli.core.errors import ColorizeError, SomeInputsFailed, quoted
from colorize_cli.core.output_plan import Job, is_special, read_source
from colorize_cli.core.outputs import write_bytes
from colorize_cli.standard_streams import STDIN_NAME, STDOUT_NAME, ImageOutput, read_stdin

if TYPE_CHECKING:
    from colorize_cli.core.architecture import GeneratorSpec
    from colorize_cli.core.backend import Colorizer, Precision
    from colorize_cli.core.image_encoding import Format
    from colorize_cli.core.model_file import Model


@dataclass(frozen=True, kw_only=True)
class EngineChoice:
    """Which network colours, and where: the command line's own values, None where silent."""

    model: str | None
    backend: str | None
    device: str | None
    precision: "Precision | None"


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A loaded network; `maker` names it in the metadata of what it colours."""

    generator: "GeneratorSpec"
    colorizer: "Colorizer"
    maker: str


@dataclass(frozen=True, kw_only=True)
class Finish:
    """What is made of the network's colours."""

    form: "Format"
    strength: float
    is_verbose: bool


def run_jobs(
    jobs: Sequence[Job], choice: EngineChoice, finish: Finish, stdout: ImageOutput
) -> None:
    """Colour every picture; a bad one among several is told and left out.

    Raises what a single picture raises, or SomeInputsFailed at the end of several.
    """
    load = cache(lambda: load_engine(choice, is_verbose=finish.is_verbose))
    if len(jobs) == 1:
        _run_job(jobs[0], load, finish, stdout)
        return
    # A network that cannot be loaded fails the whole, not each of its pictures.
    load()
    failed = 0
    with console.progress("Colouring", len(jobs)) as advance:
        for job in jobs:
            try:
                _run_job(job, load, finish, stdout)
            except ColorizeError as error:
                console.print_error(error)
                failed += 1
            advance()
    if failed:
        raise SomeInputsFailed(f"{failed} of {len(jobs)} files could not be coloured")


def load_engine(choice: EngineChoice, *, is_verbose: bool) -> Engine:
    """Find the model and the backend, and make them ready.

    Raises what they raise: UsageError, NoInputError, UnavailableError, BadConfigError.
    """
    from colorize_cli.core.config import read_config
    from colorize_cli.core.model_choice import find_model
    from colorize_cli.plugins import choose_inference_backend

    config = read_config()
    backend = choose_inference_backend(choice.backend)
    model = find_model(choice.model)
    colorizer = backend.load_colorizer(
        model,
        device=choice.device or config.device or "auto",
        precision=choice.precision or config.precision or "float32",
    )
    described = f"model {_name_of(model)} {model.identity[:12]}"
    if is_verbose:
        console.print_line(f"backend {backend.name} on {colorizer.device}, {described}")
    maker = f"colorize {__version__}, {described}; colours are machine-made"
    return Engine(generator=model.generator, colorizer=colorizer, maker=maker)


def _name_of(model: "Model") -> str:
    """Return a model's name in plain ASCII, which any metadata can hold."""
    from colorize_cli.core.model_choice import RUN_MODEL

    if model.path is None:
        return "unnamed"
    is_run = model.path.name == RUN_MODEL
    name = model.path.absolute().parent.name if is_run else model.path.stem
    return "".join(letter if letter.isascii() and letter.isprintable() else "?" for letter in name)


def _run_job(job: Job, load: Callable[[], Engine], finish: Finish, stdout: ImageOutput) -> None:
    start = perf_counter()
    data = read_stdin() if job.source is None else read_source(job.source)
    result = _colored(data, job.source or STDIN_NAME, load, finish)
    _write(job.target, result, stdout)
    if finish.is_verbose:
        names = quoted(job.source or STDIN_NAME), quoted(job.target or STDOUT_NAME)
        console.print_line(f"{names[0]} -> {names[1]} in {perf_counter() - start:.2f} s")


def _colored(data: bytes, path: object, load: Callable[[], Engine], finish: Finish) -> bytes:
    from colorize_cli.core.image_encoding import encode, losses
    from colorize_cli.core.image_io import decode
    from colorize_cli.core.pipeline import colorize

    picture = decode(data, path=path)
    for remark in (*picture.warnings, *losses(picture, finish.form)):
        console.print_warning(f"{quoted(path)}: {remark}")
    engine = load()
    result = colorize(picture, engine.generator, engine.colorizer, strength=finish.strength)
    return encode(result, finish.form, maker=engine.maker)


def _write(target: Path | None, data: bytes, stdout: ImageOutput) -> None:
    if target is None:
        stdout.write(data)
    elif is_special(target):
        with target.open("wb", buffering=0) as device:
            ImageOutput(device.fileno()).write(data)
    else:
        write_bytes(target, data)
