"""What tables are made of: a convolution with its norm and its activation, and the widths."""

from typing import Final, Literal, TypeAlias

from colorize_cli.core.layers import (
    Activation,
    ActivationName,
    BatchNorm,
    Convolution,
    Layer,
    TransposedConvolution,
)

KERNEL: Final = 4
GREATEST_WIDENING: Final = 8
"""Filters double at each level up to eight times the first: 64 to 512 in the paper."""
Norm: TypeAlias = Literal["batch", "spectral"]


def down(
    name: str, source: str, channels: int, width: int, *, norm: Norm | None, stride: int = 2
) -> list[Layer]:
    """Return a 4x4 convolution, its norm if it has one, and LeakyReLU."""
    convolution = Convolution(
        name=f"{name}.convolution",
        source=source,
        in_channels=channels,
        out_channels=width,
        kernel=KERNEL,
        stride=stride,
        padding=(1, 1),
        has_bias=norm != "batch",
        has_spectral_norm=norm == "spectral",
    )
    return [convolution, *_finished(name, width, "leaky_relu", has_batch_norm=norm == "batch")]


def up(name: str, source: str, channels: int, width: int) -> list[Layer]:
    """Return a transposed 4x4 convolution that doubles the sides, batch norm and ReLU."""
    enlarged = transposed(f"{name}.convolution", source, channels, width, has_bias=False)
    return [enlarged, *_finished(name, width, "relu", has_batch_norm=True)]


def transposed(
    name: str, source: str, channels: int, width: int, *, has_bias: bool
) -> TransposedConvolution:
    """Return a transposed 4x4 convolution that doubles the sides."""
    return TransposedConvolution(
        name=name,
        source=source,
        in_channels=channels,
        out_channels=width,
        kernel=KERNEL,
        stride=2,
        padding=1,
        has_bias=has_bias,
    )


def normalized(  # noqa: PLR0913 - a convolution has that many sides
    name: str,
    source: str,
    channels: int,
    width: int,
    *,
    kernel: int,
    function: ActivationName | None,
    stride: int = 1,
    groups: int = 1,
) -> list[Layer]:
    """Return a convolution padded to SAME, batch norm, and an activation if it has one.

    With stride 2 on an even side, SAME pads one zero more at the far end (TensorFlow).
    """
    zeros = kernel - stride
    convolution = Convolution(
        name=f"{name}.convolution",
        source=source,
        in_channels=channels,
        out_channels=width,
        kernel=kernel,
        stride=stride,
        padding=(zeros // 2, zeros - zeros // 2),
        groups=groups,
        has_bias=False,
    )
    return [convolution, *_finished(name, width, function, has_batch_norm=True)]


def width_at(base_width: int, level: int) -> int:
    """Return the filters of a level, counted from 0 at the picture's own size."""
    return base_width * min(1 << level, GREATEST_WIDENING)


def _finished(
    name: str, width: int, function: ActivationName | None, *, has_batch_norm: bool
) -> list[Layer]:
    source, layers = f"{name}.convolution", list[Layer]()
    if has_batch_norm:
        layers.append(BatchNorm(name=f"{name}.norm", source=source, channels=width))
        source = f"{name}.norm"
    if function is not None:
        layers.append(Activation(name=f"{name}.activation", source=source, function=function))
    return layers
