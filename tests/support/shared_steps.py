"""A few steps of tiny networks, by one worker or by one of several: the same batches anyway.

usage: shared_steps.py BACKEND FOLDER - join the workers, train, and write FOLDER/RANK.json (the
losses of each step) and FOLDER/RANK-STEP.npz (the state after it).
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from colorize_cli.core.architecture import DiscriminatorSpec, GeneratorSpec
from colorize_cli.core.backend import Cgan, Phase
from colorize_cli.core.batches import shares_of
from colorize_cli.core.cgan_config import CganConfig
from colorize_cli.core.workers import Alone, Workers

SIZE = 32
CONFIG = CganConfig(
    generator=GeneratorSpec(output="ab", base_width=2, size=SIZE),
    discriminator=DiscriminatorSpec(family="patch-spectral", output="ab", base_width=2, size=SIZE),
    l1_weight=10.0,
    chroma_weight=2.0,
    smoothness=0.1,
    ema_decay=0.9,
    micro_batch=5,
)
STEPS: tuple[tuple[int, Phase, float], ...] = (
    (5, "adversarial", 1.0),
    (7, "adversarial", 0.5),
    (3, "warm_up", 1.0),
)
"""Pictures, phase and rate: five and three are shared unevenly, seven are learnt in two parts."""


def trained(cgan: Cgan, workers: Workers) -> list[tuple[dict[str, float], dict[str, Any]]]:
    """Do the steps with one worker's share of each; return losses and states."""
    done = []
    for seed, (pictures, phase, rate) in enumerate(STEPS):
        random = np.random.default_rng(seed)
        gray, color = (
            random.uniform(-1, 1, (pictures, channels, SIZE, SIZE)).astype(np.float32)
            for channels in (1, 2)
        )
        shares = shares_of(pictures, CONFIG.micro_batch, rank=workers.rank, workers=workers.count)
        own = np.concatenate([np.arange(pictures)[share] for share in shares])
        losses = cgan.train_step(gray[own], color[own], phase=phase, rate=rate)
        done.append((dict(losses), cgan.state()))
    return done


def main() -> None:
    from colorize_cli.plugins import choose_training_backend
    from colorize_trainers.following import join_workers

    backend, folder = choose_training_backend(sys.argv[1]), Path(sys.argv[2])
    workers = join_workers(backend, device="cpu")
    if isinstance(workers, Alone):
        sys.exit("not one of several workers")
    done = trained(backend.create_cgan(CONFIG, device="cpu", seed=0), workers)
    for step, (_, state) in enumerate(done):
        np.savez(folder / f"{workers.rank}-{step}.npz", **state)
    (folder / f"{workers.rank}.json").write_text(json.dumps([losses for losses, _ in done]))
    workers.leave()


if __name__ == "__main__":
    main()
