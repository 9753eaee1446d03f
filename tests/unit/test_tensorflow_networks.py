"""Networks from tables, in TensorFlow: their names, and their numbers against references."""

from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx.reference import ReferenceEvaluator

from colorize_cli.core.layers import (
    BatchNorm,
    Convolution,
    Dropout,
    Input,
    Layer,
    Network,
    Resize,
    TransposedConvolution,
    draw_parameters,
    parameters,
)
from colorize_cli.core.onnx_graph import build_graph, embedded_weights
from other_tables import NETWORKS, natural_generator
from spectral_norms import spectral_example, spectral_passes

if find_spec("tensorflow") is None:
    pytest.skip("tensorflow is not installed", allow_module_level=True)

LAYERS: dict[str, Layer] = {
    "uneven padding": Convolution(
        name="out", source="x", in_channels=4, out_channels=2, kernel=3, stride=2, padding=(0, 1)
    ),
    "padding wider than SAME": Convolution(
        name="out", source="x", in_channels=4, out_channels=2, kernel=3, padding=(3, 0)
    ),
    "no padding": Convolution(name="out", source="x", in_channels=4, out_channels=2, kernel=2),
    "groups of two": Convolution(
        name="out", source="x", in_channels=4, out_channels=6, kernel=3, padding=(1, 1), groups=2
    ),
    "two kernels a channel": Convolution(
        name="out", source="x", in_channels=4, out_channels=8, kernel=3, padding=(1, 1), groups=4
    ),
    "transposed, cut wider": TransposedConvolution(
        name="out", source="x", in_channels=4, out_channels=3, kernel=3, stride=2, padding=1
    ),
    "transposed, not cut": TransposedConvolution(
        name="out", source="x", in_channels=4, out_channels=3, kernel=4, stride=3, padding=0
    ),
    "bilinear": Resize(name="out", source="x", factor=3, method="bilinear"),
    "nearest": Resize(name="out", source="x", factor=2, method="nearest"),
    "dropout": Dropout(name="out", source="x", rate=0.5),
    "spectral norm": Convolution(
        name="out", source="x", in_channels=4, out_channels=3, kernel=3, has_spectral_norm=True
    ),
    "depthwise with a spectral norm": Convolution(
        name="out",
        source="x",
        in_channels=4,
        out_channels=8,
        kernel=3,
        padding=(1, 1),
        groups=4,
        has_spectral_norm=True,
    ),
    "strided depthwise, uneven padding": Convolution(
        name="out",
        source="x",
        in_channels=4,
        out_channels=4,
        kernel=5,
        stride=2,
        padding=(1, 2),
        groups=4,
    ),
}


def compute(
    network: Network, weights: Any, given: list[NDArray[Any]], *, is_training: bool = False
) -> tuple[NDArray[Any], dict[str, NDArray[Any]]]:
    """Return a network's output and its parameters afterwards."""
    from colorize_tensorflow.devices import load_tensorflow

    tf = load_tensorflow()
    from colorize_tensorflow.networks import TableNetwork, to_channels_first, to_channels_last

    module = TableNetwork(network, device="cpu")
    module.load(weights)

    def run(*tensors: Any) -> Any:
        inputs = [to_channels_last(tensor) for tensor in tensors]
        return to_channels_first(module(*inputs, is_training=is_training))

    # Compiled for open sizes, as it is used: TensorFlow's rewriting of graphs has its own faults.
    signature = [tf.TensorSpec([None, entry.channels, None, None]) for entry in network.inputs]
    function = tf.function(run, input_signature=signature, autograph=False)
    return function(*(tf.constant(array) for array in given)).numpy(), module.arrays()


def moved(network: Network) -> dict[str, NDArray[np.float32]]:
    """Draw weights with statistics away from 0 and 1, so that normalization shows."""
    random = np.random.default_rng(0)
    return {
        key: np.abs(array + random.normal(0, 0.3, array.shape)).astype(np.float32) + 0.01
        if key.endswith("running_var")
        else (array * 2 + random.normal(0, 0.05, array.shape)).astype(np.float32)
        for key, array in draw_parameters(network, random).items()
    }


