"""Discriminators as tables: of gray and colour together, one logit a picture, or one a patch."""

from typing import Final

from colorize_cli.core.blocks import KERNEL, Norm, down, width_at
from colorize_cli.core.layers import Concatenate, Convolution, Input, Layer, Network

LEVELS: Final = 4
PATCH_HALVINGS: Final = 3


def whole_picture(*, size: int, base_width: int, color_channels: int) -> Network:
    """Return a discriminator that decides once for each picture of `size` pixels.

    Its last convolution covers the whole remaining map, which is the same as flattening it into
    one dense unit (Putta et al. 2022, section 3).
    """
    layers, channels = _halvings([2] * LEVELS, base_width, color_channels, norm="batch")
    layers.append(
        Convolution(
            name="decision",
            source=layers[-1].name,
            in_channels=channels,
            out_channels=1,
            kernel=size >> LEVELS,
        )
    )
    return Network(inputs=_inputs(color_channels), layers=tuple(layers), stride=size)


def patches(*, base_width: int, color_channels: int, norm: Norm) -> Network:
    """Return the 70x70 PatchGAN of Isola et al. 2017, appendix 6.1.2, for pictures of any size.

    With the spectral norm every convolution has it, and there is no batch norm (Miyato et al.
    2018, table 4). Logits `(N, 1, H / 8 - 2, W / 8 - 2)`.
    """
    strides = [2] * PATCH_HALVINGS + [1]
    layers, channels = _halvings(strides, base_width, color_channels, norm=norm)
    layers.append(
        Convolution(
            name="decision",
            source=layers[-1].name,
            in_channels=channels,
            out_channels=1,
            kernel=KERNEL,
            padding=(1, 1),
            has_spectral_norm=norm == "spectral",
        )
    )
    stride = 1 << PATCH_HALVINGS
    return Network(inputs=_inputs(color_channels), layers=tuple(layers), stride=stride)


def _halvings(
    strides: list[int], base_width: int, color_channels: int, *, norm: Norm
) -> tuple[list[Layer], int]:
    layers: list[Layer] = [Concatenate(name="pair", sources=("gray", "color"))]
    channels = 1 + color_channels
    for level, stride in enumerate(strides):
        width = width_at(base_width, level)
        # No batch norm at the first level (Isola et al. 2017, appendix 6.1.2).
        own = None if norm == "batch" and level == 0 else norm
        name = f"down{level + 1}"
        layers += down(name, layers[-1].name, channels, width, norm=own, stride=stride)
        channels = width
    return layers, channels


def _inputs(color_channels: int) -> tuple[Input, ...]:
    return (Input(name="gray", channels=1), Input(name="color", channels=color_channels))
