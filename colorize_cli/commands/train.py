"""`colorize train`: the CGAN on a prepared dataset."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from colorize_cli import console

if TYPE_CHECKING:
    from colorize_trainers.run_directory import RunConfig
    from colorize_trainers.runs import RunOutcome, Session

RUNS_FOLDER: Final = Path("runs")


class LossChoice(StrEnum):
    """The loss forms of `core.backend.LossForm`."""

    MINIMAX = "minimax"
    NONSATURATING = "nonsaturating"
    LSGAN = "lsgan"
    HINGE = "hinge"


class OutputChoice(StrEnum):
    """What the generator predicts."""

    RGB = "rgb"
    AB = "ab"


class PrecisionChoice(StrEnum):
    """The precision of convolutions."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


def train(
    data: Annotated[
        Path, typer.Argument(help="A folder that colorize prep has made.", show_default=True)
    ] = Path("colorize-data"),
    recipe: Annotated[
        str, typer.Option(help="paper-plain, paper-skip or compact: see above.")
    ] = "paper-skip",
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN", help="Go on with this run; --epochs and --learning-rate may change."
        ),
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="How often every picture is seen.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Pictures per step.")] = None,
    limit: Annotated[
        int | None, typer.Option(help="Train on this many photos only, before augmentation.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Start of everything random.", min=0)] = 0,
    backend: Annotated[
        str | None, typer.Option(help="torch, tensorflow, or any other that trains.")
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(help="auto, cpu, cuda, cuda:N or mps; never another than asked for."),
    ] = None,
    precision: Annotated[
        PrecisionChoice | None, typer.Option(help="bfloat16 is faster where the processor has it.")
    ] = None,
    output: Annotated[
        OutputChoice | None, typer.Option(help="What the generator predicts.")
    ] = None,
    base_width: Annotated[
        int | None, typer.Option(help="Filters of the first layer: 64 in the paper.")
    ] = None,
    loss: Annotated[LossChoice | None, typer.Option(help="The form of the CGAN's loss.")] = None,
    l1_weight: Annotated[
        float | None, typer.Option(help="Weight of the L1 term: 0 in the paper.", min=0)
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="Adam's step size for both networks.", min=0)
    ] = None,
    run: Annotated[
        Path | None, typer.Option(help="The run directory; named by time and recipe if not given.")
    ] = None,
    samples_every: Annotated[
        int, typer.Option(help="Epochs between two grids of samples.", min=1)
    ] = 1,
) -> None:
    """Train the CGAN, and write everything about it into a run directory.

    colorize train                             the paper's second model

    colorize train DATA --recipe paper-plain   the paper's first model

    colorize train DATA --epochs 2 --limit 256 a quick look

    colorize train --resume runs/RUN           go on after an interruption

    Ctrl-C finishes the step, saves, and says how to go on. The result is used by
    colorize run --model RUN. Recipes: paper-plain (no skip connections, 400 epochs), paper-skip
    (skip connections, four-fold augmentation, 50 epochs), compact (a small U-Net that predicts
    ab, with an L1 term).
    """
    if resume is not None:
        again = {"epochs": epochs, "learning_rate": learning_rate}
        _resume(resume, again, backend=backend, device=device)
        return
    changes = {
        "epochs": epochs,
        "batch_size": batch_size,
        "precision": precision and precision.value,
        "output": output and output.value,
        "base_width": base_width,
        "loss": loss and loss.value,
        "l1_weight": l1_weight,
        "learning_rate": learning_rate,
    }
    config = _config(recipe, changes, data=data, seed=seed)
    config = replace(config, limit=limit, samples_every=samples_every)
    _start(config, path=run, backend=backend, device=device)


def _config(name: str, changes: dict[str, Any], *, data: Path, seed: int) -> "RunConfig":
    from colorize_trainers.recipes import find_recipe, recipe_with
    from colorize_trainers.run_directory import RunConfig

    recipe, origins = recipe_with(find_recipe(name), changes)
    # The fingerprint and the backend are filled in when the data and the backend are found.
    return RunConfig(
        recipe=recipe, data=str(data), fingerprint="", backend="", seed=seed, origins=origins
    )


def _start(
    config: "RunConfig", *, path: Path | None, backend: str | None, device: str | None
) -> None:
    from colorize_cli.plugins import choose_training_backend
    from colorize_trainers.runs import start_run

    chosen = choose_training_backend(backend)
    config = replace(config, backend=chosen.name)
    with _session(device) as session:
        _tell(start_run(config, chosen, session=session, path=path, parent=RUNS_FOLDER))


def _resume(
    path: Path, changes: dict[str, Any], *, backend: str | None, device: str | None
) -> None:
    from colorize_cli.plugins import choose_training_backend
    from colorize_trainers.run_directory import RunDirectory
    from colorize_trainers.runs import resume_run

    run = RunDirectory(path)
    config = run.read_config().with_changes(**changes)
    chosen = choose_training_backend(backend or config.backend)
    with _session(device) as session:
        _tell(resume_run(run, config, chosen, session=session))


@contextmanager
def _session(device: str | None) -> "Iterator[Session]":
    """Watch for signals and report; a signal takes its usual effect when all has been said."""
    from colorize_cli.commands.train_report import TrainingReport
    from colorize_cli.core.config import read_config
    from colorize_trainers.interruption import stop_requests
    from colorize_trainers.runs import Session

    place = device or read_config().device or "auto"
    with stop_requests() as stop, TrainingReport() as report:
        yield Session(device=place, reporter=report.begin, stop=stop)


def _tell(outcome: "RunOutcome") -> None:
    run = outcome.run.path
    if outcome.is_finished:
        console.print_line(f"done: {run}")
        console.print_line(
            f"colour photos with it: colorize run --model {run} < gray.png > color.png"
        )
    else:
        console.print_line(f"interrupted after step {outcome.position.step}; all of it is saved")
        console.print_line(f"go on with: colorize train --resume {run}")
