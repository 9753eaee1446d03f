"""What one framework makes of a given state and given batches: a process of its own.

python parity_run.py BACKEND GIVEN.npz FOUND.npz
"""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from colorize_cli import plugins
from colorize_cli.core.architecture import DiscriminatorSpec, GeneratorSpec, build_generator
from colorize_cli.core.backend import Cgan, Phase
from colorize_cli.core.cgan_config import CganConfig
from colorize_cli.core.cgan_state import (
    GENERATOR,
    State,
    initial_state,
    weights_of,
    with_generator,
)

SIZE, WIDTH, BATCH, STEPS = 32, 8, 8, 20
CONFIG = CganConfig(
    generator=GeneratorSpec(output="ab", base_width=WIDTH, size=SIZE),
    discriminator=DiscriminatorSpec(output="ab", base_width=WIDTH, size=SIZE),
    loss="nonsaturating",
    l1_weight=10.0,
)
SCHEDULED = replace(CONFIG, ema_decay=0.9, micro_batch=3)
SCHEDULE: tuple[tuple[Phase, float], ...] = (
    ("warm_up", 1.0), ("warm_up", 0.5), ("adversarial", 1.0), ("adversarial", 0.25),
)  # fmt: skip
"""Phase and rate of each step of a second training."""
LOSSES = ("discriminator", "generator", "adversarial", "l1")


def make_given() -> State:
    """Return a state whose running statistics are not the initial ones, and the batches."""
    random = np.random.default_rng(0)
    given = initial_state(CONFIG, seed=0)
    for name, array in given.items():
        if name.endswith("running_mean"):
            given[name] = random.normal(0, 0.1, array.shape).astype(np.float32)
        elif name.endswith("running_var"):
            given[name] = random.uniform(0.01, 0.1, array.shape).astype(np.float32)
    for name, channels in (("gray", 1), ("color", 2)):
        shape = (STEPS, BATCH, channels, SIZE, SIZE)
        given[f"batches/{name}"] = random.uniform(-1, 1, shape).astype(np.float32)
    return given


def find(backend: str, given: State) -> State:
    """Return outputs, losses of all steps, and the states after the first and the last."""
    grays, colors = given.pop("batches/gray"), given.pop("batches/color")
    cgan = plugins.choose_training_backend(backend).create_cgan(CONFIG, device="cpu", seed=99)
    cgan.restore(given)
    found = {
        "inferring": cgan.generate(grays[0]),
        "training": TRAINING_OUTPUTS[backend](weights_of(given, GENERATOR), grays[0]),
    }
    losses = []
    for step, (gray, color) in enumerate(zip(grays, colors, strict=True)):
        losses.append(cgan.train_step(gray, color))
        if step == 0:
            found |= _prefixed("first", cgan)
    found |= _prefixed("last", cgan)
    found["losses"] = np.array([[entry[name] for name in LOSSES] for entry in losses])
    found["inferring_last"] = cgan.generate(grays[0])
    return found | find_scheduled(backend, given, grays, colors)


def find_scheduled(backend: str, given: State, grays: Any, colors: Any) -> State:
    """Return the losses of both phases, the states after each step, and what the average gives."""
    cgan = plugins.choose_training_backend(backend).create_cgan(SCHEDULED, device="cpu", seed=99)
    cgan.restore(with_generator(SCHEDULED, given, weights_of(given, GENERATOR)))
    found: State = {}
    for step, (phase, rate) in enumerate(SCHEDULE):
        losses = cgan.train_step(grays[step], colors[step], phase=phase, rate=rate)
        found[f"scheduled_losses/{step}"] = np.array([losses[name] for name in sorted(losses)])
        found |= _prefixed(f"scheduled{step}", cgan)
    return {**found, "inferring_average": cgan.generate(grays[0])}


def torch_training_output(weights: State, gray: NDArray[np.float32]) -> NDArray[Any]:
    """Return what PyTorch's generator gives while its batch norm looks at the batch."""
    import torch

    from colorize_torch.networks import TableNetwork

    network = TableNetwork(build_generator(CONFIG.generator)).train()
    with torch.no_grad():
        network.load(weights)
        output: NDArray[Any] = network(torch.from_numpy(gray)).numpy()
    return output


def tensorflow_training_output(weights: State, gray: NDArray[np.float32]) -> NDArray[Any]:
    """Return what TensorFlow's generator gives while its batch norm looks at the batch."""
    from colorize_tensorflow.networks import TableNetwork, to_channels_first, to_channels_last

    network = TableNetwork(build_generator(CONFIG.generator), device="cpu")
    network.load(weights)
    output: NDArray[Any] = to_channels_first(
        network(to_channels_last(gray), is_training=True)
    ).numpy()
    return output


TRAINING_OUTPUTS = {"torch": torch_training_output, "tensorflow": tensorflow_training_output}
"""The contract shows a generator as it colours only; this looks behind it."""


def _prefixed(prefix: str, cgan: Cgan) -> State:
    return {f"{prefix}/{name}": array for name, array in cgan.state().items()}


if __name__ == "__main__":
    name, source, target = sys.argv[1:]
    with np.load(Path(source)) as file:
        arrays = dict(file)
    np.savez(Path(target), **find(name, arrays))
