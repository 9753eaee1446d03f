"""The paper's generator as a table, and that of Isola et al. 2017, from which it differs little."""

from typing import Final

from colorize_cli.core.blocks import Norm, down, transposed, up, width_at
from colorize_cli.core.layers import Activation, Concatenate, Dropout, Input, Layer, Network

DROPOUT: Final = 0.5
DROPOUT_LEVELS: Final = 3
"""Isola et al. 2017, appendix 6.1.1: dropout of 50 % in the first three levels of the decoder."""


def unet(
    *, size: int, base_width: int, out_channels: int, has_skips: bool, has_dropout: bool
) -> Network:
    """Return a U-Net whose bottleneck is 1x1 at `size`, a power of two."""
    depth = size.bit_length() - 1
    widths = [width_at(base_width, level) for level in range(depth)]
    layers = _encoder(widths)
    levels_below = [layer.name for layer in layers if layer.name.endswith(".activation")]
    dropouts = DROPOUT_LEVELS if has_dropout else 0
    layers += _decoder(widths, levels_below, has_skips=has_skips, dropouts=dropouts)
    width = layers[-1], (2 if has_skips else 1) * widths[0]
    last = transposed("up1.convolution", width[0].name, width[1], out_channels, has_bias=True)
    layers += [last, Activation(name="color", source=last.name, function="tanh")]
    return Network(inputs=(Input(name="gray", channels=1),), layers=tuple(layers), stride=size)


def _encoder(widths: list[int]) -> list[Layer]:
    layers: list[Layer] = []
    source, channels = "gray", 1
    for level, width in enumerate(widths):
        # No norm at the first level, nor at the 1x1 bottleneck, whose statistics over one
        # position would be those of the batch alone (Isola et al. 2017, unet_innermost).
        norm: Norm | None = "batch" if 0 < level < len(widths) - 1 else None
        layers += down(f"down{level + 1}", source, channels, width, norm=norm)
        source, channels = layers[-1].name, width
    return layers


def _decoder(
    widths: list[int], levels_below: list[str], *, has_skips: bool, dropouts: int
) -> list[Layer]:
    layers: list[Layer] = []
    source, channels = levels_below[-1], widths[-1]
    for level in reversed(range(1, len(widths))):
        name, width = f"up{level + 1}", widths[level - 1]
        layers += up(name, source, channels, width)
        if len(widths) - level <= dropouts:
            layers.append(Dropout(name=f"{name}.dropout", source=layers[-1].name, rate=DROPOUT))
        source, channels = layers[-1].name, width
        if has_skips:
            skip = Concatenate(name=f"{name}.skip", sources=(source, levels_below[level - 1]))
            layers.append(skip)
            source, channels = skip.name, 2 * width
    return layers
