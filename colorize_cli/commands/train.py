"""`colorize train`: the CGAN on a prepared dataset."""

import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from colorize_cli import console
from colorize_cli.commands import train_options as options
from colorize_cli.commands.settings import places_of
from colorize_cli.commands.train_command import LAST
from colorize_cli.core.errors import UsageError

if TYPE_CHECKING:
    from colorize_cli.core.backend import TrainingBackend
    from colorize_trainers.run_directory import RunConfig, RunDirectory
    from colorize_trainers.runs import RunOutcome, Session

RUNS_FOLDER: Final = Path("runs")
DATA_FOLDER: Final = Path("colorize-data")
RECIPE: Final = "paper-skip"


@dataclass(frozen=True, kw_only=True)
class Conduct:
    """How the training is done this time: what it runs on, how long, how much it says."""

    backend: str | None
    device: str | None
    seconds: float | None
    is_quiet: bool


def train(
    context: typer.Context,
    data: options.Data = None,
    recipe: options.RecipeName = None,
    run: options.RunPath = None,
    resume: options.Resume = None,
    start: options.From = None,
    limit: options.Limit = None,
    seed: options.Seed = None,
    backend: options.BackendName = None,
    device: options.Device = None,
    is_dry: options.DryRun = False,
    output: options.Output = None,
    base_width: options.BaseWidth = None,
    loss: options.Loss = None,
    l1_weight: options.L1Weight = None,
    chroma_weight: options.ChromaWeight = None,
    precision: options.Precision = None,
    ema_decay: options.EmaDecay = None,
    epochs: options.Epochs = None,
    batch_size: options.BatchSize = None,
    micro_batch: options.MicroBatch = None,
    learning_rate: options.LearningRate = None,
    schedule: options.Schedule = None,
    warm_up_epochs: options.WarmUpEpochs = None,
    augment: options.Augment = None,
    max_time: options.MaxTime = None,
    patience: options.Patience = None,
    samples_every: options.SamplesEvery = None,
    keep: options.Keep = None,
    checkpoint_minutes: options.CheckpointEvery = None,
    is_quiet: options.Quiet = False,
) -> None:
    """Train the CGAN on prepared photos, into a run directory.

    \b
    colorize train                                  # the paper's second model
    colorize train DATA --recipe paper-plain        # the paper's first model
    colorize train DATA --recipe natural            # the best colours
    colorize train DATA --epochs 2 --limit 256      # a quick look
    colorize train --resume                         # after an interruption
    colorize train --resume runs/RUN --epochs +10   # after the last epoch

    Ctrl-C, SIGTERM and SIGUSR1 finish the step, save, and say how to go on. The result is used
    by colorize run --model RUN. Recipes: paper-plain (no skip connections, 400 epochs),
    paper-skip (skip connections, four-fold augmentation, 50 epochs), natural (a pretrained
    encoder, as the bundled model; needs pip install 'colorize-gan[natural]'), pix2pix (Isola et
    al. 2017), compact (a small U-Net that predicts ab, with an L1 term).
    """
    conduct = Conduct(
        backend=backend,
        device=device,
        seconds=options.seconds_of(max_time),
        is_quiet=is_quiet,
    )
    of_recipe = {
        "batch_size": batch_size,
        "micro_batch": micro_batch,
        "output": output and output.value,
        "base_width": base_width,
        "loss": loss and loss.value,
        "l1_weight": l1_weight,
        "chroma_weight": chroma_weight,
        "precision": precision and precision.value,
        "ema_decay": ema_decay,
        "schedule": schedule and schedule.value,
        "warm_up_epochs": warm_up_epochs,
        "augmentation": options.amounts_of(augment),
    }
    of_run: dict[str, object] = {
        "samples_every": samples_every,
        "patience": patience,
        "keep": keep,
        "checkpoint_minutes": checkpoint_minutes,
    }
    if resume is not None:
        others = {"recipe": recipe, "run": run, "from": start, "limit": limit, "seed": seed}
        _refuse({**others, "dry_run": is_dry or None, **of_recipe})
        _resume(
            resume,
            epochs,
            {"learning_rate": learning_rate, "data": data and str(data), **of_run},
            conduct=conduct,
        )
        return
    of_recipe |= {
        "epochs": options.epochs_of(epochs, before=None),
        "learning_rate": learning_rate,
    }
    of_new_run = {"limit": limit, "seed": seed, "start": {"name": start} if start else None}
    config = _config(recipe or RECIPE, of_recipe, of_run | of_new_run, data=data or DATA_FOLDER)
    config = replace(config, origins=options.true_origins(config.origins, places_of(context)))
    if is_dry:
        _say_what_it_takes(config, conduct)
    else:
        _start(config, path=run, conduct=conduct)


