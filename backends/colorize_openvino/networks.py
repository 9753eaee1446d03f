"""Networks of OpenVINO, built layer by layer from the table of `core.layers`, for inference only.

Heights, widths and the batch stay open. Weights are not copied: the graph reads the arrays given.
"""

from collections.abc import Mapping
from itertools import product
from typing import Any, Final

import numpy as np
import openvino
from numpy.typing import NDArray
from openvino import opset13 as operations

from colorize_cli.core import layers as table
from colorize_cli.core.layers import Layer, Network, sources_of

Arrays = Mapping[str, NDArray[np.float32]]

SCALED_AXES: Final = (2, 3)
ROWS: Final = ((3, 1), (2, 0))
"""Which rows of a 4x4 kernel make the even rows of the enlarged map, and which the odd ones."""
PARITIES: Final = tuple(product((0, 1), (0, 1)))
FEW_CHANNELS: Final = 4
"""So few output channels leave the processor's vectors of 16 mostly empty: the four parities in one
convolution are then faster (128 channels to 2, EPYC with AVX-512, bfloat16: a tenth of the whole
network's time), though 20 of its 36 weights are 0."""


def build_model(network: Network, weights: Arrays) -> openvino.Model:
    """Return a network as a graph of OpenVINO that computes as in evaluation."""
    nodes: dict[str, Any] = {
        entry.name: operations.parameter([-1, entry.channels, -1, -1], np.float32, entry.name)
        for entry in network.inputs
    }
    inputs = list(nodes.values())
    for layer in network.layers:
        nodes[layer.name] = _node(layer, [nodes[name] for name in sources_of(layer)], weights)
    result = operations.result(nodes[network.output])
    return openvino.Model([result], inputs, "generator")


def _node(layer: Layer, sources: list[Any], weights: Arrays) -> Any:
    source = sources[0]
    match layer:
        case table.Convolution():
            return _with_bias(layer, _convolution(layer, source, weights), weights)
        case table.TransposedConvolution():
            return _with_bias(layer, _transposed(layer, source, weights), weights)
        case table.BatchNorm():
            return _normalized(layer, source, weights)
        case table.Activation():
            return _activated(layer, source)
        case table.Dropout():
            return source
        case table.Concatenate():
            return operations.concat(sources, axis=1)
        case table.Add():
            for other in sources[1:]:
                source = operations.add(source, other)
            return source
        case table.Resize():
            return _resized(layer, source)


def _convolution(layer: table.Convolution, source: Any, weights: Arrays) -> Any:
    kernel = weights[f"{layer.name}.weight"]
    if layer.has_spectral_norm:
        kernel = kernel / _largest_singular_value(kernel, weights[f"{layer.name}.weight_u"])
    before, after = layer.padding
    window = [layer.stride] * 2, [before] * 2, [after] * 2, [1, 1]
    if layer.groups == 1:
        return operations.convolution(source, _constant(kernel), *window)
    parts = kernel.reshape(layer.groups, -1, *kernel.shape[1:])
    return operations.group_convolution(source, _constant(parts), *window)


def _transposed(layer: table.TransposedConvolution, source: Any, weights: Arrays) -> Any:
    kernel = weights[f"{layer.name}.weight"]
    if (layer.kernel, layer.stride, layer.padding) != (4, 2, 1):
        padding = [layer.padding] * 2
        return operations.convolution_backprop_data(
            source, _constant(kernel), [layer.stride] * 2,
            pads_begin=padding, pads_end=padding, dilations=[1, 1],
        )  # fmt: skip
    by_parity = _merged if layer.out_channels <= FEW_CHANNELS else _parted
    return operations.depth_to_space(by_parity(source, kernel), "blocks_first", 2)


def _parted(source: Any, kernel: NDArray[np.float32]) -> Any:
    """Compute what goes to even and odd rows and columns by four 2x2 convolutions.

    A 4x4 transposed convolution of stride 2 is these, interleaved: the same products, for which
    there are faster programs (the sub-pixel view of Shi et al. 2016, "Is the deconvolution layer
    the same as a convolutional layer?").
    """
    parts = [
        operations.convolution(
            source, _constant(_taps(kernel, row, column)),
            [1, 1], [1 - row, 1 - column], [row, column], [1, 1],
        )
        for row, column in PARITIES
    ]  # fmt: skip
    return operations.concat(parts, axis=1)


def _merged(source: Any, kernel: NDArray[np.float32]) -> Any:
    """Compute the same by one 3x3 convolution, in whose corners the four lie among zeros."""
    in_channels, out_channels = kernel.shape[:2]
    corners = np.zeros((len(PARITIES), out_channels, in_channels, 3, 3), np.float32)
    for corner, (row, column) in zip(corners, PARITIES, strict=True):
        corner[:, :, row : row + 2, column : column + 2] = _taps(kernel, row, column)
    merged = corners.reshape(-1, in_channels, 3, 3)
    return operations.convolution(source, _constant(merged), *([[1, 1]] * 4))


def _taps(kernel: NDArray[np.float32], row: int, column: int) -> NDArray[np.float32]:
    """Return a parity's 2x2 kernel, (out, in, 2, 2), from (in, out, 4, 4)."""
    return kernel[:, :, ROWS[row]][:, :, :, ROWS[column]].swapaxes(0, 1)


def _with_bias(
    layer: table.Convolution | table.TransposedConvolution, node: Any, weights: Arrays
) -> Any:
    if not layer.has_bias:
        return node
    return operations.add(node, _per_channel(weights[f"{layer.name}.bias"]))


def _normalized(layer: table.BatchNorm, source: Any, weights: Arrays) -> Any:
    scale, shift, mean, variance = (
        weights[f"{layer.name}.{end}"] for end in ("weight", "bias", "running_mean", "running_var")
    )
    factor = scale / np.sqrt(variance + np.float32(table.BATCH_NORM_EPSILON))
    scaled = operations.multiply(source, _per_channel(factor))
    return operations.add(scaled, _per_channel(shift - mean * factor))


def _activated(layer: table.Activation, source: Any) -> Any:
    match layer.function:
        case "relu":
            return operations.relu(source)
        case "relu6":
            return operations.clamp(source, 0.0, 6.0)
        case "leaky_relu":
            return operations.prelu(source, _constant(np.array([table.LEAKY_SLOPE], np.float32)))
        case "tanh":
            return operations.tanh(source)
        case "sigmoid":
            return operations.sigmoid(source)


def _resized(layer: table.Resize, source: Any) -> Any:
    return operations.interpolate(
        source,
        _constant(np.full(2, layer.factor, np.float32)),
        "nearest" if layer.method == "nearest" else "linear_onnx",
        "scales",
        coordinate_transformation_mode="half_pixel",
        axes=_constant(np.array(SCALED_AXES, np.int64)),
    )


def _largest_singular_value(
    kernel: NDArray[np.float32], left: NDArray[np.float32]
) -> np.floating[Any]:
    """Return the estimate of `core.layers`: after one power iteration from the vector kept."""
    matrix = kernel.reshape(len(kernel), -1)
    right = left @ matrix
    return np.linalg.norm(matrix @ (right / np.linalg.norm(right)))


def _per_channel(array: NDArray[np.float32]) -> Any:
    return _constant(array.reshape(1, -1, 1, 1))


def _constant(array: NDArray[Any]) -> Any:
    return operations.constant(np.ascontiguousarray(array), shared_memory=True)
