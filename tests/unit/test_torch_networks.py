"""Networks from tables, in PyTorch: their names, and their numbers against ONNX's reference."""

import numpy as np
import pytest
from onnx.reference import ReferenceEvaluator

from colorize_cli.core.architecture import GeneratorSpec, build_generator
from colorize_cli.core.layers import draw_parameters, parameters
from colorize_cli.core.onnx_graph import build_graph, embedded_weights
from other_tables import NETWORKS, patch_discriminator

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


def test_the_patch_discriminator_decides_for_patches() -> None:
    from colorize_torch.networks import TableNetwork

    module = TableNetwork(patch_discriminator())
    logits = module(torch.zeros(2, 1, 64, 64), torch.zeros(2, 2, 64, 64))
    assert tuple(logits.shape) == (2, 1, 6, 6)


def test_a_network_holds_on_to_no_tensor_that_nobody_reads_any_more() -> None:
    from colorize_torch.networks import _last_readings

    network = build_generator(GeneratorSpec(base_width=2, size=16))
    let_go = [name for names in _last_readings(network) for name in names]
    produced = ["gray", *(layer.name for layer in network.layers[:-1])]
    assert sorted(let_go) == sorted(produced)
