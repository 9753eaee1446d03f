"""Starting a run and going on with one: from settings to a loop that is ready."""

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Any, TypeAlias

import numpy as np

from colorize_cli import __version__
from colorize_cli.core.backend import Cgan, TrainingBackend
from colorize_cli.core.batches import BatchPlan, Photos
from colorize_cli.core.dataset import Dataset, fingerprint_of, open_dataset
from colorize_cli.core.errors import BadConfigError, UsageError
from colorize_cli.core.metrics import Scores
from colorize_cli.core.model_file import Model
from colorize_cli.core.outputs import make_folder
from colorize_trainers.checkpointing import read_position
from colorize_trainers.device_precision import fitted_to_device, warn_of_imitation
from colorize_trainers.evaluation import evaluate_gray
from colorize_trainers.health import HealthCheck
from colorize_trainers.history import forget_after
from colorize_trainers.interruption import StopRequest
from colorize_trainers.leading import Leader
from colorize_trainers.loop import Ending, Reporter, Training
from colorize_trainers.position import Position
from colorize_trainers.run_data import plan_batches, prepared
from colorize_trainers.run_directory import RunConfig, RunDirectory, create_run
from colorize_trainers.run_lock import locked
from colorize_trainers.starting_points import (
    begun_from,
    check_architecture,
    start_of,
    started_from,
    with_pretrained,
)
from colorize_trainers.status import Clock, StatusFile, read_status
from colorize_trainers.tensorboard_events import event_log


@dataclass(frozen=True, kw_only=True)
class RunOutcome:
    """What became of a run: where it lies, how far it is, and why it ended."""

    run: RunDirectory
    position: Position
    ending: Ending

    @property
    def is_finished(self) -> bool:
        """Whether it ended by itself rather than by a signal."""
        return self.ending != "signal"


ReporterFactory: TypeAlias = Callable[
    [RunConfig, RunDirectory, BatchPlan, Scores, Position], Reporter
]
"""Makes the reporter of a run; the Scores are those of the gray test pictures."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """How a run is carried out now: where, told to whom, stopped by what.

    `seconds` is the longest time that it may take, from the moment `began` of the clock on;
    `leader` tells the other workers, if there are any.
    """

    device: str
    reporter: ReporterFactory
    stop: StopRequest
    warn: Callable[[str], None]
    clock: Clock = monotonic
    began: float = 0.0
    seconds: float | None = None
    leader: Leader = field(default_factory=Leader)

    def is_asked_to_stop(self) -> bool:
        """Whether a signal came, here or to another worker."""
        return bool(self.stop) or self.leader.is_asked_to_stop

    def is_time_up(self) -> bool:
        """Whether the session's time is over."""
        return self.seconds is not None and self.clock() - self.began >= self.seconds


def start_run(
    config: RunConfig,
    backend: TrainingBackend,
    *,
    session: Session,
    path: Path | None,
    parent: Path,
) -> RunOutcome:
    """Make a run directory and train. Raises ColorizeError for whatever cannot be."""
    dataset, config, plan = prepared(config)
    plan = session.leader.own_share(plan, config)
    config = fitted_to_device(config, backend, device=session.device)
    cgan, config = first_cgan(config, backend, device=session.device)
    warn_of_imitation(config, backend, session.warn, device=session.device)
    config = session.leader.noted(config)
    run = create_run(path, config, parent=parent)
    with locked(run.path):
        _make_ready(run)
        run.checkpoints.save(cgan.state(), Position())
        return _train(run, config, dataset.test, plan, cgan, Position(), session)


def resume_run(
    run: RunDirectory,
    config: RunConfig,
    backend: TrainingBackend,
    *,
    session: Session,
) -> RunOutcome:
    """Go on with a run where its last checkpoint stands; its settings are those given.

    Raises TemporaryError if another process trains it, and BadConfigError if the data is not the
    same, or no checkpoint is whole or fits.
    """
    with locked(run.path):
        dataset = _same_dataset(config)
        config = replace(config, data=str(dataset.path.resolve()))
        plan = session.leader.own_share(plan_batches(config, dataset), config)
        _make_ready(run)
        cgan, position = _where_it_stood(run, config, backend, session)
        if config.recipe.epochs < position.epoch:
            done = f"{position.epoch} epochs are done already"
            raise UsageError(f"{done}; ask for more of them, as --epochs +10")
        # It may go on in another framework, or on another device.
        config = replace(config, backend=backend.name, environment=_environment(backend, cgan))
        warn_of_imitation(config, backend, session.warn, device=session.device)
        config = session.leader.noted(config)
        run.write_config(config)
        forget_after(run.metrics, position.epoch)
        run.checkpoints.keep_epochs(position.epoch, count=config.keep)
        return _train(run, config, dataset.test, plan, cgan, position, session)


