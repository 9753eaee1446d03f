"""Exporting from PyTorch: ONNX by the table, as every framework does, and torch.export's `.pt2`."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from colorize_cli.core.architecture import build_generator
from colorize_cli.core.backend import Colorizer
from colorize_cli.core.errors import UnavailableError, UsageError
from colorize_cli.core.layers import Network
from colorize_cli.core.model_file import Model
from colorize_cli.core.onnx_graph import write_onnx
from colorize_torch.networks import TableNetwork


def export_model(model: Model, path: Path, *, form: str) -> None:
    """Write a model as ONNX or PT2. Raises UsageError for any other form."""
    match form:
        case "onnx":
            write_onnx(path, model)
        case "pt2":
            _write_program(model, path)
        case _:
            raise UsageError(f"torch does not export {form!r} (it exports onnx and pt2)")


def load_export(path: Path, *, form: str) -> Colorizer:
    """Load a PT2 program. Raises UsageError for any other form."""
    if form != "pt2":
        raise UsageError(f"torch does not load {form!r} (it loads pt2)")
    return _Program(path)


class _Program:
    """A program of torch.export, on the processor."""

    device = "cpu"

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._program = torch.export.load(file).module()

    def __call__(self, gray: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.inference_mode():
            color: NDArray[np.float32] = self._program(torch.from_numpy(gray)).numpy()
        return color


def _write_program(model: Model, path: Path) -> None:
    network = build_generator(model.generator)
    generator = TableNetwork(network)
    generator.load(model.weights)
    # One of anything would be taken for a constant.
    example = torch.zeros(2, 1, 2 * network.stride, 3 * network.stride)
    with torch.no_grad(), _sizes_of_one_allowed():
        program = torch.export.export(
            generator.eval(), (example,), dynamic_shapes=_open_sizes(network)
        )
    with path.open("wb") as file:
        torch.export.save(program, file)


def _sizes_of_one_allowed() -> AbstractContextManager[None]:
    """Keep the tracer from demanding more than one of what is open: pictures of one stride.

    At the bottleneck they are 1x1, a shape for which PyTorch else has questions of its own.
    """
    from torch.fx.experimental import _config

    settings: Any = _config
    if not hasattr(settings, "backed_size_oblivious"):
        raise UnavailableError(
            f"torch {torch.__version__} cannot leave sizes open in pt2; try: pip install -U torch"
        )
    context: AbstractContextManager[None] = settings.patch(backed_size_oblivious=True)
    return context


def _open_sizes(network: Network) -> Any:
    """Say that the batch is open, and that height and width are any multiples of the stride."""
    batch, rows, columns = (torch.export.Dim(name) for name in ("batch", "rows", "columns"))
    gray = {0: batch, 2: network.stride * rows, 3: network.stride * columns}
    return ((gray,),)
