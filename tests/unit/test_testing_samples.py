from typing import get_args

import numpy as np
import pytest

from colorize_cli.core.architecture import GENERATOR_FAMILIES
from colorize_cli.core.layers import Activation, ActivationName, Convolution, Layer, misfits
from colorize_cli.testing import reference
from colorize_cli.testing.every_layer import every_layer
from colorize_cli.testing.samples import every_layer_model, make_batch, make_gray, make_model


def test_the_network_of_every_layer_has_every_kind_and_every_activation():
    layers = every_layer(2, stride=16).layers
    assert {type(layer) for layer in layers} == set(get_args(Layer))
    functions = {layer.function for layer in layers if isinstance(layer, Activation)}
    assert functions == set(get_args(ActivationName))
    convolutions = [layer for layer in layers if isinstance(layer, Convolution)]
    assert any(layer.groups > 1 for layer in convolutions)
    assert any(layer.padding[0] != layer.padding[1] for layer in convolutions)


def test_its_family_is_known_only_while_it_is_lent():
    before = dict(GENERATOR_FAMILIES)
    with every_layer_model() as model:
        assert model.generator.family in GENERATOR_FAMILIES
        assert not list(misfits(every_layer(2, stride=16), model.weights))
    assert before == GENERATOR_FAMILIES


@pytest.mark.parametrize("output", ["ab", "rgb"])
@pytest.mark.parametrize("has_skips", [True, False])
def test_the_signal_of_samples_neither_dies_nor_saturates(output, has_skips):
    color = reference.colored(make_model(output=output, has_skips=has_skips), make_gray(2))
    assert color.std() > 0.03
    assert np.abs(color).max() < 0.95


def test_samples_are_the_same_every_time():
    assert make_model(1).identity == make_model(1).identity != make_model(2).identity
    for first, second in zip(make_batch(3), make_batch(3), strict=True):
        np.testing.assert_array_equal(first, second)
