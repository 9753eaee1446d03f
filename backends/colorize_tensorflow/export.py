"""Exporting from TensorFlow: ONNX by the table, as every framework does, SavedModel and LiteRT.

All take gray `(N, 1, H, W)` as `gray` and give colour `(N, C, H, W)` as `color`, batch and sizes
open.
"""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from colorize_cli.core.architecture import build_generator
from colorize_cli.core.backend import Colorizer
from colorize_cli.core.errors import UsageError
from colorize_cli.core.model_file import Model
from colorize_cli.core.onnx_graph import write_onnx
from colorize_tensorflow.devices import stderr_held_back
from colorize_tensorflow.inference import run_compiled
from colorize_tensorflow.networks import TableNetwork, to_channels_first, to_channels_last

SIGNATURE = "serving_default"
"""The name under which servers of TensorFlow look for a model's function."""


def export_model(model: Model, path: Path, *, form: str) -> None:
    """Write a model as ONNX, SavedModel (a folder) or LiteRT. Raises UsageError for others."""
    match form:
        case "onnx":
            write_onnx(path, model)
        case "savedmodel":
            module = _exportable(model)
            tf.saved_model.save(module, str(path), signatures={SIGNATURE: module.colorize})
        case "tflite":
            path.write_bytes(_as_tflite(model))
        case _:
            raise UsageError(
                f"tensorflow does not export {form!r} (it exports onnx, savedmodel and tflite)"
            )


def load_export(path: Path, *, form: str) -> Colorizer:
    """Load a SavedModel or a LiteRT file. Raises UsageError for any other form."""
    match form:
        case "savedmodel":
            return _SavedModel(path)
        case "tflite":
            return _LiteModel(path)
        case _:
            raise UsageError(f"tensorflow does not load {form!r} (it loads savedmodel and tflite)")


class _SavedModel:
    """A SavedModel by its signature, on the processor."""

    device = "cpu"

    def __init__(self, path: Path) -> None:
        with tf.device("/CPU:0"):
            # The module owns the variables that the function reads.
            self._module = tf.saved_model.load(str(path))
        self._function = self._module.signatures[SIGNATURE]

    def __call__(self, gray: NDArray[np.float32]) -> NDArray[np.float32]:
        with tf.device("/CPU:0"):
            return run_compiled(lambda tensor: self._function(gray=tensor)["color"], gray)


class _LiteModel:
    """A LiteRT file in its interpreter, which runs on the processor."""

    device = "cpu"

    def __init__(self, path: Path) -> None:
        with warnings.catch_warnings():
            # It has moved to a package of its own, which would be one more to install; this one
            # is in every release that the backend supports.
            warnings.filterwarnings("ignore", "(?s).*use the LiteRT interpreter")
            self._interpreter = tf.lite.Interpreter(model_path=str(path))

    def __call__(self, gray: NDArray[np.float32]) -> NDArray[np.float32]:
        (entry,) = self._interpreter.get_input_details()
        self._interpreter.resize_tensor_input(entry["index"], gray.shape)
        with stderr_held_back():  # it tells which of its ways to compute it has taken
            self._interpreter.allocate_tensors()
        self._interpreter.set_tensor(entry["index"], gray)
        self._interpreter.invoke()
        (result,) = self._interpreter.get_output_details()
        color: NDArray[np.float32] = self._interpreter.get_tensor(result["index"])
        return color


def _exportable(model: Model) -> Any:
    generator = TableNetwork(build_generator(model.generator), device="cpu")
    generator.load(model.weights)

    def colorize(gray: Any) -> dict[str, Any]:
        color = generator(to_channels_last(gray), is_training=False)
        return {"color": to_channels_first(color)}

    module = tf.Module(name="generator")
    # What is not reachable from the module is not saved.
    module.parameters = generator.variables
    gray = tf.TensorSpec([None, 1, None, None], tf.float32, name="gray")
    module.colorize = tf.function(colorize, input_signature=[gray], autograph=False)
    return module


def _as_tflite(model: Model) -> bytes:
    module = _exportable(model)
    function = module.colorize.get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], module)
    with stderr_held_back():  # it tells what it ignores
        converted: bytes = converter.convert()
    return converted
