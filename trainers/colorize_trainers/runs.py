"""Starting a run and going on with one: from settings to a loop that is ready."""

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from colorize_cli import __version__
from colorize_cli.core.architecture import LEAST_SIZE
from colorize_cli.core.backend import Cgan, TrainingBackend
from colorize_cli.core.batches import BatchPlan, Photos
from colorize_cli.core.dataset import Dataset, open_dataset
from colorize_cli.core.errors import BadConfigError, UsageError
from colorize_cli.core.metrics import Scores
from colorize_cli.core.model_file import Model
from colorize_trainers.checkpointing import Position, read_checkpoint
from colorize_trainers.evaluation import evaluate_gray
from colorize_trainers.history import forget_after
from colorize_trainers.interruption import StopRequest
from colorize_trainers.loop import Reporter, Training
from colorize_trainers.run_directory import RunConfig, RunDirectory, create_run

LIMIT_STREAM = 2
"""The seed's stream that chooses photos; 0 and 1 draw the networks (`core.cgan_state`)."""


@dataclass(frozen=True, kw_only=True)
class RunOutcome:
    """What became of a run: where it lies and whether its last epoch is done."""

    run: RunDirectory
    position: Position
    is_finished: bool


ReporterFactory: TypeAlias = Callable[
    [RunConfig, RunDirectory, BatchPlan, Scores, Position], Reporter
]
"""Makes the reporter of a run; the Scores are those of the gray test pictures."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """How a run is carried out now: where, told to whom, stopped by what."""

    device: str
    reporter: ReporterFactory
    stop: StopRequest


def start_run(
    config: RunConfig,
    backend: TrainingBackend,
    *,
    session: Session,
    path: Path | None,
    parent: Path,
) -> RunOutcome:
    """Make a run directory and train. Raises ColorizeError for whatever cannot be."""
    dataset = open_dataset(Path(config.data))
    config = fitted_to(dataset, config)
    plan = plan_batches(config, dataset)
    cgan = backend.create_cgan(config.recipe.cgan_config(), device=session.device, seed=config.seed)
    config = replace(config, environment=_environment(backend, cgan))
    run = create_run(path, config, parent=parent)
    return _train(run, config, dataset.test, plan, cgan, Position(), session)


def resume_run(
    run: RunDirectory,
    config: RunConfig,
    backend: TrainingBackend,
    *,
    session: Session,
) -> RunOutcome:
    """Go on with a run where its last checkpoint stands; its settings are those given.

    Raises BadConfigError if the data is not the same, or the checkpoint does not fit.
    """
    dataset = open_dataset(Path(config.data))
    if dataset.fingerprint != config.fingerprint:
        raise BadConfigError(
            "holds other photos than this run began with; start a new run", path=dataset.path
        )
    state, position = read_checkpoint(run.last)
    cgan = backend.create_cgan(config.recipe.cgan_config(), device=session.device, seed=config.seed)
    cgan.restore(state)
    # It may go on in another framework, or on another device.
    config = replace(config, backend=backend.name, environment=_environment(backend, cgan))
    run.write_config(config)
    forget_after(run.metrics, position.epoch)
    plan = plan_batches(config, dataset)
    return _train(run, config, dataset.test, plan, cgan, position, session)


def fitted_to(dataset: Dataset, config: RunConfig) -> RunConfig:
    """Return the settings with what only the data can tell: its size, place and fingerprint."""
    origins = dict(config.origins)
    if dataset.size != config.recipe.size:
        origins["size"] = "data"
    return replace(
        config,
        recipe=replace(config.recipe, size=dataset.size),
        data=str(dataset.path.resolve()),
        fingerprint=dataset.fingerprint,
        origins=origins,
    )


def plan_batches(config: RunConfig, dataset: Dataset) -> BatchPlan:
    """Return the batches of a run.

    Raises UsageError if the limit leaves no photo, or if a batch would leave batch norm a single
    value: the discriminator's last map of the smallest pictures is 1x1.
    """
    if config.recipe.size == LEAST_SIZE and config.recipe.batch_size < 2:
        raise UsageError(f"pictures of {LEAST_SIZE} pixels need a --batch-size of at least 2")
    return BatchPlan(
        photos=_limited(dataset.train, config),
        variants=config.recipe.variants,
        batch_size=config.recipe.batch_size,
        output=config.recipe.output,
        seed=config.seed,
    )


def _train(
    run: RunDirectory,
    config: RunConfig,
    test: Photos,
    plan: BatchPlan,
    cgan: Cgan,
    position: Position,
    session: Session,
) -> RunOutcome:
    gray = evaluate_gray(test)
    training = Training(
        cgan=cgan,
        plan=plan,
        test=test,
        config=config,
        run=run,
        reporter=session.reporter(config, run, plan, gray, position),
        describe=_describer(config, plan, gray),
    )
    position = training.fit(position, stop=session.stop)
    is_finished = position.epoch >= config.recipe.epochs
    return RunOutcome(run=run, position=position, is_finished=is_finished)


def _limited(photos: Photos, config: RunConfig) -> Photos:
    if config.limit is None or config.limit >= len(photos):
        return photos
    if config.limit < 1:
        raise UsageError(f"--limit {config.limit} leaves no photo to train on")
    order = np.random.default_rng([config.seed, LIMIT_STREAM]).permutation(len(photos))
    return np.asarray(photos[np.sort(order[: config.limit])])


def _describer(
    config: RunConfig, plan: BatchPlan, gray: Scores
) -> Callable[[Mapping[str, Any], Scores, Position], Model]:
    """Return what makes a model of weights: with the facts that its card must state."""

    def describe(weights: Mapping[str, Any], scores: Scores, position: Position) -> Model:
        facts = {
            "recipe": config.recipe.name,
            "loss": f"{config.recipe.loss} + {config.recipe.l1_weight:g} L1",
            "data_fingerprint": config.fingerprint,
            "photos": len(plan.photos),
            "images_per_epoch": plan.images,
            "epochs": position.epoch,
            "steps": position.step,
            "seed": config.seed,
            "test": scores.as_dict(),
            "test_gray": gray.as_dict(),
        }
        provenance = {"program": f"colorize {__version__}", "backend": config.backend}
        generator = config.recipe.cgan_config().generator
        return Model(generator=generator, weights=weights, training=facts, provenance=provenance)

    return describe


def _environment(backend: TrainingBackend, cgan: Cgan) -> dict[str, str]:
    framework = backend.probe()
    return {
        "colorize": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        framework.framework: framework.version or "unknown",
        "device": cgan.device,
        "machine": platform.machine(),
    }
