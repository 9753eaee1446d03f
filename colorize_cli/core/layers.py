"""The vocabulary of networks: layers as data, and the parameters that follow from them.

A network is a list of layers in the order of computation; each names the layers or inputs it
reads. A backend turns each kind into its framework's operation, the ONNX exporter into a node.
Names and shapes of parameters follow from the list alone: `<layer>.weight` and so on, in the
layout of PyTorch and ONNX (convolutions out-in-height-width, transposed in-out-height-width).

The conventions below hold in every framework, whatever its defaults:

- Convolutions are cross-correlations, padded by zeros in numbers that the table states; a
  transposed one gives `(size - 1) * stride - 2 * padding + kernel` (Dumoulin and Visin 2016,
  relationship 14), with nothing added at the far side.
- `BATCH_NORM_EPSILON` 1e-5 (PyTorch's; Keras has 1e-3), running averages move by
  `BATCH_NORM_MOMENTUM` 0.1 (Keras writes 0.9) towards the mean and the *unbiased* variance of
  the batch, which is normalized by its biased variance (Ioffe and Szegedy 2015, PyTorch).
- A convolution with a spectral norm computes with W / s, s = u^T W v being the estimate of the
  largest singular value of W, seen as a matrix of `out_channels` rows, after one power iteration
  v = W^T u / |W^T u|, u = W v / |W v| from the `weight_u` that is kept; in training each pass moves
  it, otherwise it stays. u and v are constants to the gradient (Miyato et al. 2018, appendix A).
- Dropout sets values to 0 by its rate and multiplies the others by 1 / (1 - rate), in training
  alone (Srivastava et al. 2014). Which ones, each framework draws itself, from the seed, the step
  and the worker's number, so that a run can go on.
- Convolutions start at N(0, 0.02), batch-norm scales at N(1, 0.02), biases at 0 (Radford et al.
  2016; Isola et al. 2017), drawn by NumPy in the order of the table.
"""

from collections.abc import Iterator, Mapping
from math import prod
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from colorize_cli.core.records import record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH_NORM_EPSILON: Final = 1e-5
BATCH_NORM_MOMENTUM: Final = 0.1
INITIAL_DEVIATION: Final = 0.02
LEAKY_SLOPE: Final = 0.2
"""Negative slope of LeakyReLU (Radford et al. 2016)."""

ActivationName: TypeAlias = Literal["relu", "relu6", "leaky_relu", "tanh", "sigmoid"]


@record
class Convolution:
    """Cross-correlation with a square kernel; `groups` = channels makes it depthwise.

    `padding` is the number of zeros before and after each side (TensorFlow's SAME is uneven).
    """

    name: str
    source: str
    in_channels: int
    out_channels: int
    kernel: int
    stride: int = 1
    padding: tuple[int, int] = (0, 0)
    groups: int = 1
    has_bias: bool = True
    has_spectral_norm: bool = False


@record
class TransposedConvolution:
    """The adjoint of a convolution: `padding` is cut off each side of the enlarged result."""

    name: str
    source: str
    in_channels: int
    out_channels: int
    kernel: int
    stride: int
    padding: int
    has_bias: bool = True


@record
class BatchNorm:
    """Normalization over batch and positions, with a learnt scale and shift per channel."""

    name: str
    source: str
    channels: int


@record
class Activation:
    """A function of each value by itself."""

    name: str
    source: str
    function: ActivationName


@record
class Dropout:
    """Values left out by chance in training; nothing otherwise."""

    name: str
    source: str
    rate: float


@record
class Concatenate:
    """The channels of several tensors, one after the other."""

    name: str
    sources: tuple[str, ...]


@record
class Add:
    """The sum of tensors of one shape."""

    name: str
    sources: tuple[str, ...]


@record
class Resize:
    """Enlargement by a whole factor, pixel centres at the half (as ONNX `half_pixel`)."""

    name: str
    source: str
    factor: int
    method: Literal["nearest", "bilinear"]


Layer: TypeAlias = (
    Convolution
    | TransposedConvolution
    | BatchNorm
    | Activation
    | Dropout
    | Concatenate
    | Add
    | Resize
)


@record
class Input:
    """A tensor `(N, channels, H, W)` that the network is given."""

    name: str
    channels: int


