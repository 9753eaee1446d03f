"""What a run is going to take: parameters, memory, steps and time, before anything is written."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from time import perf_counter
from typing import Final

from colorize_cli.core.backend import Cgan, TrainingBackend
from colorize_cli.core.batches import Batch, BatchPlan
from colorize_cli.core.cgan_config import CganConfig
from colorize_cli.core.cgan_state import DISCRIMINATOR, GENERATOR, networks_of
from colorize_cli.core.layers import (
    Concatenate,
    Convolution,
    Layer,
    Network,
    Resize,
    TransposedConvolution,
    count_trainable,
    sources_of,
)
from colorize_trainers.device_precision import fitted_to_device
from colorize_trainers.run_data import prepared
from colorize_trainers.run_directory import RunConfig
from colorize_trainers.runs import first_cgan

UNTIMED_STEPS: Final = 1
"""The first step also allocates, compiles and tunes."""
TIMED_STEPS: Final = 3
FLOAT_BYTES: Final = 4
COPIES: Final = 4
"""Of each parameter: itself, its gradient, and the two moments of Adam."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a run is going to take. `memory_bytes` is reckoned, `seconds_per_step` measured."""

    config: RunConfig
    plan: BatchPlan
    parameters: dict[str, int]
    memory_bytes: int
    seconds_per_step: float

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return self.config.recipe.epochs * self.plan.batches

    @property
    def seconds(self) -> float:
        """Time for all steps, without scores and samples."""
        return self.steps * self.seconds_per_step


def estimate_run(config: RunConfig, backend: TrainingBackend, *, device: str) -> Estimate:
    """Reckon and measure what a run would take. Raises ColorizeError as starting it would."""
    _, config, plan = prepared(config)
    config = fitted_to_device(config, backend, device=device)
    cgan, config = first_cgan(config, backend, device=device)
    cgan_config = config.recipe.cgan_config()
    networks = networks_of(cgan_config)
    return Estimate(
        config=config,
        plan=plan,
        parameters={name: count_trainable(network) for name, network in networks.items()},
        memory_bytes=memory_bytes(
            cgan_config,
            batch_size=min(plan.batch_size, plan.images),
            size=max(plan.sizes, default=None),
        ),
        seconds_per_step=_seconds_per_step(cgan, plan),
    )


def memory_bytes(config: CganConfig, *, batch_size: int, size: int | None = None) -> int:
    """Reckon the memory of a step: parameters with gradients and moments, and kept activations.

    Pictures have `size` pixels a side; None: as many as the generator was made for.

    Every layer's output counts once for the generator and twice for the discriminator, which
    judges two pictures, all in float32. What a framework needs beside that is not in it.
    """
    networks = networks_of(config)
    parameters = {name: count_trainable(network) for name, network in networks.items()}
    copies = COPIES * sum(parameters.values()) + bool(config.ema_decay) * parameters[GENERATOR]
    pictures = min(batch_size, config.micro_batch or batch_size)
    size = size or config.generator.size
    kept = activations(networks[GENERATOR], size) + 2 * activations(networks[DISCRIMINATOR], size)
    return FLOAT_BYTES * (copies + pictures * kept)


def activations(network: Network, size: int) -> int:
    """Count the numbers that the layers give for one picture of `size` by `size` pixels."""
    return sum(channels * side**2 for channels, side in _outputs(network, size))


def _outputs(network: Network, size: int) -> Iterator[tuple[int, int]]:
    known = {entry.name: (entry.channels, size) for entry in network.inputs}
    for layer in network.layers:
        known[layer.name] = _output(layer, [known[name] for name in sources_of(layer)])
        yield known[layer.name]


def _output(layer: Layer, sources: list[tuple[int, int]]) -> tuple[int, int]:
    channels, side = sources[0]
    match layer:
        case Convolution():
            padded = side + sum(layer.padding)
            return layer.out_channels, (padded - layer.kernel) // layer.stride + 1
        case TransposedConvolution():
            enlarged = (side - 1) * layer.stride + layer.kernel
            return layer.out_channels, enlarged - 2 * layer.padding
        case Concatenate():
            return sum(count for count, _ in sources), side
        case Resize():
            return channels, side * layer.factor
        case _:
            return channels, side


def _seconds_per_step(cgan: Cgan, plan: BatchPlan) -> float:
    batches = list(islice(_batches(plan), UNTIMED_STEPS + TIMED_STEPS))
    known: set[tuple[int, ...]] = set()
    seconds = []
    for number, batch in enumerate(batches):
        # So does the first of another size.
        if batch.gray.shape[2:] not in known and number:
            cgan.train_step(batch.gray, batch.color)
        known.add(batch.gray.shape[2:])
        started = perf_counter()
        cgan.train_step(batch.gray, batch.color)
        seconds.append(perf_counter() - started)
    timed = seconds[UNTIMED_STEPS:] or seconds
    return sum(timed) / len(timed)


def _batches(plan: BatchPlan) -> Iterator[Batch]:
    """Give the batches of one epoch after another."""
    epoch = 0
    while True:
        yield from plan.epoch(epoch)
        epoch += 1
