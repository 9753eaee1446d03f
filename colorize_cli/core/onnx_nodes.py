"""The layers of a table as nodes of ONNX, by the specification's operator set 17.

Dropout colours nothing out and passes on what it is given. A spectral norm stays what it is, a
computation from the kernel and the vector that are kept: so a graph holds a model's own weights.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.layers import (
    BATCH_NORM_EPSILON,
    LEAKY_SLOPE,
    Activation,
    ActivationName,
    Add,
    BatchNorm,
    Concatenate,
    Convolution,
    Dropout,
    Layer,
    Network,
    Resize,
    TransposedConvolution,
    parameters,
    sources_of,
)

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto

ACTIVATIONS: Final[Mapping[ActivationName, tuple[str, dict[str, Any]]]] = {
    "relu": ("Relu", {}),
    "relu6": ("Clip", {}),
    "leaky_relu": ("LeakyRelu", {"alpha": LEAKY_SLOPE}),
    "tanh": ("Tanh", {}),
    "sigmoid": ("Sigmoid", {}),
}
NEXT_VECTOR: Final = "next_weight_u"
"""Of a layer with a spectral norm: the tensor that training keeps as its `weight_u`."""


def nodes_of(layer: Layer) -> "list[NodeProto]":
    """Return what computes a layer; the last node's output has the layer's name."""
    from onnx import helper

    operator, attributes = _operator(layer)
    alone = Network(inputs=(), layers=(layer,), stride=1)
    needed = [entry.name for entry in parameters(alone)]
    constants = [entry.name for entry in constants_of(layer)]
    # Resize has an optional input between the picture and the scales.
    gap = [""] if isinstance(layer, Resize) else []
    before: list[NodeProto] = []
    if isinstance(layer, Convolution) and layer.has_spectral_norm:
        before = _spectral_norm(layer.name)
        needed = [before[-1].output[0], *(name for name in needed if name.endswith(".bias"))]
    inputs = [*sources_of(layer), *gap, *needed, *constants]
    return [*before, helper.make_node(operator, inputs, [layer.name], layer.name, **attributes)]


def constants_of(layer: Layer) -> "list[TensorProto]":
    """Return the initializers that a layer's node needs besides its parameters."""
    from onnx import numpy_helper

    constants: dict[str, NDArray[np.float32]] = {}
    if isinstance(layer, Resize):
        scales = [1, 1, layer.factor, layer.factor]
        constants["scales"] = np.array(scales, np.float32)
    elif isinstance(layer, Activation) and layer.function == "relu6":
        constants["least"] = np.array(0, np.float32)
        constants["greatest"] = np.array(6, np.float32)
    return [numpy_helper.from_array(a, f"{layer.name}.{k}") for k, a in constants.items()]


def _operator(layer: Layer) -> tuple[str, dict[str, Any]]:
    match layer:
        case Convolution():
            return "Conv", _window(layer, layer.padding) | {"group": layer.groups}
        case TransposedConvolution():
            return "ConvTranspose", _window(layer, (layer.padding, layer.padding))
        case BatchNorm():
            return "BatchNormalization", {"epsilon": BATCH_NORM_EPSILON}
        case Activation():
            return ACTIVATIONS[layer.function]
        case Dropout():
            return "Identity", {}
        case Concatenate():
            return "Concat", {"axis": 1}
        case Add():
            return "Sum", {}
        case Resize():
            mode = "linear" if layer.method == "bilinear" else "nearest"
            return "Resize", {"mode": mode, "coordinate_transformation_mode": "half_pixel"}


def _window(layer: Convolution | TransposedConvolution, padding: tuple[int, int]) -> dict[str, Any]:
    before, after = padding
    return {
        "kernel_shape": [layer.kernel] * 2,
        "strides": [layer.stride] * 2,
        "pads": [before, before, after, after],
    }


def _spectral_norm(name: str) -> "list[NodeProto]":
    """Return W / u^T W v after one power iteration from the vector that is kept: `core.layers`.

    The weight is the last node's output, the moved vector that of the one named `NEXT_VECTOR`.
    """
    from onnx import helper

    weight, left, moved = (f"{name}.{end}" for end in ("weight", "weight_u", NEXT_VECTOR))
    steps = (
        ("Flatten", (weight,), "matrix"),
        ("LpNormalization", (left,), "left"),
        ("MatMul", ("left", "matrix"), "right_raw"),
        ("LpNormalization", ("right_raw",), "right"),
        ("MatMul", ("matrix", "right"), "left_raw"),
        ("LpNormalization", ("left_raw",), moved),
        ("MatMul", (moved, "left_raw"), "norm"),
        ("Div", (weight, "norm"), "normal"),
    )
    kept = (weight, left, moved)
    return [
        helper.make_node(
            operator,
            [source if source in kept else f"{name}.spectral.{source}" for source in sources],
            [result if result in kept else f"{name}.spectral.{result}"],
        )
        for operator, sources, result in steps
    ]