@record
class Network:
    """A directed graph of layers, listed so that every source stands before its reader.

    `stride` divides the heights and widths that the network takes.
    """

    inputs: tuple[Input, ...]
    layers: tuple[Layer, ...]
    stride: int

    @property
    def output(self) -> str:
        """The name of the tensor that the network gives: its last layer's."""
        return self.layers[-1].name


@record
class Parameter:
    """One array of a network: its name, shape, whether it is learnt, and how it starts."""

    name: str
    shape: tuple[int, ...]
    is_trainable: bool = True
    initial_mean: float = 0.0
    initial_deviation: float = 0.0


def sources_of(layer: Layer) -> tuple[str, ...]:
    """Return the names of the tensors that a layer reads, in order."""
    return layer.sources if isinstance(layer, Concatenate | Add) else (layer.source,)


def parameters(network: Network) -> tuple[Parameter, ...]:
    """Return all parameters of a network, in the order of its layers."""
    return tuple(entry for layer in network.layers for entry in _parameters_of(layer))


def count_trainable(network: Network) -> int:
    """Return how many numbers the network learns."""
    return sum(prod(entry.shape) for entry in parameters(network) if entry.is_trainable)


def draw_parameters(
    network: Network, random: "np.random.Generator"
) -> "dict[str, NDArray[np.float32]]":
    """Draw a network's initial parameters; every backend starts from these same arrays."""
    return {entry.name: _draw(entry, random) for entry in parameters(network)}


def misfits(network: Network, arrays: "Mapping[str, NDArray[np.float32]]") -> Iterator[str]:
    """Say, a line each, where arrays differ from what the network needs; nothing if they fit."""
    expected = {entry.name: entry.shape for entry in parameters(network)}
    for name in sorted(expected.keys() - arrays.keys()):
        yield f"{name} is missing"
    for name in sorted(arrays.keys() - expected.keys()):
        yield f"{name} is not a parameter of this network"
    for name in sorted(expected.keys() & arrays.keys()):
        if arrays[name].shape != expected[name]:
            yield f"{name} has shape {arrays[name].shape}, not {expected[name]}"
        elif arrays[name].dtype != "float32":
            yield f"{name} is {arrays[name].dtype}, not float32"


def _draw(entry: Parameter, random: "np.random.Generator") -> "NDArray[np.float32]":
    import numpy as np

    if entry.initial_deviation == 0:
        return np.full(entry.shape, entry.initial_mean, np.float32)
    draws = random.normal(entry.initial_mean, entry.initial_deviation, entry.shape)
    return draws.astype(np.float32)


def _parameters_of(layer: Layer) -> tuple[Parameter, ...]:
    if isinstance(layer, Convolution):
        ends = (layer.out_channels, layer.in_channels // layer.groups)
        return (*_kernel_and_bias(layer, ends), *_spectral_vector(layer))
    if isinstance(layer, TransposedConvolution):
        return _kernel_and_bias(layer, (layer.in_channels, layer.out_channels))
    if isinstance(layer, BatchNorm):
        return _statistics(layer)
    return ()


def _kernel_and_bias(
    layer: Convolution | TransposedConvolution, ends: tuple[int, int]
) -> tuple[Parameter, ...]:
    shape = (*ends, layer.kernel, layer.kernel)
    kernel = Parameter(
        name=f"{layer.name}.weight", shape=shape, initial_deviation=INITIAL_DEVIATION
    )
    bias = Parameter(name=f"{layer.name}.bias", shape=(layer.out_channels,))
    return (kernel, bias) if layer.has_bias else (kernel,)


def _spectral_vector(layer: Convolution) -> tuple[Parameter, ...]:
    if not layer.has_spectral_norm:
        return ()
    name, shape = f"{layer.name}.weight_u", (layer.out_channels,)
    return (Parameter(name=name, shape=shape, is_trainable=False, initial_deviation=1),)


def _statistics(layer: BatchNorm) -> tuple[Parameter, ...]:
    name, shape = layer.name, (layer.channels,)
    return (
        Parameter(
            name=f"{name}.weight", shape=shape, initial_mean=1, initial_deviation=INITIAL_DEVIATION
        ),
        Parameter(name=f"{name}.bias", shape=shape),
        Parameter(name=f"{name}.running_mean", shape=shape, is_trainable=False),
        Parameter(name=f"{name}.running_var", shape=shape, is_trainable=False, initial_mean=1),
    )
