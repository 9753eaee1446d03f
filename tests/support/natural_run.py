"""What one framework makes of networks like those of the recipe `natural`: a process of its own.

python natural_run.py BACKEND FOUND.npz
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from colorize_cli import plugins
from colorize_cli.core.architecture import DiscriminatorSpec, GeneratorSpec
from colorize_cli.core.cgan_config import CganConfig
from colorize_cli.core.cgan_state import State, initial_state

SIZE, BATCH = 64, 4
CONFIG = CganConfig(
    generator=GeneratorSpec(family="efficientnet-unet", output="ab", base_width=4, size=SIZE),
    discriminator=DiscriminatorSpec(family="patch-spectral", output="ab", base_width=4, size=SIZE),
    loss="hinge",
    l1_weight=10.0,
    chroma_weight=5.5,
    smoothness=0.05,
    encoder_rate=0.2,
    discriminator_rate=2.0,
    beta1=0.9,
    # So large that the rounding of gradients near zero does not become whole steps of Adam.
    epsilon=1e-3,
)
LOSSES = ("discriminator", "generator", "adversarial", "l1")


def make_batch() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return gray, and another noise for colour."""
    random = np.random.default_rng(7)
    gray, color = (
        random.uniform(-1, 1, (BATCH, channels, SIZE, SIZE)).astype(np.float32)
        for channels in (1, 2)
    )
    return gray, color


def make_gray() -> NDArray[np.float32]:
    """Return noise that is wider than high."""
    noise = np.random.default_rng(8).uniform(-1, 1, (1, 1, 64, 96))
    return noise.astype(np.float32)


def make_state() -> State:
    """Return a state from which signals reach the ends of networks as deep as these.

    Kernels of variance 2 / fan-in (He et al. 2015): the initial ones would let them die out.
    """
    state, random = initial_state(CONFIG, seed=0), np.random.default_rng(1)
    for name, array in state.items():
        if name.endswith(".weight") and array.ndim == 4:
            deviation = (2 / array[0].size) ** 0.5
            state[name] = random.normal(0, deviation, array.shape).astype(np.float32)
    return state


def find(backend: str) -> dict[str, Any]:
    """Return the losses of a step, the state after it, and colour before and after it."""
    cgan = plugins.choose_training_backend(backend).create_cgan(CONFIG, device="cpu", seed=99)
    cgan.restore(make_state())
    before = cgan.generate(make_gray())
    losses = cgan.train_step(*make_batch())
    return {
        **cgan.state(),
        "losses": np.array([losses[name] for name in LOSSES]),
        "before": before,
        "after": cgan.generate(make_gray()),
    }


if __name__ == "__main__":
    name, target = sys.argv[1:]
    np.savez(Path(target), **find(name))