def _refuse(fixed: Mapping[str, object]) -> None:
    """Raise UsageError for an option that cannot change when a run goes on."""
    for name, value in fixed.items():
        if value is not None:
            shown = name if name.isupper() else f"--{name.replace('_', '-')}"
            raise UsageError(f"{shown} cannot change when a run goes on; leave it out")


def _config(
    name: str, of_recipe: dict[str, Any], of_run: dict[str, Any], *, data: Path
) -> "RunConfig":
    from colorize_trainers.recipes import find_recipe, recipe_with
    from colorize_trainers.run_directory import RunConfig

    recipe, origins = recipe_with(find_recipe(name), of_recipe)
    given = {key: value for key, value in of_run.items() if value is not None}
    # The fingerprint and the backend are filled in when the data and the backend are found.
    return RunConfig(
        recipe=recipe,
        data=str(data),
        fingerprint="",
        backend="",
        origins={**origins, **options.origins_of(given)},
        commands=(_command_line(),),
        **given,
    )


def _start(config: "RunConfig", *, path: Path | None, conduct: Conduct) -> None:
    from colorize_cli.plugins import choose_training_backend
    from colorize_trainers.runs import start_run

    chosen = choose_training_backend(conduct.backend)
    config = replace(config, backend=chosen.name)
    _train(
        chosen,
        conduct,
        lambda session: start_run(config, chosen, session=session, path=path, parent=RUNS_FOLDER),
    )


def _resume(name: str, epochs: str | None, changes: dict[str, Any], *, conduct: Conduct) -> None:
    from colorize_cli.plugins import choose_training_backend
    from colorize_trainers.runs import resume_run

    run = _find_run(name)
    config = run.read_config()
    changes |= {"epochs": options.epochs_of(epochs, before=config.recipe.epochs)}
    config = config.with_changes(changes)
    config = replace(config, commands=(*config.commands, _command_line()))
    chosen = choose_training_backend(conduct.backend or config.backend)
    _train(chosen, conduct, lambda session: resume_run(run, config, chosen, session=session))


def _train(
    backend: "TrainingBackend", conduct: Conduct, lead: "Callable[[Session], RunOutcome]"
) -> None:
    """Train and tell what came of it; or follow the worker that does, and end as it did."""
    from colorize_trainers.following import train_together
    from colorize_trainers.runs import RunOutcome

    with _session(conduct) as session:
        outcome = train_together(backend, session, lead)
        if isinstance(outcome, RunOutcome):
            _tell(outcome, conduct)
            return
    raise typer.Exit(outcome)


def _find_run(name: str) -> "RunDirectory":
    from colorize_trainers.run_directory import RunDirectory, newest_run

    return newest_run(RUNS_FOLDER) if name == LAST else RunDirectory(Path(name))


def _say_what_it_takes(config: "RunConfig", conduct: Conduct) -> None:
    from colorize_cli.commands.train_report import print_estimate
    from colorize_cli.plugins import choose_training_backend
    from colorize_trainers.estimates import estimate_run
    from colorize_trainers.following import refuse_workers

    refuse_workers("--dry-run")
    chosen = choose_training_backend(conduct.backend)
    config = replace(config, backend=chosen.name)
    print_estimate(estimate_run(config, chosen, device=_device(conduct)))


@contextmanager
def _session(conduct: Conduct) -> "Iterator[Session]":
    """Watch for signals and report; a signal takes its usual effect when all has been said."""
    from time import monotonic

    from colorize_cli.commands.train_report import TrainingReport
    from colorize_trainers.interruption import stop_requests
    from colorize_trainers.runs import Session

    report = TrainingReport(is_quiet=conduct.is_quiet)
    with stop_requests() as stop, report:
        yield Session(
            device=_device(conduct),
            reporter=report.begin,
            stop=stop,
            warn=console.print_warning,
            clock=monotonic,
            began=monotonic(),
            seconds=conduct.seconds,
        )


def _device(conduct: Conduct) -> str:
    from colorize_cli.core.config import read_config

    return conduct.device or read_config().device or "auto"


def _command_line() -> str:
    return shlex.join([console.PROGRAM, *sys.argv[1:]])


def _tell(outcome: "RunOutcome", conduct: Conduct) -> None:
    from colorize_cli.commands.train_report import print_outcome

    if not conduct.is_quiet:
        print_outcome(outcome)
