"""The state of a CGAN in training, as named arrays that every framework reads and writes.

Names: `NETWORK/PARAMETER` for the arrays of `core.layers.parameters`, with NETWORK `generator` or
`discriminator`; `NETWORK/PARAMETER/first_moment` and `.../second_moment` for the moving averages
that Adam keeps of each learnt one (Kingma and Ba 2015); `NETWORK/step`, how often it was updated.
Where the generator is averaged (`CganConfig.ema_decay`): `average/PARAMETER` for all of its arrays,
running statistics as well.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.architecture import build_discriminator, build_generator
from colorize_cli.core.backend import Phase
from colorize_cli.core.cgan_config import CganConfig
from colorize_cli.core.efficientnet_unet import ENCODER
from colorize_cli.core.errors import BadConfigError
from colorize_cli.core.layers import Network, draw_parameters, misfits, parameters

GENERATOR: Final = "generator"
DISCRIMINATOR: Final = "discriminator"
AVERAGE: Final = "average"
DROPOUT_STREAM: Final = 5
"""Keeps these draws apart from those of the seed's other uses."""
MOMENTS: Final = ("first_moment", "second_moment")
TRAINED: Final[Mapping[Phase, tuple[str, ...]]] = {
    "adversarial": (DISCRIMINATOR, GENERATOR),
    "warm_up": (GENERATOR,),
}
"""Which networks learn in a phase, each from the loss of its own name."""

State = dict[str, NDArray[Any]]


def networks_of(config: CganConfig) -> dict[str, Network]:
    """Return the tables of both networks by name, the generator first."""
    return {
        GENERATOR: build_generator(config.generator),
        DISCRIMINATOR: build_discriminator(config.discriminator),
    }


def initial_state(config: CganConfig, *, seed: int) -> State:
    """Draw both networks from a seed, with optimizers that have not moved yet.

    The generator comes from stream 0 of the seed, the discriminator from stream 1, so that
    another discriminator leaves the generator's start as it is. The average, where there is one,
    starts at the generator.
    """
    state: State = {}
    for stream, (name, network) in enumerate(networks_of(config).items()):
        drawn = draw_parameters(network, np.random.default_rng([seed, stream]))
        state |= {f"{name}/{key}": array for key, array in drawn.items()}
        state |= {key: np.zeros(shape, np.float32) for key, shape in _moments(name, network)}
        state[f"{name}/step"] = np.array(0, np.int64)
    return with_generator(config, state, weights_of(state, GENERATOR))


def with_generator(
    config: CganConfig,
    state: Mapping[str, NDArray[Any]],
    weights: Mapping[str, NDArray[np.float32]],
) -> State:
    """Return a state whose generator, and its average where there is one, starts from weights.

    The optimizers are as they were. Raises BadConfigError if the weights do not fit.
    """
    odd = next(misfits(networks_of(config)[GENERATOR], weights), None)
    if odd is not None:
        raise BadConfigError(f"the weights do not fit this generator: {odd}")
    owners = (GENERATOR, AVERAGE) if config.ema_decay else (GENERATOR,)
    started = {f"{name}/{key}": array.copy() for name in owners for key, array in weights.items()}
    return {**state, **started}


def check_state(config: CganConfig, state: Mapping[str, NDArray[Any]]) -> None:
    """Raise BadConfigError unless a state has just the arrays that this CGAN needs."""
    expected = dict(_expected(config))
    odd = sorted(expected.keys() ^ state.keys())
    if odd:
        raise BadConfigError(f"the checkpoint does not fit this CGAN: see {odd[0]}")
    for name, shape in expected.items():
        if state[name].shape != shape:
            raise BadConfigError(
                f"the checkpoint does not fit this CGAN: {name} has shape {state[name].shape}, "
                f"not {shape}"
            )


def weights_of(state: Mapping[str, NDArray[Any]], network: str) -> State:
    """Return one network's parameters from a state, under their own names."""
    prefix = f"{network}/"
    return {
        name.removeprefix(prefix): array
        for name, array in state.items()
        if name.startswith(prefix) and name.count("/") == 1 and name != f"{network}/step"
    }


def generator_weights(state: Mapping[str, NDArray[Any]]) -> State:
    """Return the generator to colour with: the averaged one where a state has it."""
    return weights_of(state, AVERAGE) or weights_of(state, GENERATOR)


def average_decay(config: CganConfig, *, step: int) -> float:
    """Return what is kept of the average at the generator's step number `step`, from 1 on.

    min(ema_decay, (1 + t) / (10 + t)): see `CganConfig`.
    """
    return min(config.ema_decay, (1 + step) / (10 + step))


def rate_share(config: CganConfig, network: str, parameter: str) -> float:
    """Return by what a parameter's learning rate differs from `learning_rate`: see `CganConfig`."""
    if network == DISCRIMINATOR:
        return config.discriminator_rate
    return config.encoder_rate if parameter.startswith(f"{ENCODER}.") else 1.0


def dropout_seed(seed: int, *, step: int, rank: int = 0) -> int:
    """Return what seeds a worker's draws for dropout in the step after so many, below 2^63."""
    draws = np.random.SeedSequence([seed, step, rank, DROPOUT_STREAM])
    return int(draws.generate_state(1, np.uint64)[0] >> np.uint64(1))


def _expected(config: CganConfig) -> Iterator[tuple[str, tuple[int, ...]]]:
    for name, network in networks_of(config).items():
        yield from ((f"{name}/{entry.name}", entry.shape) for entry in parameters(network))
        yield from _moments(name, network)
        yield f"{name}/step", ()
    if config.ema_decay:
        generator = networks_of(config)[GENERATOR]
        yield from ((f"{AVERAGE}/{entry.name}", entry.shape) for entry in parameters(generator))


def _moments(name: str, network: Network) -> Iterator[tuple[str, tuple[int, ...]]]:
    for entry in parameters(network):
        if entry.is_trainable:
            yield from ((f"{name}/{entry.name}/{moment}", entry.shape) for moment in MOMENTS)
