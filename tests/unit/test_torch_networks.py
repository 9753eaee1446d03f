"""Networks from tables, in PyTorch: their names, and their numbers against ONNX's reference."""

import numpy as np
import pytest
from onnx.reference import ReferenceEvaluator

from colorize_cli.core.architecture import GeneratorSpec, build_generator
from colorize_cli.core.layers import Dropout, Input, Network, draw_parameters, parameters
from colorize_cli.core.onnx_graph import build_graph, embedded_weights
from other_tables import NETWORKS
from spectral_norms import spectral_example, spectral_passes

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("name", NETWORKS)
def test_names_shapes_and_trainability_are_the_tables(name: str) -> None:
    from colorize_torch.networks import TableNetwork

    network = NETWORKS[name]()
    module = TableNetwork(network)
    expected = parameters(network)
    assert {key: tuple(value.shape) for key, value in module.state_dict().items()} == {
        entry.name: entry.shape for entry in expected
    }
    assert {key for key, _ in module.named_parameters()} == {
        entry.name for entry in expected if entry.is_trainable
    }


@pytest.mark.parametrize("name", NETWORKS)
def test_every_table_computes_what_the_reference_computes(name: str) -> None:
    from colorize_torch.networks import TableNetwork

    network, random = NETWORKS[name](), np.random.default_rng(0)
    weights = {
        # Statistics away from 0 and 1, so that normalization shows; variances stay positive.
        key: np.abs(array + random.normal(0, 0.3, array.shape)).astype(np.float32) + 0.01
        if key.endswith("running_var")
        else (array * 2 + random.normal(0, 0.05, array.shape)).astype(np.float32)
        for key, array in draw_parameters(network, random).items()
    }
    shape = (2, 32, 64)
    given = {
        entry.name: random.uniform(-1, 1, (shape[0], entry.channels, *shape[1:])).astype("float32")
        for entry in network.inputs
    }
    graph = build_graph(network, embedded_weights(weights))
    expected = ReferenceEvaluator(graph).run(None, given)[0]
    module = TableNetwork(network).eval()
    module.load(weights)
    with torch.inference_mode():
        found = module(*(torch.from_numpy(array) for array in given.values())).numpy()
    assert expected.std() > 1e-3
    np.testing.assert_allclose(found, expected, atol=1e-4, rtol=1e-4)


def test_dropout_leaves_out_its_share_and_enlarges_the_rest_in_training_alone() -> None:
    from colorize_torch.networks import TableNetwork

    layer = Dropout(name="out", source="x", rate=0.25)
    network = Network(inputs=(Input(name="x", channels=8),), layers=(layer,), stride=1)
    module, ones = TableNetwork(network), torch.ones(4, 8, 32, 32)
    module.draw_dropout_from(torch.Generator().manual_seed(0))
    first, second = module.train()(ones), module(ones)
    # 32,768 draws: the share has a standard error of 0.0024.
    assert (first == 0).float().mean().item() == pytest.approx(0.25, abs=0.01)
    assert first.unique().tolist() == pytest.approx([0, 4 / 3])
    assert not torch.equal(first, second)
    assert torch.equal(module.eval()(ones), ones)


def test_every_pass_in_training_moves_the_spectral_vector_and_no_other_does() -> None:
    from colorize_torch.networks import TableNetwork

    network, weights, picture = spectral_example()
    module = TableNetwork(network)
    module.load(weights)
    with torch.no_grad():
        found = [module(torch.from_numpy(picture)).numpy() for _ in range(2)]
        left = module.state_dict()["out.weight_u"].numpy().copy()
        shown = module.eval()(torch.from_numpy(picture)).numpy()
    lefts, outputs = spectral_passes(weights, picture, passes=3)
    np.testing.assert_allclose(left, lefts[1], atol=1e-6)
    np.testing.assert_allclose(found, outputs[:2], atol=1e-5)
    np.testing.assert_allclose(shown, outputs[2], atol=1e-5)
    np.testing.assert_array_equal(module.state_dict()["out.weight_u"].numpy(), left)


def test_a_network_holds_on_to_no_tensor_that_nobody_reads_any_more() -> None:
    from colorize_torch.networks import _last_readings

    network = build_generator(GeneratorSpec(base_width=2, size=16))
    let_go = [name for names in _last_readings(network) for name in names]
    produced = ["gray", *(layer.name for layer in network.layers[:-1])]
    assert sorted(let_go) == sorted(produced)
