"""Compare a training step with the same step written by hand in its framework.

    python benchmarks/training_step.py [--framework torch] [--base-width 16] [--rounds 7]

The paper's networks (U-Net down to 1x1, discriminator of the whole picture; ab, L1 weight 100) on
a fixed batch of noise. By hand, in PyTorch: channels last, bfloat16 autocast, fused Adam, both in
turn as pix2pix does, and from one forward pass as ours. In TensorFlow: `tf.function`, Keras layers
in mixed bfloat16, Keras' Adam. Each way has a process of its own, which waits for its turn.
Prints the time of one turn of each, and its ratio to ours: 1 is as fast, 1.2 a fifth slower.
"""

import argparse
import multiprocessing
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import interleaved

OURS = "ours"
WAYS = {
    "torch": (OURS, "by hand, in turn", "by hand, one pass"),
    "tensorflow": (OURS, "by hand, Keras"),
}
LIMITS = {"torch": 1.0, "tensorflow": 0.9}
WARM_UP = 3


def main() -> None:
    """Parse the command line and print the table."""
    options = parsed()
    spawn = multiprocessing.get_context("spawn")
    ways, workers = {}, []
    for way in WAYS[options.framework]:
        here, there = spawn.Pipe()
        worker = spawn.Process(target=work, args=(there, way, options), daemon=True)
        worker.start()
        here.recv()  # it is ready: the ways do not disturb each other while they are built
        ways[way], workers = turn_of(here), [*workers, worker]
    rounds = interleaved.timed(ways, rounds=options.rounds)
    for worker in workers:
        worker.terminate()
    print(interleaved.machine(options.framework, "colorize-gan"))
    print(f"{options.steps} steps of {options.batch_size} pictures of {options.size} pixels,")
    print(f"base width {options.base_width}, {options.precision}; limit: {OURS} has at least")
    print(f"{LIMITS[options.framework]:g} of the images a second of the fastest by hand\n")
    print(rounds.table(OURS))
    for way in WAYS[options.framework][1:]:
        print(f"\n{OURS}: {rounds.ratio(way, OURS)} of the images/s of {way}")


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--framework", default="torch", choices=list(WAYS))
    parser.add_argument("--precision", default="bfloat16", choices=["float32", "bfloat16"])
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--base-width", type=int, default=16)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--steps", type=int, default=5, help="steps of a turn")
    parser.add_argument("--rounds", type=int, default=7)
    return parser.parse_args()


def turn_of(worker: Connection) -> interleaved.Way:
    """Return a way that lets a process take one turn and tell what it cost."""

    def turn() -> interleaved.Cost:
        worker.send("turn")
        cost: interleaved.Cost = worker.recv()
        return cost

    return turn


def work(pipe: Connection, way: str, options: argparse.Namespace) -> None:
    """Be the process of one way: steps whenever they are asked for."""
    step = step_of(way, options)
    for _ in range(WARM_UP):
        step()
    turn = interleaved.call(lambda: [step() for _ in range(options.steps)])
    pipe.send("ready")
    while pipe.recv():
        pipe.send(turn())


def step_of(way: str, options: argparse.Namespace) -> Callable[[], object]:
    """Build the networks of a way, and return its step on the batch."""
    gray, color = batch_of(options)
    if way == OURS:
        return our_step(gray, color, options)
    settings: dict[str, Any] = {"base_width": options.base_width, "precision": options.precision}
    if options.framework == "torch":
        import torch_step_by_hand

        is_in_turn = way.endswith("in turn")
        return torch_step_by_hand.step_of(gray, color, is_in_turn=is_in_turn, **settings)
    from colorize_tensorflow.devices import load_tensorflow

    load_tensorflow()  # heeds OMP_NUM_THREADS, as ours does
    import tensorflow_step_by_hand

    return tensorflow_step_by_hand.step_of(gray, color, **settings)


def our_step(gray: Any, color: Any, options: argparse.Namespace) -> Callable[[], object]:
    """Return the step of `colorize train`."""
    from colorize_cli.core.architecture import DiscriminatorSpec, GeneratorSpec
    from colorize_cli.core.cgan_config import CganConfig
    from colorize_cli.plugins import choose_training_backend

    shape = {"output": "ab", "base_width": options.base_width, "size": options.size}
    config = CganConfig(
        generator=GeneratorSpec(**shape),
        discriminator=DiscriminatorSpec(**shape),
        loss="nonsaturating",
        l1_weight=100.0,
        precision=options.precision,
    )
    cgan = choose_training_backend(options.framework).create_cgan(config, device="cpu")
    return lambda: cgan.train_step(gray, color)


def batch_of(options: argparse.Namespace) -> tuple[Any, ...]:
    """Return noise: what is in a picture does not change how long it takes."""
    import numpy as np

    draws = np.random.default_rng(0)
    shapes = [(options.batch_size, channels, options.size, options.size) for channels in (1, 2)]
    return tuple(draws.uniform(-1, 1, shape).astype(np.float32) for shape in shapes)


if __name__ == "__main__":
    sys.exit(main())
