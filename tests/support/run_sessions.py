"""Trainings with fake networks: settings, a listener, a clock, and short calls to start them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from colorize_trainers.history import EpochRecord
from colorize_trainers.interruption import StopRequest
from colorize_trainers.position import Position
from colorize_trainers.recipes import RECIPES, recipe_with
from colorize_trainers.run_directory import RunConfig, RunDirectory
from colorize_trainers.runs import RunOutcome, Session, resume_run, start_run
from fake_cgan import FakeCgan, FakeTrainingBackend


class Listener:
    """A reporter that remembers what it hears."""

    def __init__(self) -> None:
        self.epochs: list[EpochRecord] = []
        self.notices: list[str] = []
        self.warnings: list[str] = []

    def begin(self, *facts: object) -> "Listener":
        return self

    def step(self, position: Position, losses: Mapping[str, float]) -> None:
        pass

    def epoch(self, record: EpochRecord) -> None:
        self.epochs.append(record)

    def notice(self, text: str) -> None:
        self.notices.append(text)


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def config_for(data: Path, *, recipe: str = "paper-plain", **changes: Any) -> RunConfig:
    """Return settings of a small run on packed photos: three epochs of three batches of 10."""
    run = {name: changes.pop(name) for name in list(changes) if hasattr(RunConfig, name)}
    settings = {"epochs": 3, "batch_size": 4, "base_width": 2, "output": "ab", **changes}
    chosen, origins = recipe_with(RECIPES[recipe], settings)
    return RunConfig(
        recipe=chosen, data=str(data), fingerprint="", backend="fake", origins=origins, **run
    )


def session(
    listener: Listener | None = None,
    *,
    stop: StopRequest | None = None,
    clock: Callable[[], float] = lambda: 0.0,
    seconds: float | None = None,
) -> Session:
    heard = listener or Listener()
    return Session(
        device="cpu",
        reporter=heard.begin,
        stop=StopRequest() if stop is None else stop,
        warn=heard.warnings.append,
        clock=clock,
        seconds=seconds,
    )


def start(
    config: RunConfig,
    path: Path,
    backend: FakeTrainingBackend | None = None,
    within: Session | None = None,
) -> RunOutcome:
    return start_run(
        config,
        backend or FakeTrainingBackend(),
        session=within or session(),
        path=path,
        parent=path.parent,
    )


def resume(
    path: Path,
    backend: FakeTrainingBackend | None = None,
    within: Session | None = None,
    **changes: Any,
) -> RunOutcome:
    run = RunDirectory(path)
    return resume_run(
        run,
        run.read_config().with_changes(changes),
        backend or FakeTrainingBackend(),
        session=within or session(),
    )


def doing_at(step: int, deed: Callable[[], object]) -> FakeTrainingBackend:
    """Make networks whose so-many-th step does something as it ends."""

    def prepare(cgan: FakeCgan) -> None:
        cgan.on_step = lambda done: deed() if done == step else None

    return FakeTrainingBackend(prepare)
