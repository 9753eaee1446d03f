import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator

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
)
from colorize_cli.core.onnx_graph import (
    build_graph,
    embedded_weights,
)
from spectral_norms import spectral_example, spectral_passes


def compute(layers, inputs, weights=None):
    """Run a small network in ONNX's reference implementation, after ONNX's own check."""
    names = tuple(Input(name=name, channels=array.shape[1]) for name, array in inputs.items())
    network = Network(inputs=names, layers=tuple(layers), stride=1)
    graph = build_graph(network, embedded_weights(weights or {}))
    onnx.checker.check_model(graph, full_check=True)
    return ReferenceEvaluator(graph).run(None, inputs)[0]


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def convolve(picture, kernel, *, stride, padding, groups=1):
    """Cross-correlate by the definition, one output value at a time."""
    before, after = padding
    padded = np.pad(picture, ((0, 0), (0, 0), (before, after), (before, after)))
    batch, _, height, width = padded.shape
    outputs, depth, size, _ = kernel.shape
    rows, columns = (height - size) // stride + 1, (width - size) // stride + 1
    result = np.zeros((batch, outputs, rows, columns))
    for n, o, y, x in np.ndindex(result.shape):
        first = (o * groups // outputs) * depth
        window = padded[
            n, first : first + depth, y * stride : y * stride + size, x * stride : x * stride + size
        ]
        result[n, o, y, x] = np.sum(window * kernel[o])
    return result


def convolution(**settings):
    return Convolution(name="out", source="gray", **settings)


def test_a_convolution_adds_products_and_its_bias():
    layer = convolution(in_channels=2, out_channels=3, kernel=3, stride=2, padding=(1, 1))
    picture, kernel, bias = noise(2, 2, 6, 8), noise(3, 2, 3, 3, seed=1), noise(3, seed=2)
    result = compute([layer], {"gray": picture}, {"out.weight": kernel, "out.bias": bias})
    expected = convolve(picture, kernel, stride=2, padding=(1, 1)) + bias[:, None, None]
    np.testing.assert_allclose(result, expected, atol=1e-5)


def test_uneven_padding_puts_its_zeros_where_it_says():
    layer = convolution(
        in_channels=1, out_channels=1, kernel=3, stride=2, padding=(0, 1), has_bias=False
    )
    picture = np.arange(16, dtype=np.float32).reshape(1, 1, 4, 4)
    result = compute([layer], {"gray": picture}, {"out.weight": np.ones((1, 1, 3, 3), "f")})
    # Rows and columns 0 to 2 and 2 to 4, of which 4 is padding; worked by hand.
    assert result.tolist() == [[[[45, 39], [66, 50]]]]


def test_groups_keep_channels_apart():
    layer = convolution(
        in_channels=3, out_channels=3, kernel=3, padding=(1, 1), groups=3, has_bias=False
    )
    picture, kernel = noise(1, 3, 5, 4), noise(3, 1, 3, 3, seed=1)
    result = compute([layer], {"gray": picture}, {"out.weight": kernel})
    expected = convolve(picture, kernel, stride=1, padding=(1, 1), groups=3)
    np.testing.assert_allclose(result, expected, atol=1e-5)


def test_a_transposed_convolution_is_the_adjoint_of_the_convolution():
    layer = TransposedConvolution(
        name="out", source="gray", in_channels=3, out_channels=2, kernel=4, stride=2, padding=1
    )
    small, large, kernel = noise(1, 3, 2, 3), noise(1, 2, 4, 6, seed=1), noise(3, 2, 4, 4, seed=2)
    weights = {"out.weight": kernel, "out.bias": np.zeros(2, np.float32)}
    enlarged = compute([layer], {"gray": small}, weights)
    reduced = convolve(large, kernel, stride=2, padding=(1, 1))
    assert enlarged.shape == large.shape
    # <T x, y> = <x, C y> defines the adjoint.
    assert np.vdot(enlarged, large) == pytest.approx(np.vdot(small, reduced), rel=1e-4)


def test_a_transposed_convolution_adds_its_bias():
    layer = TransposedConvolution(
        name="out", source="gray", in_channels=1, out_channels=1, kernel=4, stride=2, padding=1
    )
    weights = {"out.weight": np.zeros((1, 1, 4, 4), "f"), "out.bias": np.array([0.5], "f")}
    result = compute([layer], {"gray": noise(1, 1, 2, 2)}, weights)
    assert result.tolist() == np.full((1, 1, 4, 4), 0.5).tolist()


def test_batch_norm_uses_the_running_statistics():
    layer = BatchNorm(name="out", source="gray", channels=2)
    weights = {
        "out.weight": np.array([2, 3], "f"),
        "out.bias": np.array([0.5, -1], "f"),
        "out.running_mean": np.array([1, -2], "f"),
        "out.running_var": np.array([4, 0.25], "f"),
    }
    picture = np.array([3, -1.5], "f").reshape(1, 2, 1, 1)
    result = compute([layer], {"gray": picture}, weights).ravel()
    # 2 * (3 - 1) / 2 + 0.5 and 3 * (-1.5 + 2) / 0.5 - 1; epsilon 1e-5 hardly shows.
    np.testing.assert_allclose(result, [2.5, 2.0], atol=1e-4)


def test_batch_norm_adds_an_epsilon_of_1e_5_to_the_variance():
    layer = BatchNorm(name="out", source="gray", channels=1)
    ones, zeros = np.ones(1, "f"), np.zeros(1, "f")
    weights = {
        "out.weight": ones,
        "out.bias": zeros,
        "out.running_mean": zeros,
        "out.running_var": zeros,
    }
    result = compute([layer], {"gray": np.ones((1, 1, 1, 1), "f")}, weights)
    assert result.item() == pytest.approx(316.2278, rel=1e-5)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("relu", [0, 0, 0.5, 9]),
        ("relu6", [0, 0, 0.5, 6]),
        ("leaky_relu", [-0.6, 0, 0.5, 9]),
        ("tanh", [-0.9950548, 0, 0.4621172, 1.0]),
        ("sigmoid", [0.0474259, 0.5, 0.6224593, 0.9998766]),
    ],
)
def test_activations_have_their_textbook_values(function, expected):
    values = np.array([-3, 0, 0.5, 9], "f").reshape(1, 1, 1, 4)
    layer = Activation(name="out", source="gray", function=function)
    np.testing.assert_allclose(compute([layer], {"gray": values}).ravel(), expected, atol=1e-6)


