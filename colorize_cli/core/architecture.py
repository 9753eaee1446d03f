"""The CGAN as data: what a generator and a discriminator are made of, for every framework.

Source: Putta, Ravikumar and Provenzani 2022, section 3: 4x4 kernels, stride 2, filters 64, 128,
256, 512, 512, 512, 512 down to 1x1 and mirrored up; a discriminator of 64, 128, 256, 512 on the
gray picture and the colour together. Where the paper is silent (normalization, activations) the
tables follow Isola et al. 2017, whose network it adapts: LeakyReLU 0.2 on the way down, ReLU on
the way up, batch norm everywhere but at the ends and at the 1x1 bottleneck, tanh at the end.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Literal, Self, TypeAlias, get_args

from colorize_cli.core.errors import BadConfigError
from colorize_cli.core.layers import (
    Activation,
    ActivationName,
    BatchNorm,
    Concatenate,
    Convolution,
    Input,
    Layer,
    Network,
    TransposedConvolution,
)

ColorSpace: TypeAlias = Literal["rgb", "ab"]
CHANNELS: Final[Mapping[ColorSpace, int]] = {"rgb": 3, "ab": 2}

KERNEL: Final = 4
GREATEST_WIDENING: Final = 8
"""Filters double at each level up to eight times the first: 64 to 512 in the paper."""
DISCRIMINATOR_LEVELS: Final = 4
LEAST_SIZE: Final = 2**DISCRIMINATOR_LEVELS


@dataclass(frozen=True, kw_only=True)
class GeneratorSpec:
    """Which generator: everything that decides its layers.

    `size` is the picture size in pixels at which the bottleneck is 1x1, a power of two from 16;
    the paper's is 128. `base_width` is the number of filters of the first layer.
    """

    family: str = "unet"
    output: ColorSpace = "rgb"
    has_skips: bool = True
    base_width: int = 64
    size: int = 128

    def __post_init__(self) -> None:
        """Refuse what no table can be built for. Raises BadConfigError."""
        if self.family not in GENERATOR_FAMILIES:
            known = ", ".join(GENERATOR_FAMILIES)
            raise BadConfigError(f"unknown generator family {self.family!r} (known: {known})")
        _check(self.output, self.base_width, self.size)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON form that model files carry."""
        return asdict(self)

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> Self:
        """Read the JSON form. Raises BadConfigError on unknown or missing entries."""
        expected = {entry.name for entry in fields(cls)}
        if set(entries) != expected:
            odd = ", ".join(sorted(expected.symmetric_difference(entries)))
            raise BadConfigError(f"the generator's description does not fit: see {odd}")
        return cls(**entries)


@dataclass(frozen=True, kw_only=True)
class DiscriminatorSpec:
    """Which discriminator: it looks at pictures of `size` pixels and decides once for each."""

    output: ColorSpace = "rgb"
    base_width: int = 64
    size: int = 128

    def __post_init__(self) -> None:
        """Refuse what no table can be built for. Raises BadConfigError."""
        _check(self.output, self.base_width, self.size)


def build_generator(spec: GeneratorSpec) -> Network:
    """Return the generator's table: gray `(N, 1, H, W)` in, colour `(N, C, H, W)` in [-1, 1]."""
    return GENERATOR_FAMILIES[spec.family](spec)


def build_discriminator(spec: DiscriminatorSpec) -> Network:
    """Return the discriminator's table: gray and colour in, one logit `(N, 1, 1, 1)` out.

    Its last convolution covers the whole remaining map, which is the same as flattening it into
    one dense unit; a smaller kernel there would make it a patch discriminator.
    """
    inputs = (Input(name="gray", channels=1), Input(name="color", channels=CHANNELS[spec.output]))
    layers: list[Layer] = [Concatenate(name="pair", sources=("gray", "color"))]
    channels = 1 + CHANNELS[spec.output]
    for level in range(DISCRIMINATOR_LEVELS):
        width = _width(spec.base_width, level)
        layers += _down(f"down{level + 1}", layers[-1].name, channels, width, normalize=level > 0)
        channels = width
    layers.append(
        Convolution(
            name="decision",
            source=layers[-1].name,
            in_channels=channels,
            out_channels=1,
            kernel=spec.size >> DISCRIMINATOR_LEVELS,
        )
    )
    return Network(inputs=inputs, layers=tuple(layers), stride=spec.size)


