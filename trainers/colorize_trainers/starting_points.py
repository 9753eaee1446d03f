"""What a run starts from rather than from random weights: a model, another run, an encoder.

The first two are `--from`; a recipe names a pretrained encoder, with a decoder that is drawn.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from colorize_cli.core.cgan_config import CganConfig
from colorize_cli.core.cgan_state import (
    DISCRIMINATOR,
    GENERATOR,
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
from colorize_trainers.pretrained import pretrained_encoder
from colorize_trainers.run_directory import RunConfig, RunDirectory


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


def start_of(config: RunConfig) -> StartingPoint | None:
    """Find what a run's settings name as its start, if they do.

    Raises as `find_start`, and BadConfigError if it is not what the run once began from.
    """
    if config.start is None:
        return None
    start = find_start(config.start["name"])
    if config.start.get("sha256", start.model.identity) != start.model.identity:
        raise BadConfigError("is not the model that this run began from", path=start.name)
    return start


def begun_from(start: StartingPoint, config: RunConfig) -> RunConfig:
    """Return the settings with the start noted, which stands in for a pretrained encoder."""
    origins, recipe = dict(config.origins), config.recipe
    if recipe.encoder is not None:
        origins["encoder"] = "--from"
        recipe = replace(recipe, encoder=None)
    return replace(config, recipe=recipe, start=start.as_dict(), origins=origins)


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


def with_pretrained(name: str, config: CganConfig, state: State) -> State:
    """Return a new run's state with the encoder of its generator as others have trained it.

    The rest is as it was drawn. Raises as `pretrained_encoder` does, and BadConfigError if the
    generator has no such encoder.
    """
    weights = {**weights_of(state, GENERATOR), **pretrained_encoder(name)}
    return with_generator(config, state, weights)


def _differences(model: Model, config: CganConfig) -> Iterator[str]:
    theirs, ours = model.generator.as_dict(), config.generator.as_dict()
    for key in sorted(theirs.keys() | ours.keys()):
        if theirs.get(key) != ours.get(key):
            yield f"{key} {theirs.get(key)}, not {ours.get(key)}"
