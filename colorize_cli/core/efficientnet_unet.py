"""A U-Net around an encoder that has seen a million photos: EfficientNet-Lite0.

The encoder is EfficientNet-B0 (Tan and Le 2019, table 1) without squeeze-and-excitation and with
ReLU6, as the authors made it for small devices, up to its last block; its first convolution reads
lightness alone. The decoder enlarges by repetition and convolves, which leaves no checkerboard
(Odena et al. 2016), beside the encoder's maps of the same size (Ronneberger et al. 2015). Colour
comes out at half the picture's sides, as JPEG keeps it, and is enlarged linearly.
"""

from typing import Final, NamedTuple

from colorize_cli.core.blocks import normalized
from colorize_cli.core.layers import (
    Activation,
    Add,
    Concatenate,
    Convolution,
    Input,
    Layer,
    Network,
    Resize,
)

STRIDE: Final = 32
STEM_WIDTH: Final = 32
ENCODER: Final = "encoder"


class Stage(NamedTuple):
    """So many inverted bottlenecks, the first of which has the stride (Tan and Le 2019)."""

    blocks: int
    kernel: int
    stride: int
    expansion: int
    width: int


STAGES: Final = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)
DECODER: Final = ((5, 2), (3, 2), (2, 2), (1, 1))
"""Filters, in multiples of the base width, and convolutions at strides of 16, 8, 4 and 2."""


def efficientnet_unet(*, base_width: int, out_channels: int) -> Network:
    """Return the generator's table, for pictures whose sides are multiples of 32.

    `base_width` is the number of filters of the decoder at its finest.
    """
    layers = normalized(
        f"{ENCODER}.stem", "gray", 1, STEM_WIDTH, kernel=3, stride=2, function="relu6"
    )
    layers += _encoder(layers[-1].name)
    layers += _decoder(_maps(layers), base_width)
    layers += _color(layers[-1].name, base_width, out_channels)
    return Network(inputs=(Input(name="gray", channels=1),), layers=tuple(layers), stride=STRIDE)


def _encoder(source: str) -> list[Layer]:
    layers: list[Layer] = []
    channels, number = STEM_WIDTH, 0
    for stage in STAGES:
        for index in range(stage.blocks):
            number += 1
            name, stride = f"{ENCODER}.block{number}", stage.stride if index == 0 else 1
            layers += _block(name, source, channels, stage._replace(stride=stride))
            source, channels = layers[-1].name, stage.width
    return layers


def _block(name: str, source: str, channels: int, stage: Stage) -> list[Layer]:
    """Return an inverted bottleneck: widen, filter each channel, narrow, add (Sandler 2018)."""
    layers: list[Layer] = []
    wide, inner = channels * stage.expansion, source
    if stage.expansion > 1:
        layers += normalized(f"{name}.expand", inner, channels, wide, kernel=1, function="relu6")
        inner = layers[-1].name
    layers += normalized(
        f"{name}.depthwise", inner, wide, wide,
        kernel=stage.kernel, stride=stage.stride, groups=wide, function="relu6",
    )  # fmt: skip
    inner = layers[-1].name
    layers += normalized(f"{name}.project", inner, wide, stage.width, kernel=1, function=None)
    if stage.stride == 1 and channels == stage.width:
        layers.append(Add(name=f"{name}.sum", sources=(layers[-1].name, source)))
    return layers


def _maps(layers: list[Layer]) -> list[tuple[str, int]]:
    """Return the last map of each size with its channels, the smallest first."""
    ends: dict[int, tuple[str, int]] = {}
    stride, number = 2, 0
    for stage in STAGES:
        stride, number = stride * stage.stride, number + stage.blocks
        prefix = f"{ENCODER}.block{number}."
        ends[stride] = (
            [entry.name for entry in layers if entry.name.startswith(prefix)][-1],
            (stage.width),
        )
    return [ends[stride] for stride in sorted(ends, reverse=True)]


def _decoder(maps: list[tuple[str, int]], base_width: int) -> list[Layer]:
    layers: list[Layer] = []
    source, channels = maps[0]
    for level, ((skip, skipped), (multiple, count)) in enumerate(
        zip(maps[1:], DECODER, strict=True)
    ):
        name, width = f"decoder.level{len(DECODER) - level}", multiple * base_width
        enlarged = Resize(name=f"{name}.resize", source=source, factor=2, method="nearest")
        beside = Concatenate(name=f"{name}.skip", sources=(enlarged.name, skip))
        layers += [enlarged, beside]
        channels += skipped
        for number in range(1, count + 1):
            layers += normalized(
                f"{name}.fuse{number}", layers[-1].name, channels, width,
                kernel=3, function="relu",
            )  # fmt: skip
            channels = width
        source = layers[-1].name
    return layers


def _color(source: str, channels: int, out_channels: int) -> list[Layer]:
    ab = Convolution(
        name="ab", source=source, in_channels=channels, out_channels=out_channels,
        kernel=3, padding=(1, 1),
    )  # fmt: skip
    enlarged = Resize(name="enlarged", source=ab.name, factor=2, method="bilinear")
    return [ab, enlarged, Activation(name="color", source=enlarged.name, function="tanh")]
