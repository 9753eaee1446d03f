"""Compare the engines that are installed: pictures a second, and how far they are from float32.

    python benchmarks/engines.py [--paper | --model FILE] [--sizes 256] [--batches 1,8] [--rounds 7]

Claim: on a processor that computes in bfloat16 the backend `openvino` is the fastest of them in
batches. Its limit is 5 times the pictures of 256 pixels a second of PyTorch's eager float32, with
the bundled model and with the paper's generator (`--paper`: its full width, random weights).

The peer is a plain script: the network in PyTorch, float32, as it was built. Ours are the backends
that are installed, in each precision that they take; OpenCV's dnn reads the same network exported
to ONNX. All take turns in one process, on noise. Set OMP_NUM_THREADS for fewer threads.
"""

import argparse
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

import interleaved
import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.architecture import GeneratorSpec, build_generator
from colorize_cli.core.backend import Colorizer, Precision
from colorize_cli.core.errors import ColorizeError
from colorize_cli.core.layers import draw_parameters
from colorize_cli.core.model_choice import find_model
from colorize_cli.core.model_file import Model, read_model
from colorize_cli.core.onnx_graph import write_onnx
from colorize_cli.plugins import backend_states, choose_inference_backend

FloatArray = NDArray[np.float32]
Engine = Callable[[FloatArray], FloatArray]

PEER = "PyTorch, eager float32"
LIMIT = 5.0


def main() -> None:
    """Parse the command line and print a table for each size and batch."""
    options = parsed()
    model = chosen_model(options)
    engines = dict(installed_engines(model))
    packages = ("torch", "onnxruntime", "openvino", "tensorflow", "opencv-python-headless")
    print(interleaved.machine(*packages, "colorize-gan"))
    threads = os.environ.get("OMP_NUM_THREADS", "all")
    print(f"{model.generator}, {threads} threads; limit: {LIMIT:g} times {PEER} at 256 pixels")
    for size in options.sizes:
        for batch in options.batches:
            print(f"\n{batch} of {size}x{size} pixels\n")
            print(table(engines, noise(batch, size), rounds=options.rounds))


def parsed() -> argparse.Namespace:
    """Read the command line."""

    def numbers(text: str) -> list[int]:
        return [int(part) for part in text.split(",")]

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--paper", action="store_true", help="the paper's generator, random weights")
    which.add_argument("--model", type=Path, help="a model file; default: the bundled model")
    parser.add_argument("--sizes", type=numbers, default=[256])
    parser.add_argument("--batches", type=numbers, default=[1, 8])
    parser.add_argument("--rounds", type=int, default=7)
    return parser.parse_args()


def chosen_model(options: argparse.Namespace) -> Model:
    """Return the model that is asked for."""
    if options.paper:
        return paper_model()
    return read_model(options.model) if options.model else find_model(None)


def paper_model() -> Model:
    """Return the paper's generator, its maps normalized as after training, so that errors tell."""
    spec = GeneratorSpec(output="ab")
    network, random = build_generator(spec), np.random.default_rng(0)
    weights = draw_parameters(network, random)
    for name, array in weights.items():
        if name.endswith("convolution.weight"):
            # Keeps the variance of what goes through (He et al. 2015, section 2.2).
            array *= np.float32((2 / (array[0].size * 0.02**2)) ** 0.5)
    return Model(generator=spec, weights=weights)


def noise(batch: int, size: int) -> FloatArray:
    """Return gray noise (N, 1, H, W)."""
    random = np.random.default_rng(0)
    return random.uniform(-1, 1, (batch, 1, size, size)).astype(np.float32)


def installed_engines(model: Model) -> Iterator[tuple[str, Engine]]:
    """Yield what can be compared here by name, the peer first; say what is missing."""
    if find_spec("torch") is None:
        raise SystemExit("the peer is missing: pip install 'colorize-gan[torch]'")
    yield PEER, eager_float32(model)
    for state in backend_states():
        if state.state != "ok":
            print(f"{state.name} is left out: {state.reason}")
            continue
        for precision in get_args(Precision):
            colorizer = loaded(state.name, model, precision)
            if colorizer is not None:
                yield f"{state.name}, {precision}", colorizer
    if find_spec("cv2") is None:
        print("OpenCV is left out: cv2 is not installed")
    else:
        yield "OpenCV dnn, float32", opencv(model)


def loaded(name: str, model: Model, precision: Precision) -> Colorizer | None:
    """Return a backend's colorizer on the processor, None where it refuses the precision."""
    backend = choose_inference_backend(name)
    try:
        return backend.load_colorizer(model, device="cpu", precision=precision)
    except ColorizeError as error:
        print(f"{name}, {precision} is left out: {error.reason}")
        return None


def eager_float32(model: Model) -> Engine:
    """Return PyTorch's layers in turn, in its own order of memory, as they are when built."""
    import torch

    from colorize_torch.networks import TableNetwork

    network = TableNetwork(build_generator(model.generator)).eval()
    network.load(model.weights)

    def compute(gray: FloatArray) -> FloatArray:
        with torch.inference_mode():
            color: FloatArray = network(torch.from_numpy(gray)).numpy()
            return color

    return compute


def opencv(model: Model) -> Engine:
    """Return OpenCV's dnn on the exported network."""
    import cv2

    with TemporaryDirectory() as folder:
        path = Path(folder, "model.onnx")
        write_onnx(path, replace(model, path=None))
        network: Any = cv2.dnn.readNetFromONNX(str(path))
    cv2.setNumThreads(int(os.environ.get("OMP_NUM_THREADS", cv2.getNumberOfCPUs())))

    def compute(gray: FloatArray) -> FloatArray:
        network.setInput(gray)
        color: FloatArray = network.forward()
        return color

    return compute


def table(engines: dict[str, Engine], gray: FloatArray, *, rounds: int) -> str:
    """Return the engines as Markdown: the ratios are medians of the rounds', the peer's is 1."""
    expected = engines[PEER](gray)
    ways = {
        name: interleaved.call(lambda engine=engine: engine(gray))
        for name, engine in engines.items()
    }
    found = interleaved.timed(ways, rounds=rounds)
    lines = [
        "| engine | images/s | ratio | ratio by processor time | greatest error |",
        "|---|---|---|---|---|",
    ]
    for name, engine in engines.items():
        speed = len(gray) / found.median(name)
        wall, processor = (found.ratio(PEER, name, of=of) for of in ("wall", "processor"))
        error = np.abs(engine(gray) - expected).max()
        lines.append(f"| {name} | {speed:.1f} | {wall} | {processor} | {error:.0e} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