def test_concatenate_puts_channels_in_order():
    layer = Concatenate(name="out", sources=("right", "left"))
    left, right = noise(1, 1, 2, 2), noise(1, 2, 2, 2, seed=1)
    result = compute([layer], {"left": left, "right": right})
    np.testing.assert_array_equal(result, np.concatenate([right, left], axis=1))


def test_add_is_the_sum():
    layer = Add(name="out", sources=("left", "right"))
    left, right = noise(1, 2, 2, 2), noise(1, 2, 2, 2, seed=1)
    np.testing.assert_array_equal(compute([layer], {"left": left, "right": right}), left + right)


@pytest.mark.parametrize("factor", [2, 3])
def test_nearest_resizing_repeats_every_pixel(factor):
    layer = Resize(name="out", source="gray", factor=factor, method="nearest")
    picture = noise(1, 2, 2, 3)
    expected = picture.repeat(factor, axis=2).repeat(factor, axis=3)
    np.testing.assert_array_equal(compute([layer], {"gray": picture}), expected)


def test_bilinear_resizing_has_pixel_centres_at_the_half():
    layer = Resize(name="out", source="gray", factor=2, method="bilinear")
    picture = np.array([[0, 4], [8, 12]], "f").reshape(1, 1, 2, 2)
    # Positions -0.25 (clamped), 0.25, 0.75, 1.25 (clamped) along each axis, by hand.
    expected = [[0, 1, 3, 4], [2, 3, 5, 6], [6, 7, 9, 10], [8, 9, 11, 12]]
    np.testing.assert_allclose(compute([layer], {"gray": picture})[0, 0], expected, atol=1e-5)


def test_dropout_colours_as_if_it_were_not_there():
    picture = noise(1, 2, 2, 2)
    layer = Dropout(name="out", source="gray", rate=0.5)
    np.testing.assert_array_equal(compute([layer], {"gray": picture}), picture)


def test_a_spectral_norm_is_computed_from_the_weights_that_are_kept():
    network, weights, picture = spectral_example()
    found = compute(network.layers, {"x": picture}, weights)
    np.testing.assert_allclose(found, spectral_passes(weights, picture, passes=1)[1][0], atol=1e-5)
