"""Networks of TensorFlow, built layer by layer from the table of `core.layers`.

Tensors are `(N, H, W, channels)` here, the layout that TensorFlow has operations for on every
device. Kernels are kept as those operations take them: height, width, in, out.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from colorize_cli.core import layers as table
from colorize_cli.core.backend import Precision
from colorize_cli.core.layers import Layer, Network, Parameter, parameters, sources_of
from colorize_tensorflow.convolutions import (
    correlate,
    enlarge,
    is_depthwise,
    is_slowly_learnt,
)
from colorize_tensorflow.devices import placement
from colorize_tensorflow.spectral_norm import spectrally_normalized

if TYPE_CHECKING:
    from colorize_tensorflow.workers import TensorFlowWorkers

Tensor: TypeAlias = Any
"""TensorFlow has no annotations."""
DRAWN_BY: Final = "philox"
"""The generator of random numbers that draws the same on every device (Salmon et al. 2011)."""


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
        self._device = device
        self._precision = precision
        self._layer_of = _owners(network)
        self._dropouts = [x.name for x in network.layers if isinstance(x, table.Dropout)]
        with tf.device(placement(device)):
            self.variables = {entry.name: self._variable(entry) for entry in parameters(network)}
        self.learnt = [entry.name for entry in parameters(network) if entry.is_trainable]

    def __call__(self, *inputs: Tensor, is_training: bool, seed: Tensor | None = None) -> Tensor:
        """Compute the last layer's tensor from the inputs in the table's order.

        In training, batches are normalized by their own statistics and move the running ones, and
        dropout follows from the `seed`, two whole numbers.
        """
        names = [entry.name for entry in self._network.inputs]
        tensors = dict(zip(names, inputs, strict=True))
        for layer in self._network.layers:
            sources = [tensors[name] for name in sources_of(layer)]
            tensors[layer.name] = self._compute(layer, sources, is_training=is_training, seed=seed)
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
        if is_depthwise(self._layer_of[name]):
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
        if is_depthwise(self._layer_of[name]):
            height, width = array.shape[:2]
            return array.transpose(2, 3, 0, 1).reshape(-1, 1, height, width).copy()
        return np.ascontiguousarray(array.transpose(3, 2, 0, 1))

    def _variable(self, entry: Parameter) -> Any:
        start = self.to_native(entry.name, np.zeros(entry.shape, np.float32))
        return tf.Variable(start, name=entry.name, trainable=entry.is_trainable)

    def _compute(
        self, layer: Layer, sources: list[Tensor], *, is_training: bool, seed: Tensor | None
    ) -> Tensor:
        match layer:
            case table.Convolution() | table.TransposedConvolution():
                return self._convolve(layer, sources[0], is_training=is_training)
            case table.BatchNorm():
                return self._normalize(layer, sources[0], is_training=is_training)
            case table.Activation():
                return _activate(layer, sources[0])
            case table.Dropout():
                return self._drop(layer, sources[0], seed) if is_training else sources[0]
            case table.Concatenate():
                return tf.concat(_widened(sources), axis=-1)
            case table.Add():
                return tf.add_n(_widened(sources))
            case table.Resize():
                return _resize(layer, sources[0])

    def _convolve(
        self,
        layer: table.Convolution | table.TransposedConvolution,
        source: Tensor,
        *,
        is_training: bool,
    ) -> Tensor:
        kind = tf.dtypes.as_dtype(self._precision)
        kernel = tf.cast(self._kernel(layer, is_training=is_training), kind)
        if isinstance(layer, table.TransposedConvolution):
            result = enlarge(layer, tf.cast(source, kind), kernel)
        elif is_training and self._device == "cpu" and is_slowly_learnt(layer, kind):
            exact = tf.cast(tf.cast(source, kind), tf.float32), tf.cast(kernel, tf.float32)
            result = tf.cast(correlate(layer, *exact), kind)
        else:
            result = correlate(layer, tf.cast(source, kind), kernel)
        if not layer.has_bias:
            return result
        return tf.nn.bias_add(result, tf.cast(self.variables[f"{layer.name}.bias"], kind))

    def _kernel(
        self, layer: table.Convolution | table.TransposedConvolution, *, is_training: bool
    ) -> Tensor:
        kernel = self.variables[f"{layer.name}.weight"]
        if isinstance(layer, table.Convolution) and layer.has_spectral_norm:
            left = self.variables[f"{layer.name}.weight_u"]
            return spectrally_normalized(kernel, left, is_training=is_training)
        return kernel

    def _drop(self, layer: table.Dropout, source: Tensor, seed: Tensor | None) -> Tensor:
        if seed is None:
            raise ValueError(f"{layer.name} drops values in training: it needs a seed")
        own = tf.random.fold_in(seed, self._dropouts.index(layer.name), alg=DRAWN_BY)
        chances = tf.random.stateless_uniform(tf.shape(source), own, alg=DRAWN_BY)
        return source * tf.cast(chances >= layer.rate, source.dtype) / (1 - layer.rate)

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


def _owners(network: Network) -> dict[str, Any]:
    return {
        entry.name: layer
        for layer in network.layers
        for entry in parameters(Network(inputs=(), layers=(layer,), stride=1))
    }
