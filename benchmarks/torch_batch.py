"""Compare colouring with `--backend torch` in bfloat16 with a bare loop of PyTorch.

    OMP_NUM_THREADS=1 python benchmarks/torch_batch.py [--paper] [--shapes 1x128,1x256,8x256]

Claim: in bfloat16 the backend `torch` colours at least 0.9 of the pictures a second that a bare
loop of the same network colours. Ours is what `colorize run` calls for each picture: arrays of
NumPy in and out. The loop has prepared tensors and does nothing but compute, in inference mode, by
a network that is bfloat16 throughout and channels last: the paper's generator (`--paper`, full
width, random weights) as people write it by hand; of the bundled model our own modules, which are
as fast as the plain operations that `torch.export` makes of them. Both take turns, on noise.
"""

import argparse
from collections.abc import Callable
from functools import partial

import engines
import interleaved
import torch
from torch import Tensor, nn

from colorize_cli.core.architecture import build_generator
from colorize_cli.core.model_choice import find_model
from colorize_cli.core.model_file import Model
from colorize_cli.plugins import choose_inference_backend
from colorize_torch.networks import TableNetwork

OURS, BARE = "ours", "bare"
LIMIT = 0.9
PIXELS = 2**18
"""About how many one round computes each way, lest it be too short to be timed."""


def main() -> None:
    """Parse the command line and print a line for each shape of batch."""
    options = parsed()
    model = engines.paper_model() if options.paper else find_model(None)
    backend = choose_inference_backend("torch")
    ours = backend.load_colorizer(model, device="cpu", precision="bfloat16")
    print(interleaved.machine("torch", "numpy", "colorize-gan"))
    print(f"{model.generator}, bfloat16, {torch.get_num_threads()} threads")
    print(f"limit: at least {LIMIT} of the bare loop's images a second\n")
    print("| batch | images/s | of the bare loop's | by processor time |")
    print("|---|---|---|---|")
    for batch, size in options.shapes:
        gray = engines.noise(batch, size)
        tensor = prepared(torch.from_numpy(gray))
        bare = (by_hand if options.paper else of_our_modules)(model, tensor)
        times = max(1, PIXELS // gray.size)
        ways = {OURS: repeated(partial(ours, gray), times), BARE: repeated(bare, times)}
        found = interleaved.timed(ways, rounds=options.rounds)
        speed = times * batch / found.median(OURS)
        shares = [found.ratio(BARE, OURS, of=of) for of in ("wall", "processor")]
        print(f"| {batch} of {size}x{size} | {speed:.1f} | {shares[0]} | {shares[1]} |")


def parsed() -> argparse.Namespace:
    """Read the command line."""

    def shapes(text: str) -> list[list[int]]:
        return [[int(number) for number in part.split("x")] for part in text.split(",")]

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--paper", action="store_true", help="the paper's generator")
    parser.add_argument("--shapes", type=shapes, default="1x128,1x256,8x256")
    parser.add_argument("--rounds", type=int, default=15)
    return parser.parse_args()


def prepared(tensor: Tensor) -> Tensor:
    """Return a tensor as the bare loop is given it."""
    return tensor.to(dtype=torch.bfloat16, memory_format=torch.channels_last)


def of_our_modules(model: Model, tensor: Tensor) -> Callable[[], object]:
    """Return a call of the model's network."""
    network = TableNetwork(build_generator(model.generator)).eval()
    network.load(model.weights)
    return bare_call(in_bfloat16(network), tensor)


def by_hand(model: Model, tensor: Tensor) -> Callable[[], object]:
    """Return a call of the paper's generator, with weights of its own."""
    from torch_step_by_hand import generator

    spec = model.generator
    return bare_call(in_bfloat16(generator(spec.base_width, spec.size).eval()), tensor)


def in_bfloat16(network: nn.Module) -> nn.Module:
    """Cast everything, batch norm too."""
    return network.to(dtype=torch.bfloat16, memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def bare_call(network: Callable[[Tensor], Tensor], tensor: Tensor) -> Callable[[], object]:
    """Return the loop's body."""

    def compute() -> Tensor:
        with torch.inference_mode():
            return network(tensor)

    return compute


def repeated(work: Callable[[], object], times: int) -> interleaved.Way:
    """Return a way that does the same several times."""

    def loop() -> None:
        for _ in range(times):
            work()

    return interleaved.call(loop)


if __name__ == "__main__":
    main()
