"""A network that uses every kind of layer, in every way in which frameworks are known to differ."""

from functools import partial
from typing import Final

from colorize_cli.core.layers import (
    Activation,
    Add,
    BatchNorm,
    Concatenate,
    Convolution,
    Input,
    Layer,
    Network,
    Resize,
    TransposedConvolution,
)

WIDTH: Final = 4


def every_layer(channels: int, *, stride: int) -> Network:
    """Return a table of all seven kinds: gray in, `channels` in [-1, 1] out, at the same size.

    Among them are strided convolutions with an even kernel, an odd one and uneven padding, a
    depthwise one, transposed ones with and without a bias, both enlargements, all activations.
    """
    layers = (*_downward(), *_upward(), *_ending(channels))
    return Network(inputs=(Input(name="gray", channels=1),), layers=layers, stride=stride)


def _downward() -> tuple[Layer, ...]:
    wide = partial(Convolution, in_channels=WIDTH, out_channels=WIDTH)
    return (
        wide(name="even", source="gray", in_channels=1, kernel=4, stride=2, padding=(1, 1)),
        Activation(name="leaky", source="even", function="leaky_relu"),
        wide(name="uneven", source="leaky", kernel=3, stride=2, padding=(0, 1)),
        BatchNorm(name="norm", source="uneven", channels=WIDTH),
        Activation(name="relu6", source="norm", function="relu6"),
        wide(name="depthwise", source="relu6", kernel=3, padding=(1, 1), groups=WIDTH),
        wide(name="pointwise", source="depthwise", kernel=1, has_bias=False),
        Add(name="sum", sources=("pointwise", "relu6", "norm")),
    )


def _upward() -> tuple[Layer, ...]:
    adjoint = partial(
        TransposedConvolution, source="sum", in_channels=WIDTH, out_channels=WIDTH, stride=2
    )
    return (
        Resize(name="smooth", source="sum", factor=2, method="bilinear"),
        Activation(name="gate", source="smooth", function="sigmoid"),
        Resize(name="blocks", source="sum", factor=2, method="nearest"),
        adjoint(name="overlapping", kernel=4, padding=1, has_bias=False),
        adjoint(name="tiling", kernel=2, padding=0),
        Add(name="joined", sources=("gate", "blocks", "overlapping", "tiling")),
        Activation(name="relu", source="joined", function="relu"),
        Concatenate(name="skip", sources=("relu", "leaky", "gate")),
        Resize(name="full", source="skip", factor=2, method="bilinear"),
    )


def _ending(channels: int) -> tuple[Layer, ...]:
    last = Convolution(
        name="last",
        source="full",
        in_channels=3 * WIDTH,
        out_channels=channels,
        kernel=3,
        padding=(1, 1),
    )
    return last, Activation(name="color", source="last", function="tanh")