def _unet(spec: GeneratorSpec) -> Network:
    depth = spec.size.bit_length() - 1
    widths = [_width(spec.base_width, level) for level in range(depth)]
    layers = _encoder(widths)
    levels_below = [layer.name for layer in layers if layer.name.endswith(".activation")]
    layers += _decoder(widths, levels_below, spec)
    return Network(inputs=(Input(name="gray", channels=1),), layers=tuple(layers), stride=spec.size)


def _encoder(widths: list[int]) -> list[Layer]:
    layers: list[Layer] = []
    source, channels = "gray", 1
    for level, width in enumerate(widths):
        # No norm at the first level, nor at the 1x1 bottleneck, whose statistics over one
        # position would be those of the batch alone (Isola et al. 2017, unet_innermost).
        normalize = 0 < level < len(widths) - 1
        layers += _down(f"down{level + 1}", source, channels, width, normalize=normalize)
        source, channels = layers[-1].name, width
    return layers


def _decoder(widths: list[int], levels_below: list[str], spec: GeneratorSpec) -> list[Layer]:
    layers: list[Layer] = []
    source, channels = levels_below[-1], widths[-1]
    for level in reversed(range(1, len(widths))):
        name, width = f"up{level + 1}", widths[level - 1]
        layers += _up(name, source, channels, width)
        source, channels = layers[-1].name, width
        if spec.has_skips:
            skip = Concatenate(name=f"{name}.skip", sources=(source, levels_below[level - 1]))
            layers.append(skip)
            source, channels = skip.name, 2 * width
    last = _transposed("up1.convolution", source, channels, CHANNELS[spec.output], has_bias=True)
    return [*layers, last, Activation(name="color", source=last.name, function="tanh")]


def _down(name: str, source: str, channels: int, width: int, *, normalize: bool) -> list[Layer]:
    convolution = Convolution(
        name=f"{name}.convolution",
        source=source,
        in_channels=channels,
        out_channels=width,
        kernel=KERNEL,
        stride=2,
        padding=(1, 1),
        has_bias=not normalize,
    )
    return [convolution, *_norm_and_activation(name, width, "leaky_relu", normalize=normalize)]


def _up(name: str, source: str, channels: int, width: int) -> list[Layer]:
    enlarged = _transposed(f"{name}.convolution", source, channels, width, has_bias=False)
    return [enlarged, *_norm_and_activation(name, width, "relu", normalize=True)]


def _norm_and_activation(
    name: str, width: int, function: ActivationName, *, normalize: bool
) -> list[Layer]:
    source, layers = f"{name}.convolution", list[Layer]()
    if normalize:
        layers.append(BatchNorm(name=f"{name}.norm", source=source, channels=width))
        source = f"{name}.norm"
    return [*layers, Activation(name=f"{name}.activation", source=source, function=function)]


def _transposed(
    name: str, source: str, channels: int, width: int, *, has_bias: bool
) -> TransposedConvolution:
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


def _width(base_width: int, level: int) -> int:
    return base_width * min(1 << level, GREATEST_WIDENING)


def _check(output: str, base_width: int, size: int) -> None:
    if output not in get_args(ColorSpace):
        raise BadConfigError(f"a network cannot predict {output!r}: choose rgb or ab")
    if not isinstance(base_width, int) or base_width < 1:
        raise BadConfigError(f"base width {base_width!r} is not a positive whole number")
    if not isinstance(size, int) or size < LEAST_SIZE or size & (size - 1):
        raise BadConfigError(f"size {size!r} is not a power of two from {LEAST_SIZE}")


GENERATOR_FAMILIES: Final[Mapping[str, Callable[[GeneratorSpec], Network]]] = {"unet": _unet}
"""Builders by name; a new kind of generator is a new line here."""
