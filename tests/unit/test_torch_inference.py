"""Colouring with PyTorch: what bfloat16 rounds, and where it is chosen."""

import numpy as np
import pytest

from colorize_cli.core.architecture import build_generator
from colorize_cli.core.layers import draw_parameters
from colorize_torch import backend as module
from colorize_torch.backend import TorchBackend
from other_tables import NETWORKS
from tiny_models import make_gray, make_model

torch = pytest.importorskip("torch")


def under_autocast(network, gray):
    """Return what PyTorch itself makes of float32 weights where autocast is on."""
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        return network(*(torch.from_numpy(array) for array in gray)).float().numpy()


@pytest.mark.parametrize("name", NETWORKS)
def test_weights_that_were_cast_once_compute_what_autocast_computes(name):
    from colorize_torch.inference import cast_weights
    from colorize_torch.networks import TableNetwork

    table, random = NETWORKS[name](), np.random.default_rng(0)
    weights = draw_parameters(table, random)
    network = TableNetwork(table).eval()
    network.load(weights)
    gray = [
        random.uniform(-1, 1, (2, entry.channels, 32, 64)).astype(np.float32)
        for entry in table.inputs
    ]
    expected = under_autocast(network, gray)
    cast_weights(network)
    np.testing.assert_array_equal(under_autocast(network, gray), expected)


@pytest.mark.parametrize(
    ("precision", "expected"), [("float32", torch.float32), ("bfloat16", torch.bfloat16)]
)
def test_the_weights_of_convolutions_have_the_precision_from_the_start(precision, expected):
    colorizer = TorchBackend().load_colorizer(make_model(), device="cpu", precision=precision)
    kinds = {
        tensor.dtype
        for name, tensor in colorizer._generator.state_dict().items()
        if ".conv" in name
    }
    assert kinds == {expected}


def test_statistics_of_batch_norm_stay_float32():
    colorizer = TorchBackend().load_colorizer(make_model(), device="cpu", precision="bfloat16")
    statistics = {
        name: tensor
        for name, tensor in colorizer._generator.state_dict().items()
        if name.endswith(("running_mean", "running_var"))
    }
    assert statistics
    assert {tensor.dtype for tensor in statistics.values()} == {torch.float32}


def test_bfloat16_computes_what_autocast_computes_in_channels_last():
    from colorize_torch.networks import TableNetwork

    model, gray = make_model(), make_gray(2, 2, 1)
    network = TableNetwork(build_generator(model.generator)).eval()
    network.load(model.weights)
    network = network.to(memory_format=torch.channels_last)
    colorizer = TorchBackend().load_colorizer(model, device="cpu", precision="bfloat16")
    np.testing.assert_array_equal(colorizer(gray), under_autocast(network, [gray]))


@pytest.mark.parametrize(("has_bfloat16", "precision"), [(True, "bfloat16"), (False, "float32")])
def test_auto_is_bfloat16_where_the_processor_has_it(monkeypatch, has_bfloat16, precision):
    monkeypatch.setattr(module, "has_bfloat16", lambda: has_bfloat16)
    assert TorchBackend().fastest_precision(device="cpu") == precision


def test_auto_on_a_gpu_is_float32(monkeypatch):
    monkeypatch.setattr(module, "has_bfloat16", lambda: True)
    monkeypatch.setattr(module, "resolve_device", torch.device)
    assert TorchBackend().fastest_precision(device="cuda:0") == "float32"
