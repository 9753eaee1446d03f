import numpy as np
import pytest

from colorize_cli.core.layers import (
    Activation,
    Add,
    BatchNorm,
    Concatenate,
    Convolution,
    Dropout,
    Input,
    Network,
    Resize,
    TransposedConvolution,
    count_trainable,
    draw_parameters,
    misfits,
    parameters,
    sources_of,
)


def network_of(*layers):
    return Network(inputs=(Input(name="gray", channels=1),), layers=layers, stride=1)


def convolution(**changes):
    settings = {"in_channels": 4, "out_channels": 6, "kernel": 3, **changes}
    return Convolution(name="c", source="gray", **settings)


def shapes(network):
    return {entry.name: entry.shape for entry in parameters(network)}


def test_a_convolution_has_its_kernel_out_in_height_width_and_a_bias():
    assert shapes(network_of(convolution())) == {"c.weight": (6, 4, 3, 3), "c.bias": (6,)}


def test_a_convolution_may_go_without_bias():
    assert shapes(network_of(convolution(has_bias=False))) == {"c.weight": (6, 4, 3, 3)}


def test_a_depthwise_convolution_has_one_channel_a_kernel():
    depthwise = convolution(in_channels=6, groups=6, has_bias=False)
    assert shapes(network_of(depthwise)) == {"c.weight": (6, 1, 3, 3)}


def test_a_spectral_norm_keeps_a_vector_that_is_not_learnt():
    found = {
        entry.name: entry for entry in parameters(network_of(convolution(has_spectral_norm=True)))
    }
    assert {name: entry.shape for name, entry in found.items()} == {
        "c.weight": (6, 4, 3, 3), "c.bias": (6,), "c.weight_u": (6,)
    }  # fmt: skip
    assert not found["c.weight_u"].is_trainable
    drawn = draw_parameters(
        network_of(convolution(out_channels=1000, has_spectral_norm=True)), np.random.default_rng(0)
    )
    # Standard normal, as PyTorch and Miyato et al. 2018 draw it.
    assert drawn["c.weight_u"].std() == pytest.approx(1, abs=0.1)


def test_a_transposed_convolution_has_its_kernel_in_out_height_width():
    layer = TransposedConvolution(
        name="t", source="gray", in_channels=4, out_channels=6, kernel=4, stride=2, padding=1
    )
    assert shapes(network_of(layer)) == {"t.weight": (4, 6, 4, 4), "t.bias": (6,)}


def test_batch_norm_learns_scale_and_shift_but_not_its_statistics():
    found = parameters(network_of(BatchNorm(name="n", source="gray", channels=5)))
    assert {entry.name: entry.is_trainable for entry in found} == {
        "n.weight": True,
        "n.bias": True,
        "n.running_mean": False,
        "n.running_var": False,
    }
    assert {entry.shape for entry in found} == {(5,)}


@pytest.mark.parametrize(
    "layer",
    [
        Activation(name="x", source="gray", function="relu"),
        Dropout(name="x", source="gray", rate=0.5),
        Concatenate(name="x", sources=("gray", "gray")),
        Add(name="x", sources=("gray", "gray")),
        Resize(name="x", source="gray", factor=2, method="nearest"),
    ],
)
def test_other_layers_have_no_parameters(layer):
    assert parameters(network_of(layer)) == ()


def test_sources_are_named_in_order():
    assert sources_of(Concatenate(name="x", sources=("b", "a"))) == ("b", "a")
    assert sources_of(Activation(name="x", source="a", function="relu")) == ("a",)


def test_the_output_is_the_last_layer():
    last = Activation(name="end", source="c", function="tanh")
    assert network_of(convolution(), last).output == "end"


def test_only_learnt_numbers_are_counted():
    norm = BatchNorm(name="n", source="c", channels=6)
    assert count_trainable(network_of(convolution(), norm)) == 6 * 4 * 9 + 6 + 6 + 6


def test_initial_parameters_follow_the_fields_conventions():
    layers = (
        convolution(in_channels=32, out_channels=64),
        BatchNorm(name="n", source="c", channels=4096),
    )
    drawn = draw_parameters(network_of(*layers), np.random.default_rng(0))
    kernel, scale = drawn["c.weight"], drawn["n.weight"]
    # N(0, 0.02) and N(1, 0.02), within five standard errors.
    assert abs(kernel.mean()) < 5 * 0.02 / kernel.size**0.5
    assert kernel.std() == pytest.approx(0.02, rel=0.03)
    assert abs(scale.mean() - 1) < 5 * 0.02 / scale.size**0.5
    assert scale.std() == pytest.approx(0.02, rel=0.06)
    for name, value in (("c.bias", 0), ("n.bias", 0), ("n.running_mean", 0), ("n.running_var", 1)):
        assert set(drawn[name].ravel()) == {value}


def test_the_same_seed_draws_the_same_float32_numbers():
    first, second = (
        draw_parameters(network_of(convolution()), np.random.default_rng(3)) for _ in range(2)
    )
    np.testing.assert_array_equal(first["c.weight"], second["c.weight"])
    assert first["c.weight"].dtype == np.float32


def test_arrays_that_fit_have_no_misfits():
    network = network_of(convolution())
    assert list(misfits(network, draw_parameters(network, np.random.default_rng(0)))) == []


def test_every_misfit_is_said():
    arrays = {"c.weight": np.zeros((6, 4, 3, 2), "f"), "d.bias": np.zeros(6, "f")}
    assert list(misfits(network_of(convolution()), arrays)) == [
        "c.bias is missing",
        "d.bias is not a parameter of this network",
        "c.weight has shape (6, 4, 3, 2), not (6, 4, 3, 3)",
    ]


def test_another_number_format_is_a_misfit():
    network = network_of(convolution(has_bias=False))
    arrays = {"c.weight": np.zeros((6, 4, 3, 3), "d")}
    assert list(misfits(network, arrays)) == ["c.weight is float64, not float32"]
