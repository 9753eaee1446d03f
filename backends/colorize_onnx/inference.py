"""Colouring with ONNX Runtime."""

import os
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi.onnxruntime_pybind11_state import (
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
)

from colorize_cli.core.architecture import build_generator
from colorize_cli.core.errors import BadConfigError, UnavailableError
from colorize_cli.core.model_file import Model
from colorize_cli.core.onnx_graph import build_graph, embedded_weights, mapped_weights
from colorize_cli.core.tensor_file import tensor_offsets

WEIGHTS_FOLDER_KEY: Final = "session.model_external_initializers_file_folder_path"
"""Where external weights lie, for a graph that comes from memory."""
FIRST_THAT_MAPS: Final = (1, 21)
"""The first onnxruntime that heeds that key; older ones look beside the working folder."""
MOST_FUSED_WEIGHTS: Final = 10_000_000
"""In larger models operators are left as they are, for fusing them copies all weights: the paper's
(42 million) are ready 1.5 times as late and gain a twentieth at most. An efficientnet-unet (4
million) is ready as soon, and then takes 6 ms rather than 11 for 128x128 pixels, 88 rather than 150
for 512x512 (onnxruntime 1.32, one thread of an EPYC)."""
SAMPLE: Final = 64
"""How many bytes of every array are compared with the file that they came from."""
SILENT: Final = 4
"""Only fatal errors are logged: what goes wrong is raised as well."""


class OnnxColorizer:
    """A generator with fixed weights on one device."""

    def __init__(self, model: Model, *, device: str) -> None:
        self._device = device
        self._session = _session(model, device)
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


def _session(model: Model, device: str) -> Any:
    options = _options(model)
    if model.path is None:
        return _started(_whole_graph(model), options, device)
    path = model.path.resolve()
    if not _is_safetensors(path):
        return _started_from_file(path, options, device)
    if not _can_map() or not _holds(path, model):
        return _started(_whole_graph(model), options, device)
    options.add_session_config_entry(WEIGHTS_FOLDER_KEY, str(path.parent))
    return _started(_mapped_graph(model, path), options, device)


def _started_from_file(path: Path, options: Any, device: str) -> Any:
    try:
        return _started(path.read_bytes(), options, device)
    except (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf) as error:
        raise BadConfigError("not a graph that onnxruntime can run", path=path) from error


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
    graph: bytes = build_graph(network, mapped_weights(network, path)).SerializeToString()
    return graph


def _whole_graph(model: Model) -> bytes:
    network = build_generator(model.generator)
    graph: bytes = build_graph(network, embedded_weights(model.weights)).SerializeToString()
    return graph


def _options(model: Model) -> Any:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = SILENT
    options.intra_op_num_threads = _threads()
    # Even without it, weights are packed for the processor.
    level = onnxruntime.GraphOptimizationLevel
    is_worth_fusing = sum(array.size for array in model.weights.values()) <= MOST_FUSED_WEIGHTS
    options.graph_optimization_level = (
        level.ORT_ENABLE_ALL if is_worth_fusing else level.ORT_DISABLE_ALL
    )
    return options


def _provider(device: str) -> tuple[str, dict[str, str]]:
    if device == "cpu":
        return "CPUExecutionProvider", {}
    number = device.partition(":")[2] or "0"
    # TF32 has ten bits of mantissa: too few for the promise of equal results on every device.
    return "CUDAExecutionProvider", {"device_id": number, "use_tf32": "0"}


def _threads() -> int:
    asked = os.environ.get("OMP_NUM_THREADS", "")
    if asked.isdecimal() and int(asked):
        return int(asked)
    # Not everywhere, and counts the processors that this process may use.
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _can_map() -> bool:
    major, minor, *_ = onnxruntime.__version__.split(".")
    return (int(major), int(minor)) >= FIRST_THAT_MAPS


def _is_safetensors(path: Path) -> bool:
    """Whether the JSON header begins where safetensors has it, after eight bytes of length."""
    with path.open("rb") as file:
        return file.read(9)[8:] == b"{"


def _holds(path: Path, model: Model) -> bool:
    """Whether a file's weights are still the model's, by the first numbers of every array.

    Training on, averaging or another file in the same place change all of them.
    """
    with path.open("rb") as file:
        for name, (offset, length) in tensor_offsets(path).items():
            file.seek(offset)
            first = np.frombuffer(file.read(min(length, SAMPLE)), "<f4")
            if name not in model.weights:
                return False
            if not np.array_equal(first, model.weights[name].ravel()[: first.size]):
                return False
    return True
