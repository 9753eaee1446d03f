"""The networks of colorize in NumPy: each kind of layer of the table as one function."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from colorize_cli.core import layers as table
from colorize_cli.core.architecture import build_generator
from colorize_cli.core.model_file import Model

Array = NDArray[np.float32]


class NumpyColorizer:
    """A generator with fixed weights."""

    device = "cpu"

    def __init__(self, model: Model) -> None:
        self._network = build_generator(model.generator)
        self._weights = {name: array.copy() for name, array in model.weights.items()}

    def __call__(self, gray: Array) -> Array:
        """Predict colour `(N, C, H, W)` for gray `(N, 1, H, W)`."""
        tensors = {self._network.inputs[0].name: gray}
        for layer in self._network.layers:
            sources = [tensors[name] for name in table.sources_of(layer)]
            tensors[layer.name] = self._compute(layer, sources)
        return np.ascontiguousarray(tensors[self._network.output], dtype=np.float32)

    def _compute(self, layer: table.Layer, sources: list[Array]) -> Array:
        match layer:
            case table.Convolution():
                return self._convolve(layer, sources[0])
            case table.TransposedConvolution():
                return self._enlarge(layer, sources[0])
            case table.BatchNorm():
                return self._normalize(layer, sources[0])
            case table.Activation():
                return _activate(layer.function, sources[0])
            case table.Dropout():
                return sources[0]
            case table.Concatenate():
                return np.concatenate(sources, axis=1)
            case table.Add():
                return np.sum(sources, axis=0)
            case table.Resize():
                return _resize(layer, sources[0])

    def _convolve(self, layer: table.Convolution, source: Array) -> Array:
        padded = np.pad(source, ((0, 0), (0, 0), layer.padding, layer.padding))
        weight = self._weights[f"{layer.name}.weight"]
        if layer.has_spectral_norm:
            weight = _spectrally_normalized(weight, self._weights[f"{layer.name}.weight_u"])
        parts = zip(
            np.split(padded, layer.groups, axis=1), np.split(weight, layer.groups), strict=True
        )
        result = np.concatenate([_correlate(*part, layer.stride) for part in parts], axis=1)
        return self._biased(layer.name, result) if layer.has_bias else result

    def _enlarge(self, layer: table.TransposedConvolution, source: Array) -> Array:
        """Compute the adjoint: zeros between the pixels, then the kernel turned around."""
        count, channels, height, width = source.shape
        step, border = layer.stride, layer.kernel - 1 - layer.padding
        rows, columns = (height - 1) * step + 1, (width - 1) * step + 1
        spread = np.zeros((count, channels, rows + 2 * border, columns + 2 * border), np.float32)
        spread[:, :, border : border + rows : step, border : border + columns : step] = source
        weight = self._weights[f"{layer.name}.weight"]
        result = _correlate(spread, weight.swapaxes(0, 1)[:, :, ::-1, ::-1], 1)
        return self._biased(layer.name, result) if layer.has_bias else result

    def _biased(self, name: str, tensor: Array) -> Array:
        return tensor + _per_channel(self._weights[f"{name}.bias"])

    def _normalize(self, layer: table.BatchNorm, source: Array) -> Array:
        scale, shift, mean, variance = (
            _per_channel(self._weights[f"{layer.name}.{part}"])
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        deviation = np.sqrt(variance + np.float32(table.BATCH_NORM_EPSILON))
        return (source - mean) / deviation * scale + shift


def _spectrally_normalized(weight: Array, left: Array) -> Array:
    """Divide kernels `(O, C, K, K)` by their largest singular value, estimated from `left`."""
    matrix = weight.reshape(len(weight), -1)
    right = left @ matrix
    right /= np.linalg.norm(right)
    # |W v| is u^T W v for u = W v / |W v|.
    return weight / np.linalg.norm(matrix @ right)


def _correlate(source: Array, weight: Array, stride: int) -> Array:
    """Correlate `(N, C, H, W)` with kernels `(O, C, K, K)`."""
    windows = sliding_window_view(source, weight.shape[2:], axis=(2, 3))
    chosen = windows[:, :, ::stride, ::stride]
    return np.moveaxis(np.tensordot(chosen, weight, axes=((1, 4, 5), (1, 2, 3))), -1, 1)


def _per_channel(values: Array) -> Array:
    return values[None, :, None, None]


def _activate(name: table.ActivationName, x: Array) -> Array:
    match name:
        case "relu":
            return np.maximum(x, 0)
        case "relu6":
            return np.clip(x, 0, 6)
        case "leaky_relu":
            return np.where(x < 0, x * np.float32(table.LEAKY_SLOPE), x)
        case "tanh":
            return np.tanh(x)
        case "sigmoid":
            # 1 / (1 + e^-x), without overflow
            return (np.tanh(x / 2) + 1) / 2


def _resize(layer: table.Resize, source: Array) -> Array:
    for axis in (2, 3):
        if layer.method == "nearest":
            source = np.repeat(source, layer.factor, axis=axis)
        else:
            source = _stretch(source, layer.factor, axis)
    return source


def _stretch(source: Array, factor: int, axis: int) -> Array:
    """Interpolate linearly along one axis, pixel centres at the half, ends continued."""
    size = source.shape[axis]
    places = np.clip((np.arange(size * factor) + 0.5) / factor - 0.5, 0, size - 1)
    before = places.astype(np.intp)
    after = np.minimum(before + 1, size - 1)
    shape = [-1 if each == axis else 1 for each in range(source.ndim)]
    share = (places - before).astype(np.float32).reshape(shape)
    return np.take(source, before, axis) * (1 - share) + np.take(source, after, axis) * share
