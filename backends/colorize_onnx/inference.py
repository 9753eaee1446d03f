"""Colouring with ONNX Runtime."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from colorize_cli.core.architecture import build_generator
from colorize_cli.core.errors import UnavailableError
from colorize_cli.core.model_file import Model
from colorize_cli.core.tensor_file import tensor_offsets
from colorize_onnx.c_api import SILENT
from colorize_onnx.graph import mapped_graph, whole_graph
from colorize_onnx.mapped import is_held_by, is_safetensors
from colorize_onnx.session import WEIGHTS_FOLDER_KEY
from colorize_onnx.tuning import is_worth_fusing, threads


class OnnxColorizer:
    """A generator with fixed weights on one device."""

    def __init__(self, model: Model, *, device: str, is_shared: bool = False) -> None:
        self._device = device
        self._session = _session(model, device, _options(model, is_shared=is_shared))
        (self._input,) = (entry.name for entry in self._session.get_inputs())

    @property
    def device(self) -> str:
        """Where it runs."""
        return self._device

    def __call__(self, gray: NDArray[np.float32]) -> NDArray[np.float32]:
        """Predict colour `(N, C, H, W)` for gray `(N, 1, H, W)`."""
        contiguous = np.ascontiguousarray(gray, dtype=np.float32)
        color: NDArray[np.float32] = self._session.run(None, {self._input: contiguous})[0]
        return color


def _session(model: Model, device: str, options: Any) -> Any:
    if model.path is None:
        return _started(_whole_graph(model), options, device)
    path = model.path.resolve()
    # The graph of an ONNX file is anybody's program: of such a file only the weights are taken.
    if not is_safetensors(path) or not is_held_by(path, model):
        return _started(_whole_graph(model), options, device)
    options.add_session_config_entry(WEIGHTS_FOLDER_KEY.decode(), str(path.parent))
    return _started(_mapped_graph(model, path), options, device)


def _started(graph: bytes, options: Any, device: str) -> Any:
    name, settings = _provider(device)
    if name in onnxruntime.get_available_providers():
        session = onnxruntime.InferenceSession(graph, options, providers=[(name, settings)])
        # It would fall back to the processor without a word.
        if session.get_providers()[0] == name:
            return session
    raise UnavailableError(
        f"device {device!r} is not there: onnxruntime {onnxruntime.__version__} could not "
        "start on it; use --device cpu, or install what its CUDA provider needs"
    )


def _mapped_graph(model: Model, path: Path) -> bytes:
    network = build_generator(model.generator)
    return mapped_graph(network, tensor_offsets(path), path.name)


def _whole_graph(model: Model) -> bytes:
    return whole_graph(build_generator(model.generator), model.weights)


def _options(model: Model, *, is_shared: bool) -> Any:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = SILENT
    options.intra_op_num_threads = threads(is_shared=is_shared)
    # Even without it, weights are packed for the processor.
    level = onnxruntime.GraphOptimizationLevel
    is_fused = is_worth_fusing(build_generator(model.generator))
    options.graph_optimization_level = level.ORT_ENABLE_ALL if is_fused else level.ORT_DISABLE_ALL
    return options


def _provider(device: str) -> tuple[str, dict[str, str]]:
    if device == "cpu":
        return "CPUExecutionProvider", {}
    number = device.partition(":")[2] or "0"
    # TF32 has ten bits of mantissa: too few for the promise of equal results on every device.
    return "CUDAExecutionProvider", {"device_id": number, "use_tf32": "0"}
