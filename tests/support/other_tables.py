"""Networks to build in every framework: those of recipes, and some that no recipe has yet."""

from collections.abc import Callable

from colorize_cli.core.architecture import (
    DiscriminatorSpec,
    GeneratorSpec,
    build_discriminator,
    build_generator,
)
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
)


def natural_generator() -> Network:
    """A pretrained encoder's kind of generator: inverted bottlenecks, resize + convolution.

    One level of a U-Net: lightness three times (as a pretrained stem wants it), a strided stem
    and a depthwise-separable block with TensorFlow's uneven SAME padding, a residual, then
    enlargement, a skip and plain convolutions. In (N, 1, H, W), out (N, 2, H, W), even H and W.
    """
    layers: list[Layer] = [
        Concatenate(name="stem.input", sources=("gray", "gray", "gray")),
        *_convolution("stem", "stem.input", 3, 8, kernel=3, stride=2, padding=(0, 1)),
        *_convolution("block.expand", "stem.activation", 8, 16, kernel=1),
        *_convolution(
            "block.depthwise", "block.expand.activation", 16, 16,
            kernel=5, padding=(2, 2), groups=16,
        ),
        Convolution(
            name="block.project", source="block.depthwise.activation",
            in_channels=16, out_channels=8, kernel=1, has_bias=False,
        ),
        BatchNorm(name="block.norm", source="block.project", channels=8),
        Add(name="block.sum", sources=("block.norm", "stem.activation")),
        Resize(name="up.resize", source="block.sum", factor=2, method="nearest"),
        Concatenate(name="up.skip", sources=("up.resize", "gray")),
        *_convolution("up", "up.skip", 9, 8, kernel=3, padding=(1, 1)),
        Resize(name="half", source="block.sum", factor=2, method="bilinear"),
        Add(name="mixed", sources=("up.activation", "half")),
        Convolution(name="ab", source="mixed", in_channels=8, out_channels=2, kernel=1),
        Activation(name="color", source="ab", function="tanh"),
    ]  # fmt: skip
    return Network(inputs=(Input(name="gray", channels=1),), layers=tuple(layers), stride=2)


def _convolution(
    name: str, source: str, channels: int, width: int, **settings: object
) -> list[Layer]:
    convolution = Convolution(
        name=f"{name}.convolution", source=source, in_channels=channels, out_channels=width,
        has_bias=False, **settings,  # type: ignore[arg-type]
    )  # fmt: skip
    return [
        convolution,
        BatchNorm(name=f"{name}.norm", source=convolution.name, channels=width),
        Activation(name=f"{name}.activation", source=f"{name}.norm", function="relu6"),
    ]


NETWORKS: dict[str, Callable[[], Network]] = {
    "plain rgb generator": lambda: build_generator(
        GeneratorSpec(output="rgb", has_skips=False, base_width=2, size=32)
    ),
    "skip ab generator": lambda: build_generator(GeneratorSpec(output="ab", base_width=2, size=16)),
    "discriminator": lambda: build_discriminator(
        DiscriminatorSpec(output="ab", base_width=2, size=32)
    ),
    "generator with dropout": lambda: build_generator(
        GeneratorSpec(family="unet-dropout", output="ab", base_width=2, size=32)
    ),
    "efficientnet generator": lambda: build_generator(
        GeneratorSpec(family="efficientnet-unet", output="ab", base_width=2, size=32)
    ),
    "patch discriminator": lambda: build_discriminator(
        DiscriminatorSpec(family="patch", output="ab", base_width=2, size=32)
    ),
    "spectral patch discriminator": lambda: build_discriminator(
        DiscriminatorSpec(family="patch-spectral", output="ab", base_width=2, size=32)
    ),
    "natural generator": natural_generator,
}
