"""Networks of TensorFlow, built layer by layer from the table of `core.layers`.

Tensors are `(N, H, W, channels)` here, the layout that TensorFlow has operations for on every
device. Kernels are kept as those operations take them: height, width, in, out.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from colorize_cli.core import layers as table
from colorize_cli.core.backend import Precision
from colorize_cli.core.layers import Layer, Network, Parameter, parameters, sources_of
from colorize_tensorflow.devices import placement

if TYPE_CHECKING:
    from colorize_tensorflow.workers import TensorFlowWorkers

Tensor: TypeAlias = Any
"""TensorFlow has no annotations."""


class TableNetwork:
    """A network whose variables have the names of its table, on one device.

    Convolutions compute in `precision`, from variables that are float32 always; what they give
    stays in it until something wider is joined to it. Batch norm sees the whole batch of all
    `workers`, where there are several.
    """

    def __init__(
        self,
        network: Network,
        *,
        device: str,
        precision: Precision = "float32",
        workers: "TensorFlowWorkers | None" = None,
    ) -> None:
        self._network = network
        self._workers = workers
        self._precision = precision
        self._layer_of = _owners(network)
        with tf.device(placement(device)):
            self.variables = {entry.name: self._variable(entry) for entry in parameters(network)}
        self.learnt = [entry.name for entry in parameters(network) if entry.is_trainable]

    def __call__(self, *inputs: Tensor, is_training: bool) -> Tensor:
        """Compute the last layer's tensor from the inputs in the table's order.

        In training, batches are normalized by their own statistics and move the running ones.
        """
        names = [entry.name for entry in self._network.inputs]
        tensors = dict(zip(names, inputs, strict=True))
        for layer in self._network.layers:
            sources = [tensors[name] for name in sources_of(layer)]
            tensors[layer.name] = self._compute(layer, sources, is_training=is_training)
        return tensors[self._network.output]

    def load(self, arrays: Mapping[str, NDArray[np.float32]]) -> None:
        """Take over parameters by their names in the table."""
        for name, variable in self.variables.items():
            variable.assign(self.to_native(name, arrays[name]))

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """Return copies of all parameters, in the table's layout."""
        return {name: self.to_table(name, entry) for name, entry in self.variables.items()}

    def to_native(self, name: str, array: NDArray[np.float32]) -> NDArray[np.float32]:
        """Bring a parameter, or what belongs to each of its numbers, into TensorFlow's layout."""
        if array.ndim != 4:
            return array
        if _is_depthwise(self._layer_of[name]):
            # One kernel after the other of each channel: (channels * n, 1, h, w).
            by_channel = array.reshape(self._layer_of[name].in_channels, -1, *array.shape[2:])
            return np.ascontiguousarray(by_channel.transpose(2, 3, 0, 1))
        # Convolutions are out-in, transposed ones in-out; TensorFlow has both the other way round.
        return np.ascontiguousarray(array.transpose(2, 3, 1, 0))

    def to_table(self, name: str, variable: Any) -> NDArray[np.float32]:
        """Bring back what `to_native` has brought, as a copy."""
        array: NDArray[np.float32] = variable.numpy()
        if array.ndim != 4:
            return array.copy()
        if _is_depthwise(self._layer_of[name]):
            height, width = array.shape[:2]
            return array.transpose(2, 3, 0, 1).reshape(-1, 1, height, width).copy()
        return np.ascontiguousarray(array.transpose(3, 2, 0, 1))

    def _variable(self, entry: Parameter) -> Any:
        start = self.to_native(entry.name, np.zeros(entry.shape, np.float32))
        return tf.Variable(start, name=entry.name, trainable=entry.is_trainable)

    def _compute(self, layer: Layer, sources: list[Tensor], *, is_training: bool) -> Tensor:
        match layer:
            case table.Convolution() | table.TransposedConvolution():
                return self._convolve(layer, sources[0])
            case table.BatchNorm():
                return self._normalize(layer, sources[0], is_training=is_training)
            case table.Activation():
                return _activate(layer, sources[0])
            case table.Concatenate():
                return tf.concat(_widened(sources), axis=-1)
            case table.Add():
                return tf.add_n(_widened(sources))
            case table.Resize():
                return _resize(layer, sources[0])

    def _convolve(
        self, layer: table.Convolution | table.TransposedConvolution, source: Tensor
    ) -> Tensor:
        kind = tf.dtypes.as_dtype(self._precision)
        kernel = tf.cast(self.variables[f"{layer.name}.weight"], kind)
        if isinstance(layer, table.TransposedConvolution):
            result = _enlarge(layer, tf.cast(source, kind), kernel)
        else:
            result = _correlate(layer, tf.cast(source, kind), kernel)
        if not layer.has_bias:
            return result
        return tf.nn.bias_add(result, tf.cast(self.variables[f"{layer.name}.bias"], kind))

    def _normalize(self, layer: table.BatchNorm, source: Tensor, *, is_training: bool) -> Tensor:
        scale, shift, mean, variance = (
            self.variables[f"{layer.name}.{part}"]
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        if is_training and self._workers is not None:
            wide = tf.cast(source, tf.float32)
            batch_mean, batch_variance, unbiased = self._workers.whole_statistics(wide)
            _move(mean, batch_mean)
            _move(variance, unbiased)
            factor = scale * tf.math.rsqrt(batch_variance + table.BATCH_NORM_EPSILON)
            return tf.cast((wide - batch_mean) * factor + shift, source.dtype)
        # The raw operation: tf.nn's own wrapper raises epsilon to at least 1.001e-5. In training
        # it normalizes by the biased variance and returns the unbiased one.
        result = tf.raw_ops.FusedBatchNormV3(
            x=source,
            scale=scale,
            offset=shift,
            mean=[] if is_training else mean,
            variance=[] if is_training else variance,
            epsilon=table.BATCH_NORM_EPSILON,
            is_training=is_training,
        )
        if is_training:
            _move(mean, result.batch_mean)
            _move(variance, result.batch_variance)
        return result.y


def to_channels_last(tensor: Tensor) -> Tensor:
    """Bring `(N, C, H, W)` of the contract into `(N, H, W, C)`."""
    return tf.transpose(tensor, (0, 2, 3, 1))


def to_channels_first(tensor: Tensor) -> Tensor:
    """Bring `(N, H, W, C)` back into `(N, C, H, W)`."""
    return tf.transpose(tensor, (0, 3, 1, 2))


def _correlate(layer: table.Convolution, source: Tensor, kernel: Tensor) -> Tensor:
    padding = _padding(layer, source)
    if _is_depthwise(layer):
        if padding != "SAME":
            # Padding in numbers ends the process in TensorFlow's own inference of shapes.
            source, padding = tf.pad(source, _explicit(layer.padding)), "VALID"
        strides = [1, layer.stride, layer.stride, 1]
        return tf.nn.depthwise_conv2d(source, kernel, strides=strides, padding=padding)
    # Gradients of grouped convolutions are missing on the processor.
    parts = zip(
        tf.split(source, layer.groups, axis=-1),
        tf.split(kernel, layer.groups, axis=-1),
        strict=True,
    )
    results = [tf.nn.conv2d(*part, strides=layer.stride, padding=padding) for part in parts]
    return results[0] if layer.groups == 1 else tf.concat(results, axis=-1)


def _enlarge(layer: table.TransposedConvolution, source: Tensor, kernel: Tensor) -> Tensor:
    rows, columns = (
        (_size(source, axis) - 1) * layer.stride - 2 * layer.padding + layer.kernel
        for axis in (1, 2)
    )
    # SAME enlarges just by the stride; every runtime has a word for that.
    is_same = layer.kernel - layer.stride == 2 * layer.padding
    return tf.nn.conv2d_transpose(
        source,
        kernel,
        output_shape=tf.stack([_size(source, 0), rows, columns, layer.out_channels]),
        strides=layer.stride,
        padding="SAME" if is_same else _explicit((layer.padding, layer.padding)),
    )


def _padding(layer: table.Convolution, source: Tensor) -> Any:
    """Return the padding of a convolution; by name only where that is known to be the same.

    SAME pads as little as gives size / stride, the odd one out at the end. With the padding in
    numbers, the processor's gradients take 2 times as long in float32, 40 times in bfloat16.
    """
    least = layer.kernel - layer.stride
    sizes = source.shape[1:3]
    divides = all(size is not None and size % layer.stride == 0 for size in sizes)
    if divides and layer.padding == (least // 2, least - least // 2):
        return "SAME"
    return _explicit(layer.padding)


def _explicit(padding: tuple[int, int]) -> list[list[int]]:
    return [[0, 0], list(padding), list(padding), [0, 0]]


def _size(tensor: Tensor, axis: int) -> Any:
    """Return a size as a number where it is known, so that what follows from it is known too."""
    known = tensor.shape[axis]
    return tf.shape(tensor)[axis] if known is None else known


def _move(running: Any, batch: Tensor) -> None:
    momentum = table.BATCH_NORM_MOMENTUM
    running.assign((1 - momentum) * running + momentum * batch)


def _activate(layer: table.Activation, source: Tensor) -> Tensor:
    match layer.function:
        case "relu":
            return tf.nn.relu(source)
        case "relu6":
            return tf.nn.relu6(source)
        case "leaky_relu":
            return tf.nn.leaky_relu(source, table.LEAKY_SLOPE)
        case "tanh":
            return tf.tanh(source)
        case "sigmoid":
            return tf.sigmoid(source)


def _resize(layer: table.Resize, source: Tensor) -> Tensor:
    size = tf.shape(source)[1:3] * layer.factor
    if layer.method == "bilinear":
        enlarged = tf.raw_ops.ResizeBilinear(images=source, size=size, half_pixel_centers=True)
        return tf.cast(enlarged, source.dtype)
    return tf.raw_ops.ResizeNearestNeighbor(images=source, size=size, half_pixel_centers=True)


def _widened(tensors: list[Tensor]) -> list[Tensor]:
    """Bring tensors to the widest type among them, as PyTorch's autocast does."""
    is_wide = any(tensor.dtype == tf.float32 for tensor in tensors)
    return [tf.cast(tensor, tf.float32) if is_wide else tensor for tensor in tensors]


def _is_depthwise(layer: Layer) -> bool:
    return isinstance(layer, table.Convolution) and layer.groups == layer.in_channels > 1


def _owners(network: Network) -> dict[str, Any]:
    return {
        entry.name: layer
        for layer in network.layers
        for entry in parameters(Network(inputs=(), layers=(layer,), stride=1))
    }