def _same_dataset(config: RunConfig) -> Dataset:
    """Open a run's data again. Raises BadConfigError if its photos are not the same to the bit."""
    dataset = open_dataset(Path(config.data))
    # Of the pixels: what the dataset says of itself stays as it was when somebody changes them.
    if fingerprint_of(dataset.train, dataset.test) != config.fingerprint:
        raise BadConfigError(
            "holds other photos than this run began with; start a new run", path=dataset.path
        )
    return dataset


def first_cgan(
    config: RunConfig, backend: TrainingBackend, *, device: str
) -> tuple[Cgan, RunConfig]:
    """Make a run's networks as they are before the first step, and note where they came from.

    Raises BadConfigError if what they start from is another model than the settings say, and as
    `with_pretrained` does if it is an encoder.
    """
    cgan_config = config.recipe.cgan_config()
    start = start_of(config)
    if start is not None:
        check_architecture(start, cgan_config)
        config = begun_from(start, config)
    cgan = backend.create_cgan(cgan_config, device=device, seed=config.seed)
    if start is not None:
        cgan.restore(started_from(start, cgan_config, cgan.state()))
    elif config.recipe.encoder is not None:
        cgan.restore(with_pretrained(config.recipe.encoder, cgan_config, cgan.state()))
    return cgan, replace(config, environment=_environment(backend, cgan))


def _make_ready(run: RunDirectory) -> None:
    """Make the folders, and clear what a killed process left half-written."""
    samples = run.samples(0).parent
    for folder in (run.checkpoints.folder, samples):
        make_folder(folder)
    for folder in (run.path, samples):
        for path in folder.glob(".*.tmp"):
            path.unlink(missing_ok=True)
    run.checkpoints.clear()


def _where_it_stood(
    run: RunDirectory, config: RunConfig, backend: TrainingBackend, session: Session
) -> tuple[Cgan, Position]:
    """Make the networks as the last checkpoint has them, or anew if it was killed before it."""
    stand = run.checkpoints.newest(warn=session.warn)
    if stand is None and run.metrics.exists():
        raise BadConfigError("its checkpoints are gone; start a new run", path=run.path)
    if stand is None:
        cgan, _ = first_cgan(config, backend, device=session.device)
        return cgan, Position()
    state, position = stand[0], _completed(run, stand[1])
    cgan = backend.create_cgan(config.recipe.cgan_config(), device=session.device, seed=config.seed)
    cgan.restore(state)
    fresh = _with_new_chances(run, config, position)
    if fresh != position:
        run.checkpoints.save(cgan.state(), fresh)
    return cgan, fresh


def _completed(run: RunDirectory, position: Position) -> Position:
    """Return a position with what earlier versions did not note: which epoch was the best."""
    if position.least_error is None or position.best_epoch or not run.best.exists():
        return position
    best = read_position(run.best).epoch
    return replace(position, best_epoch=best, waited=position.epoch - best)


def _with_new_chances(run: RunDirectory, config: RunConfig, position: Position) -> Position:
    """Return a position that forgets what ended the run, if somebody goes on with it all the same.

    A learning rate that was given stands for itself, without the reductions of earlier returns;
    a run that ended for want of improvement waits for it anew.
    """
    if config.recipe.learning_rate != run.read_config().recipe.learning_rate:
        position = replace(position, rate=1.0, rollbacks=0)
    is_over = config.patience is not None and position.waited >= config.patience
    if is_over and read_status(run.status).get("state") == "finished":
        position = replace(position, waited=0)
    return position


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
    epochs = config.recipe.epochs
    status = StatusFile(run.status, clock=session.clock, epochs=epochs, steps=epochs * plan.batches)
    with status, event_log(run.path, after_epoch=position.epoch) as events:
        training = Training(
            cgan=cgan,
            plan=plan,
            test=test,
            gray=gray,
            config=config,
            run=run,
            reporter=session.reporter(config, run, plan, gray, position),
            status=status,
            events=events,
            health=HealthCheck(test),
            describe=_describer(config, plan, gray),
            leader=session.leader,
            is_asked_to_stop=session.is_asked_to_stop,
            is_time_up=session.is_time_up,
            clock=session.clock,
        )
        session.leader.begin(config, cgan)
        status.begin(position)
        position, ending = training.fit(position)
        status.end("interrupted" if ending == "signal" else "finished", ending)
    return RunOutcome(run=run, position=position, ending=ending)


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
        if config.recipe.encoder is not None:
            facts["encoder"] = config.recipe.encoder
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
