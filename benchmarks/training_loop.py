"""Compare the training loop with the bare step: does preparing batches ever keep a step waiting?

    python benchmarks/training_loop.py [--backend torch] [--base-width 16] [--augmented]

In turn, so that both meet the same machine: steps on one batch that lies ready, and as many steps
on the batches of an epoch. Prints what both cost, the median of the rounds' ratios in images a
second, the part of the loop's time in which no batch was ready, and how many pictures one thread
alone prepares in a second of its own time.
"""

import argparse
from collections.abc import Callable, Iterable
from itertools import count
from statistics import median
from time import perf_counter, thread_time

import interleaved
import numpy as np

from colorize_cli.core.architecture import DiscriminatorSpec, GeneratorSpec
from colorize_cli.core.augmentation import NOT_AUGMENTED, Augmentation
from colorize_cli.core.backend import Cgan
from colorize_cli.core.batches import Batch, BatchPlan
from colorize_cli.core.cgan_config import CganConfig
from colorize_cli.plugins import choose_training_backend

LIMIT = 0.95
WARM_UP = 2

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
    rounds, waited = compared(cgan, plan, options.rounds)
    facts = f"{options.precision}, {options.size} pixels, base width {options.base_width}"
    print(interleaved.machine(backend.name, "numpy", "colorize-gan"))
    print(f"{backend.name} on {cgan.device}, {facts}: {plan.batches} steps\n")
    print(rounds.table("bare"))
    print(f"\nloop: {rounds.ratio('bare', 'loop')} of the bare step's images/s; limit {LIMIT}")
    print(f"{waited:.1%} of the loop's time no batch was ready")
    print(f"one thread prepares {preparing(plan):.0f} pictures a second of its own time")


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


def compared(cgan: Cgan, plan: BatchPlan, rounds: int) -> tuple[interleaved.Rounds, float]:
    """Return what the bare step and the loop cost, and the part of its time that it waited."""
    ready = plan.prepare(np.arange(plan.batch_size))
    learn(cgan, [ready] * WARM_UP)  # what is built and allocated once is not counted
    waits: list[float] = []
    numbers = count()
    ways: dict[str, Callable[[], object]] = {
        "bare": lambda: learn(cgan, [ready] * plan.batches),
        "loop": lambda: waits.append(learn(cgan, plan.epoch(next(numbers)))),
    }
    costs = interleaved.timed(
        {name: interleaved.call(way) for name, way in ways.items()}, rounds=rounds
    )
    return costs, median(waits)


def learn(cgan: Cgan, batches: Iterable[Batch]) -> float:
    """Take a step on each batch; return the part of the time that was spent waiting for them."""
    learning, started = 0.0, perf_counter()
    for batch in batches:
        begun = perf_counter()
        cgan.train_step(batch.gray, batch.color)
        learning += perf_counter() - begun
    return 1 - learning / (perf_counter() - started)


def preparing(plan: BatchPlan) -> float:
    """Return how many images one thread prepares in a second of its own time."""
    started = thread_time()
    for first in range(0, plan.images, plan.batch_size):
        plan.prepare(np.arange(first, first + plan.batch_size))
    return plan.images / (thread_time() - started)


if __name__ == "__main__":
    main()
