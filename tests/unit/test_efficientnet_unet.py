"""The table of EfficientNet-Lite0's U-Net against its authors' numbers and a count by hand."""

from math import prod

import pytest

from colorize_cli.core.architecture import GeneratorSpec, build_generator
from colorize_cli.core.efficientnet_unet import efficientnet_unet
from colorize_cli.core.errors import BadConfigError
from colorize_cli.core.layers import (
    Activation,
    Add,
    Convolution,
    Resize,
    count_trainable,
    parameters,
    sources_of,
)

NETWORK = efficientnet_unet(base_width=32, out_channels=2)
BLOCKS = {layer.name: layer for layer in NETWORK.layers}


def trace(size):
    """Follow sides and channels through the table."""
    shapes = {"gray": (1, size)}
    for layer in NETWORK.layers:
        given = [shapes[name] for name in sources_of(layer)]
        channels, side = given[0]
        if isinstance(layer, Convolution):
            assert channels == layer.in_channels, layer.name
            side = (side + sum(layer.padding) - layer.kernel) // layer.stride + 1
            channels = layer.out_channels
        elif isinstance(layer, Resize):
            side *= layer.factor
        elif isinstance(layer, Add):
            assert len(set(given)) == 1, layer.name
        elif len(given) > 1:
            assert len({other for _, other in given}) == 1, layer.name
            channels = sum(count for count, _ in given)
        shapes[layer.name] = (channels, side)
    return shapes


def test_the_encoder_has_the_parameters_of_efficientnet_lite0_without_its_head():
    # The authors' network has 4,652,008: from it go the last convolution to 1280 channels with its
    # norm, the classifier, and two of the three input channels of the stem.
    head = 320 * 1280 + 2 * 1280 + 1280 * 1000 + 1000
    found = sum(
        prod(entry.shape)
        for entry in parameters(NETWORK)
        if entry.is_trainable and entry.name.startswith("encoder.")
    )
    assert found == 4_652_008 - head - 2 * 32 * 3 * 3


def test_the_decoder_has_the_parameters_counted_by_hand():
    # 3x3 kernels without bias, each with a norm of two numbers a channel; at the end one with bias.
    pairs = [
        (320 + 112, 160), (160, 160), (160 + 40, 96), (96, 96),
        (96 + 24, 64), (64, 64), (64 + 16, 32),
    ]  # fmt: skip
    decoder = sum(9 * into * out + 2 * out for into, out in pairs) + 9 * 32 * 2 + 2
    assert count_trainable(NETWORK) == 2_958_272 + decoder
    assert count_trainable(NETWORK) < 8_000_000


def test_maps_halve_five_times_and_are_enlarged_back():
    shapes = trace(128)
    # Tan and Le 2019, table 1: the resolutions and channels of B0's stages.
    ends = {1: (16, 64), 3: (24, 32), 5: (40, 16), 8: (80, 8), 11: (112, 8), 15: (192, 4)}
    for number, shape in ends.items():
        assert shapes[f"encoder.block{number}.project.norm"] == shape
    assert shapes["encoder.block16.project.norm"] == (320, 4)
    levels = [shapes[f"decoder.level{level}.resize"] for level in (4, 3, 2, 1)]
    assert levels == [(320, 8), (160, 16), (96, 32), (64, 64)]
    assert shapes["ab"] == (2, 64)
    assert shapes["color"] == (2, 128)


def test_kernels_and_strides_are_those_of_the_paper():
    depthwise = [BLOCKS[f"encoder.block{n}.depthwise.convolution"] for n in range(1, 17)]
    kernels = [3, 3, 3, 5, 5, 3, 3, 3, 5, 5, 5, 5, 5, 5, 5, 3]
    strides = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1]
    assert [layer.kernel for layer in depthwise] == kernels
    assert [layer.stride for layer in depthwise] == strides
    assert all(layer.groups == layer.in_channels == layer.out_channels for layer in depthwise)


@pytest.mark.parametrize(
    ("name", "padding"),
    # On an even side, TensorFlow's SAME pads max(k - stride, 0), the odd one at the far end.
    [("stem", (0, 1)), ("block2.depthwise", (0, 1)), ("block4.depthwise", (1, 2))],
)
def test_strided_convolutions_are_padded_as_they_were_trained(name, padding):
    assert BLOCKS[f"encoder.{name}.convolution"].padding == padding


def test_only_blocks_that_change_nothing_have_a_residual():
    # One for each block of a stage after its first: 0 + 1 + 1 + 2 + 2 + 3 + 0.
    sums = [layer.name for layer in NETWORK.layers if isinstance(layer, Add)]
    assert sums == [f"encoder.block{n}.sum" for n in (3, 5, 7, 8, 10, 11, 13, 14, 15)]


def test_narrowing_convolutions_have_no_activation():
    names = [layer.name for layer in NETWORK.layers if isinstance(layer, Activation)]
    assert not [name for name in names if ".project." in name]
    assert len([name for name in names if name.startswith("encoder.")]) == 1 + 15 + 16


def test_it_takes_multiples_of_32_whatever_it_learns_from():
    spec = GeneratorSpec(family="efficientnet-unet", output="ab", base_width=8, size=128)
    assert spec.stride == build_generator(spec).stride == 32


@pytest.mark.parametrize("changes", [{"has_skips": False}, {"size": 16}])
def test_without_skips_or_below_32_pixels_there_is_none(changes):
    with pytest.raises(BadConfigError, match="efficientnet-unet has skips, and sizes from 32"):
        GeneratorSpec(family="efficientnet-unet", **changes)
