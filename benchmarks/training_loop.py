"""Compare the training loop with the bare step: does preparing batches ever keep a step waiting?

    python benchmarks/training_loop.py [--backend torch] [--base-width 16] [--augmented]

In turn, so that both meet the same machine: steps on one batch that lies ready, and as many steps
on the batches of an epoch. Prints the medians of both in images a second, the median of the
rounds' ratios, the part of the loop's time in which no batch was ready, and how many pictures one
thread alone prepares in a second of its own time.
"""

import argparse
import json
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from time import perf_counter, thread_time

import numpy as np

from colorize_cli.core.architecture import DiscriminatorSpec, GeneratorSpec
from colorize_cli.core.augmentation import NOT_AUGMENTED, Augmentation
from colorize_cli.core.backend import Cgan, CganConfig
from colorize_cli.core.batches import Batch, BatchPlan
from colorize_cli.plugins import choose_training_backend

EVERY_AUGMENTATION = Augmentation(crop=0.4, tone=0.5, grain=0.05, blur=1.0)


def main() -> None:
    """Parse the command line and print the figures."""
    options = parsed()
    plan = plan_of(options, EVERY_AUGMENTATION if options.augmented else NOT_AUGMENTED)
    config = CganConfig(
        generator=GeneratorSpec(output="ab", base_width=options.base_width, size=options.size),
        discriminator=DiscriminatorSpec(
            output="ab", base_width=options.base_width, size=options.size
        ),
        l1_weight=100.0,
        precision=options.precision,
    )
    backend = choose_training_backend(options.backend)
    cgan = backend.create_cgan(config, device=options.device)
    rounds = compared(cgan, plan, options.rounds)
    ratios = [loop.speed / bare.speed for bare, loop in rounds]
    report = {
        "backend": backend.name,
        "device": cgan.device,
        "precision": options.precision,
        "size": options.size,
        "base_width": options.base_width,
        "batch_size": options.batch_size,
        "augmented": options.augmented,
        "bare_images_per_second": round(median(bare.speed for bare, _ in rounds), 1),
        "loop_images_per_second": round(median(loop.speed for _, loop in rounds), 1),
        "ratio": round(median(ratios), 3),
        "ratios": [round(ratio, 3) for ratio in ratios],
        "waited": round(median(loop.waited for _, loop in rounds), 4),
        "prepared_images_per_second": round(preparing(plan)),
    }
    print(json.dumps(report))


def parsed() -> argparse.Namespace:
    """Read the command line; the defaults are the network and batch of the recipe `compact`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backend", help="the framework: torch or tensorflow")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", default="bfloat16", choices=["float32", "bfloat16"])
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--base-width", type=int, default=16)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--batches", type=int, default=20, help="steps of a turn")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--augmented", action="store_true", help="with crops, tone, grain and blur")
    return parser.parse_args()


def plan_of(options: argparse.Namespace, augmentation: Augmentation) -> BatchPlan:
    """Return epochs of noise: what is in a picture does not change how long it takes."""
    shape = (options.batches * options.batch_size, options.size, options.size, 3)
    return BatchPlan(
        photos=np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8),
        variants=("original",),
        batch_size=options.batch_size,
        output="ab",
        seed=0,
        augmentation=augmentation,
    )


@dataclass(frozen=True)
class Turn:
    """How many images a second were learnt, and the part of the time spent waiting for them."""

    speed: float
    waited: float


def compared(cgan: Cgan, plan: BatchPlan, rounds: int) -> list[tuple[Turn, Turn]]:
    """Return what the bare step and the loop did in each round."""
    ready = plan.prepare(np.arange(plan.batch_size))
    train(cgan, [ready] * 2)  # what is built and allocated once is not counted
    return [
        (train(cgan, [ready] * plan.batches), train(cgan, plan.epoch(number)))
        for number in range(rounds)
    ]


def train(cgan: Cgan, batches: Iterable[Batch]) -> Turn:
    """Take a step on each batch."""
    images, learning, started = 0, 0.0, perf_counter()
    for batch in batches:
        begun = perf_counter()
        cgan.train_step(batch.gray, batch.color)
        learning += perf_counter() - begun
        images += len(batch.gray)
    whole = perf_counter() - started
    return Turn(speed=images / whole, waited=1 - learning / whole)


def preparing(plan: BatchPlan) -> float:
    """Return how many images one thread prepares in a second of its own time."""
    started = thread_time()
    for first in range(0, plan.images, plan.batch_size):
        plan.prepare(np.arange(first, first + plan.batch_size))
    return plan.images / (thread_time() - started)


if __name__ == "__main__":
    main()