def noise(*shape: int) -> NDArray[np.float32]:
    return np.random.default_rng(1).uniform(-1, 1, shape).astype(np.float32)


def reference(network: Network, weights: Any, given: list[NDArray[Any]]) -> NDArray[Any]:
    graph = build_graph(network, embedded_weights(weights))
    names = [entry.name for entry in network.inputs]
    result: NDArray[Any] = ReferenceEvaluator(graph).run(
        None, dict(zip(names, given, strict=True))
    )[0]
    return result


@pytest.mark.parametrize("name", NETWORKS)
def test_every_table_computes_what_the_reference_computes(name: str) -> None:
    network = NETWORKS[name]()
    weights = moved(network)
    given = [noise(2, entry.channels, 32, 64) for entry in network.inputs]
    expected = reference(network, weights, given)
    found, after = compute(network, weights, given)
    assert expected.std() > 1e-3
    np.testing.assert_allclose(found, expected, atol=1e-4, rtol=1e-4)
    assert {key: array.shape for key, array in after.items()} == {
        entry.name: entry.shape for entry in parameters(network)
    }


@pytest.mark.parametrize("size", [(6, 8), (7, 5)])
@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_computes_what_the_reference_computes(name: str, size: tuple[int, int]) -> None:
    network = Network(inputs=(Input(name="x", channels=4),), layers=(LAYERS[name],), stride=1)
    weights = {entry.name: noise(*entry.shape) for entry in parameters(network)}
    given = [noise(2, 4, *size)]
    found, after = compute(network, weights, given)
    np.testing.assert_allclose(found, reference(network, weights, given), atol=1e-5)
    for key, array in weights.items():
        np.testing.assert_array_equal(after[key], array)


def test_dropout_leaves_out_its_share_by_its_seed_and_enlarges_the_rest() -> None:
    from colorize_tensorflow.devices import load_tensorflow

    tf = load_tensorflow()
    from colorize_tensorflow.networks import TableNetwork

    twice = (Dropout(name="a", source="x", rate=0.25), Dropout(name="b", source="a", rate=0.25))
    first, both = (
        TableNetwork(
            Network(inputs=(Input(name="x", channels=8),), layers=layers, stride=1), device="cpu"
        )
        for layers in (twice[:1], twice)
    )
    ones = tf.ones((4, 32, 32, 8))
    drawn = [first(ones, is_training=True, seed=tf.constant([7, part])).numpy() for part in (0, 1)]
    # 32,768 draws: the share has a standard error of 0.0024.
    assert (drawn[0] == 0).mean() == pytest.approx(0.25, abs=0.01)
    assert np.unique(drawn[0]) == pytest.approx([0, 4 / 3])
    assert not np.array_equal(*drawn)
    again = first(ones, is_training=True, seed=tf.constant([7, 0])).numpy()
    np.testing.assert_array_equal(again, drawn[0])
    # Each layer draws anew: 9 of 16 are left.
    kept = both(ones, is_training=True, seed=tf.constant([7, 0])).numpy() > 0
    assert kept.mean() == pytest.approx(9 / 16, abs=0.015)
    np.testing.assert_array_equal(first(ones, is_training=False).numpy(), ones)


def test_dropout_without_a_seed_is_refused() -> None:
    from colorize_tensorflow.networks import TableNetwork

    layer = Dropout(name="out", source="x", rate=0.5)
    network = Network(inputs=(Input(name="x", channels=1),), layers=(layer,), stride=1)
    with pytest.raises(ValueError, match="needs a seed"):
        TableNetwork(network, device="cpu")(np.ones((1, 2, 2, 1), "f"), is_training=True)


