"""A network that uses every kind of layer, in every way in which frameworks are known to differ."""

from functools import partial
from typing import Final

from colorize_cli.core.efficientnet_unet import ENCODER
from colorize_cli.core.layers import (
    Activation,
    Add,
    BatchNorm,
    Concatenate,
    Convolution,
    Dropout,
    Input,
    Layer,
    Network,
    Resize,
    TransposedConvolution,
)

WIDTH: Final = 4
RATE: Final = 0.5
"""Of its dropout."""
EVEN, UNEVEN, NORM = (f"{ENCODER}.{name}" for name in ("even", "uneven", "norm"))


def every_layer(channels: int, *, stride: int) -> Network:
    """Return a table of all eight kinds: gray in, `channels` in [-1, 1] out, at the same size.

    Among them are strided convolutions with an even kernel, an odd one and uneven padding, a
    depthwise one, one with a spectral norm, transposed ones with and without a bias, both
    enlargements, all activations. The way down is what `encoder_rate` is about.
    """
    layers = (*_downward(), *_upward(), *_ending(channels))
    return Network(inputs=(Input(name="gray", channels=1),), layers=layers, stride=stride)


def _downward() -> tuple[Layer, ...]:
    wide = partial(Convolution, in_channels=WIDTH, out_channels=WIDTH)
    return (
        wide(name=EVEN, source="gray", in_channels=1, kernel=4, stride=2, padding=(1, 1)),
        Activation(name="leaky", source=EVEN, function="leaky_relu"),
        wide(name=UNEVEN, source="leaky", kernel=3, stride=2, padding=(0, 1)),
        BatchNorm(name=NORM, source=UNEVEN, channels=WIDTH),
        Activation(name="relu6", source=NORM, function="relu6"),
        wide(name="depthwise", source="relu6", kernel=3, padding=(1, 1), groups=WIDTH),
        wide(name="pointwise", source="depthwise", kernel=1, has_bias=False),
        wide(name="spectral", source="pointwise", kernel=3, padding=(1, 1), has_spectral_norm=True),
        Add(name="sum", sources=("pointwise", "spectral", "relu6", NORM)),
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
        Dropout(name="dropout", source="joined", rate=RATE),
        Activation(name="relu", source="dropout", function="relu"),
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
