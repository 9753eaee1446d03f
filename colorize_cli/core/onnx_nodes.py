"""The layers of a table as nodes of ONNX, by the specification at `OPSET`.

Dropout colours nothing out and passes on what it is given. A spectral norm stays what it is, a
computation from the kernel and the vector that are kept: so a graph holds a model's own weights.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

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

OPSET: Final = 17
"""The operator set, which ONNX Runtime reads since 1.12 (2022)."""
IR_VERSION: Final = 8
"""The file format's version that goes with the operator set (onnx/docs/Versioning.md)."""
ACTIVATIONS: Final[Mapping[ActivationName, tuple[str, dict[str, Any]]]] = {
    "relu": ("Relu", {}),
    "relu6": ("Clip", {}),
    "leaky_relu": ("LeakyRelu", {"alpha": LEAKY_SLOPE}),
    "tanh": ("Tanh", {}),
    "sigmoid": ("Sigmoid", {}),
}
NEXT_VECTOR: Final = "next_weight_u"
"""Of a layer with a spectral norm: the tensor that training keeps as its `weight_u`."""


class Node(NamedTuple):
    """An operator, the names of what it reads and of what it gives, and its attributes."""

    operator: str
    inputs: Sequence[str]
    output: str
    name: str = ""
    attributes: Mapping[str, Any] = MappingProxyType({})


class Constant(NamedTuple):
    """Numbers of float32 that a node reads besides parameters; no dimension is a single one."""

    name: str
    shape: tuple[int, ...]
    values: tuple[float, ...]


def nodes_of(layer: Layer) -> list[Node]:
    """Return what computes a layer; the last node's output has the layer's name."""
    operator, attributes = _operator(layer)
    alone = Network(inputs=(), layers=(layer,), stride=1)
    needed = [entry.name for entry in parameters(alone)]
    constants = [entry.name for entry in constants_of(layer)]
    # Resize has an optional input between the picture and the scales.
    gap = [""] if isinstance(layer, Resize) else []
    before: list[Node] = []
    if isinstance(layer, Convolution) and layer.has_spectral_norm:
        before = _spectral_norm(layer.name)
        needed = [before[-1].output, *(name for name in needed if name.endswith(".bias"))]
    inputs = [*sources_of(layer), *gap, *needed, *constants]
    return [*before, Node(operator, inputs, layer.name, layer.name, attributes)]


def constants_of(layer: Layer) -> list[Constant]:
    """Return what a layer's node needs besides its parameters."""
    if isinstance(layer, Resize):
        scales = (1.0, 1.0, float(layer.factor), float(layer.factor))
        return [Constant(f"{layer.name}.scales", (4,), scales)]
    if isinstance(layer, Activation) and layer.function == "relu6":
        least, greatest = f"{layer.name}.least", f"{layer.name}.greatest"
        return [Constant(least, (), (0.0,)), Constant(greatest, (), (6.0,))]
    return []


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


def _spectral_norm(name: str) -> list[Node]:
    """Return W / u^T W v after one power iteration from the vector that is kept: `core.layers`.

    The weight is the last node's output, the moved vector that of the one named `NEXT_VECTOR`.
    """
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
        Node(
            operator,
            [source if source in kept else f"{name}.spectral.{source}" for source in sources],
            result if result in kept else f"{name}.spectral.{result}",
        )
        for operator, sources, result in steps
    ]
