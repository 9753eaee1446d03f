"""Discriminators of patches, and the generator that Isola et al. 2017 trained beside them."""

import numpy as np
import pytest

from colorize_cli.core.architecture import (
    DiscriminatorSpec,
    GeneratorSpec,
    build_discriminator,
    build_generator,
)
from colorize_cli.core.errors import BadConfigError
from colorize_cli.core.layers import (
    BatchNorm,
    Convolution,
    Dropout,
    TransposedConvolution,
    parameters,
)


def convolutions(network):
    return [layer for layer in network.layers if isinstance(layer, Convolution)]


def patches(family="patch", **settings):
    return build_discriminator(DiscriminatorSpec(family=family, output="ab", **settings))


@pytest.mark.parametrize("family", ["patch", "patch-spectral"])
def test_a_logit_sees_70_pixels(family):
    seen = 1
    # From the last layer back: what one value is computed from (Araujo et al. 2019, equation 1).
    for layer in reversed(convolutions(patches(family))):
        seen = layer.stride * (seen - 1) + layer.kernel
    assert seen == 70


@pytest.mark.parametrize(("side", "logits"), [(32, 2), (96, 10), (128, 14), (256, 30)])
def test_there_are_as_many_logits_as_in_the_paper(side, logits):
    # 30x30 at 256 pixels is what its authors' code gives.
    for layer in convolutions(patches()):
        side = (side + sum(layer.padding) - layer.kernel) // layer.stride + 1
    assert side == logits


def test_widths_are_c64_c128_c256_c512_and_one_logit():
    # Isola et al. 2017, appendix 6.1.2.
    assert [layer.out_channels for layer in convolutions(patches())] == [64, 128, 256, 512, 1]
    assert convolutions(patches())[0].in_channels == 3


def test_batch_norm_is_everywhere_but_at_the_ends():
    network = patches()
    names = [layer.name for layer in network.layers if isinstance(layer, BatchNorm)]
    assert names == ["down2.norm", "down3.norm", "down4.norm"]
    # A bias where no norm would take it away again.
    assert [layer.has_bias for layer in convolutions(network)] == [True, False, False, False, True]


def test_with_spectral_norms_every_convolution_has_one_and_there_is_no_batch_norm():
    network = patches("patch-spectral", base_width=16)
    assert [layer for layer in network.layers if isinstance(layer, BatchNorm)] == []
    assert all(layer.has_spectral_norm and layer.has_bias for layer in convolutions(network))
    vectors = {
        entry.name: entry.shape for entry in parameters(network) if entry.name.endswith("_u")
    }
    assert vectors == {
        "down1.convolution.weight_u": (16,), "down2.convolution.weight_u": (32,),
        "down3.convolution.weight_u": (64,), "down4.convolution.weight_u": (128,),
        "decision.weight_u": (1,),
    }  # fmt: skip


def test_patches_need_pictures_of_32_pixels():
    with pytest.raises(BadConfigError, match="from 32 pixels"):
        DiscriminatorSpec(family="patch", size=16)


def test_an_unknown_discriminator_is_refused():
    with pytest.raises(BadConfigError, match="unknown discriminator 'pixel'"):
        DiscriminatorSpec(family="pixel")  # type: ignore[arg-type]


def test_the_generator_with_dropout_is_the_list_of_its_paper():
    # Isola et al. 2017, appendix 6.1.1, at 256 pixels:
    # C64-C128-C256-C512-C512-C512-C512-C512, then CD512-CD512-CD512-C512-C256-C128-C64.
    network = build_generator(GeneratorSpec(family="unet-dropout", output="ab", size=256))
    encoder = [layer.out_channels for layer in convolutions(network)]
    assert encoder == [64, 128, 256, 512, 512, 512, 512, 512]
    decoder = [layer for layer in network.layers if isinstance(layer, TransposedConvolution)]
    assert [layer.out_channels for layer in decoder] == [512, 512, 512, 512, 256, 128, 64, 2]
    dropouts = {layer.name: layer.rate for layer in network.layers if isinstance(layer, Dropout)}
    assert dropouts == {"up8.dropout": 0.5, "up7.dropout": 0.5, "up6.dropout": 0.5}


def test_dropout_changes_neither_names_nor_shapes_nor_what_is_read_after_it():
    plain, dropping = (
        build_generator(GeneratorSpec(family=family, output="ab", base_width=2, size=32))
        for family in ("unet", "unet-dropout")
    )
    assert parameters(plain) == parameters(dropping)
    (last,) = (layer for layer in dropping.layers if layer.name == "up3.skip")
    assert last.sources == ("up3.dropout", "down2.activation")


@pytest.mark.parametrize("size", [32, 64, 128])
def test_a_unet_is_so_deep_that_one_pixel_is_left(size):
    network = build_generator(GeneratorSpec(family="unet-dropout", output="ab", size=size))
    assert len(convolutions(network)) == int(np.log2(size))
    assert GeneratorSpec(size=size).stride == network.stride == size
