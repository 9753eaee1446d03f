"""`--from`: starting a run from a model or from another run, rather than from random weights."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from colorize_cli.core.backend import CganConfig
from colorize_cli.core.cgan_state import (
    DISCRIMINATOR,
    State,
    check_state,
    generator_weights,
    weights_of,
    with_generator,
)
from colorize_cli.core.errors import BadConfigError, NoInputError
from colorize_cli.core.model_choice import find_model
from colorize_cli.core.model_file import Model
from colorize_trainers.checkpointing import read_checkpoint
from colorize_trainers.run_directory import RunDirectory


@dataclass(frozen=True, kw_only=True)
class StartingPoint:
    """Weights to start from: a generator, and a discriminator if a run had one."""

    name: str
    model: Model
    discriminator: Mapping[str, NDArray[Any]]

    def as_dict(self) -> dict[str, str]:
        """Return what a run remembers of it."""
        return {"name": self.name, "sha256": self.model.identity}


def find_start(name: str) -> StartingPoint:
    """Read a model by its name or file, or the best epoch of a run with both of its networks.

    Raises NoInputError or BadConfigError.
    """
    run = RunDirectory(Path(name))
    if not run.config.exists():
        return StartingPoint(name=name, model=find_model(name), discriminator={})
    config = run.read_config()
    path = run.best if run.best.exists() else run.last
    if not path.exists():
        raise NoInputError("this run has no checkpoint yet", path=run.path)
    state, _ = read_checkpoint(path)
    generator = config.recipe.cgan_config().generator
    model = Model(generator=generator, weights=generator_weights(state))
    return StartingPoint(name=name, model=model, discriminator=weights_of(state, DISCRIMINATOR))


def check_architecture(start: StartingPoint, config: CganConfig) -> None:
    """Raise BadConfigError, which says what differs, unless a run has the same generator."""
    differences = "; ".join(_differences(start.model, config))
    if differences:
        raise BadConfigError(
            f"has another architecture than this run: {differences}", path=start.name
        )


def started_from(start: StartingPoint, config: CganConfig, state: State) -> State:
    """Return a new run's state with the networks of a starting point; optimizers start afresh.

    Raises BadConfigError if an array does not fit.
    """
    state = with_generator(config, state, start.model.weights)
    own = {f"{DISCRIMINATOR}/{name}": array for name, array in start.discriminator.items()}
    state = {**state, **own}
    check_state(config, state)
    return state


def _differences(model: Model, config: CganConfig) -> Iterator[str]:
    theirs, ours = model.generator.as_dict(), config.generator.as_dict()
    for key in sorted(theirs.keys() | ours.keys()):
        if theirs.get(key) != ours.get(key):
            yield f"{key} {theirs.get(key)}, not {ours.get(key)}"
