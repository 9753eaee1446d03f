"""The CGAN as data: what a generator and a discriminator are made of, for every framework.

Source: Putta, Ravikumar and Provenzani 2022, section 3: 4x4 kernels, stride 2, filters 64, 128,
256, 512, 512, 512, 512 down to 1x1 and mirrored up; a discriminator of 64, 128, 256, 512 on the
gray picture and the colour together. Where the paper is silent (normalization, activations) the
tables follow Isola et al. 2017, whose network it adapts: LeakyReLU 0.2 on the way down, ReLU on
the way up, batch norm everywhere but at the ends and at the 1x1 bottleneck, tanh at the end.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, Self, TypeAlias, get_args

from colorize_cli.core.blocks import Norm
from colorize_cli.core.discriminators import LEVELS, patches, whole_picture
from colorize_cli.core.efficientnet_unet import STRIDE, efficientnet_unet
from colorize_cli.core.errors import BadConfigError
from colorize_cli.core.layers import Network
from colorize_cli.core.records import as_dict, names_of, record
from colorize_cli.core.unet import unet

ColorSpace: TypeAlias = Literal["rgb", "ab"]
CHANNELS: Final[Mapping[ColorSpace, int]] = {"rgb": 3, "ab": 2}

DiscriminatorFamily: TypeAlias = Literal["whole", "patch", "patch-spectral"]
"""One logit a picture, as the paper's; one a patch (Isola et al. 2017); with spectral norms."""
PATCH_NORMS: Final[Mapping[str, Norm]] = {"patch": "batch", "patch-spectral": "spectral"}
LEAST_SIZE: Final = 2**LEVELS
LEAST_PATCH_SIZE: Final = 32


@record
class GeneratorSpec:
    """Which generator: everything that decides its layers.

    `size` is that of the pictures it learns from, in pixels, a power of two from 16: the paper's
    is 128. A `unet` is so deep that its bottleneck is 1x1 there. `base_width` is the number of
    filters of the first layer; of the last in an `efficientnet-unet`, which always has skips.
    """

    family: str = "unet"
    output: ColorSpace = "rgb"
    has_skips: bool = True
    base_width: int = 64
    size: int = 128

    def __post_init__(self) -> None:
        """Refuse what no table can be built for. Raises BadConfigError."""
        if not isinstance(self.family, str) or self.family not in GENERATOR_FAMILIES:
            known = ", ".join(GENERATOR_FAMILIES)
            raise BadConfigError(f"unknown generator family {self.family!r} (known: {known})")
        if not isinstance(self.has_skips, bool):
            raise BadConfigError(f"has_skips is true or false, not {self.has_skips!r}")
        _check(self.output, self.base_width, self.size)
        if self.family == "efficientnet-unet" and not (self.has_skips and self.size >= STRIDE):
            raise BadConfigError(f"an {self.family} has skips, and sizes from {STRIDE}")

    @property
    def stride(self) -> int:
        """What heights and widths of pictures must be multiples of."""
        return STRIDE if self.family == "efficientnet-unet" else self.size

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON form that model files carry."""
        return as_dict(self)

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> Self:
        """Read the JSON form. Raises BadConfigError on unknown or missing entries."""
        expected = set(names_of(cls))
        if set(entries) != expected:
            odd = ", ".join(sorted(expected.symmetric_difference(entries)))
            raise BadConfigError(f"the generator's description does not fit: see {odd}")
        return cls(**entries)


@record
class DiscriminatorSpec:
    """Which discriminator: `whole` takes pictures of `size` pixels only, the others any."""

    family: DiscriminatorFamily = "whole"
    output: ColorSpace = "rgb"
    base_width: int = 64
    size: int = 128

    def __post_init__(self) -> None:
        """Refuse what no table can be built for. Raises BadConfigError."""
        if self.family not in get_args(DiscriminatorFamily):
            known = ", ".join(get_args(DiscriminatorFamily))
            raise BadConfigError(f"unknown discriminator {self.family!r} (known: {known})")
        _check(self.output, self.base_width, self.size)
        if self.family != "whole" and self.size < LEAST_PATCH_SIZE:
            raise BadConfigError(f"patches are judged in pictures from {LEAST_PATCH_SIZE} pixels")


def build_generator(spec: GeneratorSpec) -> Network:
    """Return the generator's table: gray `(N, 1, H, W)` in, colour `(N, C, H, W)` in [-1, 1]."""
    return GENERATOR_FAMILIES[spec.family](spec)


def build_discriminator(spec: DiscriminatorSpec) -> Network:
    """Return the discriminator's table: gray and colour in, logits out, `(N, 1, 1, 1)` if whole."""
    channels = CHANNELS[spec.output]
    if spec.family == "whole":
        return whole_picture(size=spec.size, base_width=spec.base_width, color_channels=channels)
    norm = PATCH_NORMS[spec.family]
    return patches(base_width=spec.base_width, color_channels=channels, norm=norm)


def _check(output: str, base_width: int, size: int) -> None:
    if output not in get_args(ColorSpace):
        raise BadConfigError(f"a network cannot predict {output!r}: choose rgb or ab")
    if not isinstance(base_width, int) or base_width < 1:
        raise BadConfigError(f"base width {base_width!r} is not a positive whole number")
    if not isinstance(size, int) or size < LEAST_SIZE or size & (size - 1):
        raise BadConfigError(f"size {size!r} is not a power of two from {LEAST_SIZE}")


def _unet(spec: GeneratorSpec) -> Network:
    return unet(
        size=spec.size,
        base_width=spec.base_width,
        out_channels=CHANNELS[spec.output],
        has_skips=spec.has_skips,
        has_dropout=spec.family == "unet-dropout",
    )


def _efficientnet_unet(spec: GeneratorSpec) -> Network:
    return efficientnet_unet(base_width=spec.base_width, out_channels=CHANNELS[spec.output])


GENERATOR_FAMILIES: Final[Mapping[str, Callable[[GeneratorSpec], Network]]] = {
    "unet": _unet,
    "unet-dropout": _unet,
    "efficientnet-unet": _efficientnet_unet,
}
"""Builders by name: the paper's; the same with the dropout of Isola et al. 2017; one with a
pretrained encoder. A new kind of generator is a new line here."""