def test_every_pass_in_training_moves_the_spectral_vector_and_no_other_does() -> None:
    network, weights, picture = spectral_example()
    found = []
    for _ in range(2):
        output, weights = compute(network, weights, [picture], is_training=True)
        found.append(output)
    shown, after = compute(network, weights, [picture])
    lefts, outputs = spectral_passes(spectral_example()[1], picture, passes=3)
    np.testing.assert_allclose(weights["out.weight_u"], lefts[1], atol=1e-6)
    np.testing.assert_allclose([*found, shown], outputs, atol=1e-5)
    np.testing.assert_array_equal(after["out.weight_u"], weights["out.weight_u"])


@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (3, 2), (5, 1), (5, 2)])
def test_depthwise_gradients_in_bfloat16_are_nearly_those_of_float32(
    kernel: int, stride: int
) -> None:
    from colorize_tensorflow.devices import load_tensorflow

    tf = load_tensorflow()
    from colorize_tensorflow.networks import TableNetwork

    zeros = kernel - stride
    layer = Convolution(
        name="out", source="x", in_channels=4, out_channels=4, kernel=kernel, stride=stride,
        padding=(zeros // 2, zeros - zeros // 2), groups=4, has_bias=False,
    )  # fmt: skip
    network = Network(inputs=(Input(name="x", channels=4),), layers=(layer,), stride=1)
    slopes = {}
    for precision in ("float32", "bfloat16"):
        module = TableNetwork(network, device="cpu", precision=precision)
        module.load({"out.weight": noise(4, 1, kernel, kernel)})
        with tf.GradientTape() as tape:
            output = module(tf.constant(noise(2, 8, 8, 4)), is_training=True)
            loss = tf.reduce_sum(tf.square(tf.cast(output, tf.float32)))
        assert output.dtype.name == precision
        slopes[precision] = tape.gradient(loss, module.variables["out.weight"]).numpy()
    largest = np.abs(slopes["float32"]).max()
    difference = np.abs(slopes["bfloat16"] - slopes["float32"]).max()
    # 8 bits of mantissa in operands and results, averaged over 128 products and more.
    assert 0 < difference < 0.02 * largest


def test_variables_have_the_names_of_the_table_and_say_what_is_learnt() -> None:
    from colorize_tensorflow.devices import load_tensorflow

    load_tensorflow()
    from colorize_tensorflow.networks import TableNetwork

    network = natural_generator()
    module = TableNetwork(network, device="cpu")
    for entry in parameters(network):
        assert module.variables[entry.name].name == f"{entry.name}:0"
        assert module.variables[entry.name].trainable == entry.is_trainable


@pytest.mark.parametrize("shape", [(4, 2, 1, 1), (3, 2, 5, 4)])
def test_batch_norm_divides_by_the_biased_variance_and_keeps_the_unbiased(
    shape: tuple[int, ...],
) -> None:
    layer = BatchNorm(name="out", source="x", channels=2)
    network = Network(inputs=(Input(name="x", channels=2),), layers=(layer,), stride=1)
    picture, axes = 1e-3 * noise(*shape), (0, 2, 3)
    weights = {entry.name: 1 + noise(2) for entry in parameters(network)}
    found, after = compute(network, weights, [picture], is_training=True)
    exact = picture.astype(np.float64)
    mean, biased = exact.mean(axes, keepdims=True), exact.var(axes, keepdims=True)
    # So small a variance shows an epsilon of anything but 1e-5.
    normal = (exact - mean) / np.sqrt(biased + 1e-5)
    scale, shift = (weights[f"out.{part}"][:, None, None] for part in ("weight", "bias"))
    np.testing.assert_allclose(found, normal * scale + shift, atol=1e-5)
    unbiased = exact.var(axes, ddof=1)
    for part, batch in (("running_mean", mean.ravel()), ("running_var", unbiased)):
        expected = 0.9 * weights[f"out.{part}"] + 0.1 * batch
        np.testing.assert_allclose(after[f"out.{part}"], expected, rtol=1e-6)
