"""The OpenVINO backend: what it says where it is absent, its graph, threads and precision."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from math import prod
from pathlib import Path

import numpy as np
import pytest
from onnx.reference import ReferenceEvaluator

from colorize_cli.core.backend import SharingBackend
from colorize_cli.core.errors import UnavailableError
from colorize_cli.core.layers import Input, Network, TransposedConvolution, draw_parameters
from colorize_cli.core.onnx_graph import build_graph, embedded_weights
from colorize_openvino import backend as module
from colorize_openvino.backend import OpenvinoBackend
from other_tables import NETWORKS
from tiny_models import make_gray, make_model


@pytest.fixture
def openvino():
    return pytest.importorskip("openvino")


@pytest.fixture
def inference(openvino):
    from colorize_openvino import inference

    return inference


def run(openvino, network, weights, given):
    """Compute a network in float32 as its graph says."""
    from colorize_openvino.inference import the_core
    from colorize_openvino.networks import build_model

    settings = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = the_core().compile_model(build_model(network, weights), "CPU", settings)
    return compiled(given)[0]


def expected_of(network, weights, given):
    names = [entry.name for entry in network.inputs]
    graph = build_graph(network, embedded_weights(weights))
    return ReferenceEvaluator(graph).run(None, dict(zip(names, given, strict=True)))[0]


def test_without_openvino_the_reason_and_the_remedy_are_told(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    probe = OpenvinoBackend().probe()
    assert not probe.is_available
    assert (probe.reason, probe.remedy) == (
        "openvino is not installed",
        "pip install 'colorize-gan[openvino]'",
    )


@pytest.mark.parametrize("name", NETWORKS)
def test_every_table_computes_what_the_reference_computes(openvino, name):
    network, random = NETWORKS[name](), np.random.default_rng(0)
    weights = {
        # Statistics away from 0 and 1, so that normalization shows; variances stay positive.
        key: np.abs(array + random.normal(0, 0.3, array.shape)).astype(np.float32) + 0.01
        if key.endswith("running_var")
        else (array * 2 + random.normal(0, 0.05, array.shape)).astype(np.float32)
        for key, array in draw_parameters(network, random).items()
    }
    given = [
        random.uniform(-1, 1, (2, entry.channels, 32, 64)).astype(np.float32)
        for entry in network.inputs
    ]
    expected = expected_of(network, weights, given)
    assert expected.std() > 1e-3
    found = run(openvino, network, weights, given)
    np.testing.assert_allclose(found, expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("channels", [1, 4, 5, 16])
@pytest.mark.parametrize(("kernel", "stride", "padding"), [(4, 2, 1), (4, 2, 0), (2, 2, 0)])
def test_transposed_convolutions_are_the_references(openvino, channels, kernel, stride, padding):
    layer = TransposedConvolution(
        name="color", source="gray", in_channels=3, out_channels=channels,
        kernel=kernel, stride=stride, padding=padding,
    )  # fmt: skip
    network = Network(inputs=(Input(name="gray", channels=3),), layers=(layer,), stride=1)
    shape = (3, channels, kernel, kernel)
    weights = {
        # Every tap is another number, so that a swapped one shows.
        "color.weight": np.arange(prod(shape), dtype=np.float32).reshape(shape) / prod(shape),
        "color.bias": np.arange(channels, dtype=np.float32),
    }
    given = [np.random.default_rng(0).uniform(-1, 1, (2, 3, 5, 6)).astype(np.float32)]
    found = run(openvino, network, weights, given)
    np.testing.assert_allclose(found, expected_of(network, weights, given), atol=1e-5)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_picture_has_the_very_same_numbers_alone_and_in_a_batch(inference, precision):
    try:
        colorizer = OpenvinoBackend().load_colorizer(make_model(), precision=precision)
    except UnavailableError as error:
        pytest.skip(str(error))
    gray = make_gray(7, 2, 1)
    alone = np.concatenate([colorizer(gray[index : index + 1]) for index in range(len(gray))])
    np.testing.assert_array_equal(colorizer(gray), alone)


@pytest.mark.parametrize(
    ("load", "hints"),
    [
        ("load_colorizer", ["LATENCY", "THROUGHPUT"]),
        # Its callers are many threads from the first picture on.
        ("load_shared_colorizer", ["THROUGHPUT"]),
    ],
)
def test_a_network_is_compiled_once_for_single_pictures_and_once_for_batches(
    inference, monkeypatch, load, hints
):
    compiled = []
    real = inference.openvino.Core.compile_model

    def counting(core, model, device, settings):
        compiled.append(settings["PERFORMANCE_HINT"])
        return real(core, model, device, settings)

    monkeypatch.setattr(inference.openvino.Core, "compile_model", counting)
    colorizer = getattr(OpenvinoBackend(), load)(make_model())
    for batch, rows, columns in ((1, 1, 1), (1, 2, 1), (3, 1, 1), (2, 1, 3), (1, 1, 1)):
        colorizer(make_gray(batch, rows, columns))
    assert compiled == hints


@pytest.mark.parametrize(
    ("load", "expected"),
    [
        (
            "load_colorizer",
            [("LATENCY", 1), ("THROUGHPUT", 3), ("LATENCY", 1), ("THROUGHPUT", 2)],
        ),
        (
            "load_shared_colorizer",
            [("THROUGHPUT", 1), ("THROUGHPUT", 3), ("THROUGHPUT", 1), ("THROUGHPUT", 2)],
        ),
    ],
)
def test_single_pictures_and_batches_are_asked_of_their_own_arrangement(
    inference, monkeypatch, load, expected
):
    asked = []

    class Recording:
        def __init__(self, model, precision, hint):
            self.hint = hint

        def colored(self, gray):
            asked.append((self.hint, len(gray)))
            return gray

    monkeypatch.setattr(inference, "_Engine", Recording)
    colorizer = getattr(OpenvinoBackend(), load)(make_model())
    for batch in (1, 3, 1, 2):
        colorizer(make_gray(batch))
    assert asked == expected


@pytest.mark.parametrize(("has_bfloat16", "precision"), [(True, "bfloat16"), (False, "float32")])
def test_auto_is_bfloat16_where_the_processor_has_it(monkeypatch, has_bfloat16, precision):
    monkeypatch.setattr(module, "has_bfloat16", lambda: has_bfloat16)
    assert OpenvinoBackend().fastest_precision() == precision


def test_a_shared_network_colours_as_any(inference):
    shared = OpenvinoBackend().load_shared_colorizer(make_model())
    assert isinstance(OpenvinoBackend(), SharingBackend)
    for batch in (1, 3):
        alone = OpenvinoBackend().load_colorizer(make_model())(make_gray(batch))
        np.testing.assert_array_equal(shared(make_gray(batch)), alone)


@pytest.mark.parametrize("load", ["load_colorizer", "load_shared_colorizer"])
def test_calls_from_many_threads_do_not_mix_their_pictures(inference, load):
    colorizer = getattr(OpenvinoBackend(), load)(make_model())
    pictures = [make_gray(1 + seed % 3, 2, 2, seed=seed) for seed in range(24)]
    expected = [colorizer(gray) for gray in pictures]
    with ThreadPoolExecutor(6) as pool:
        for found, color in zip(pool.map(colorizer, pictures), expected, strict=True):
            np.testing.assert_array_equal(found, color)


def test_the_processor_has_as_many_threads_as_were_asked_for(inference, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    colorizer = OpenvinoBackend().load_colorizer(make_model())
    assert colorizer._one._compiled.get_property("INFERENCE_NUM_THREADS") == 1


@pytest.mark.parametrize(("asked", "threads"), [("3", 3), ("0", 2), ("many", 2), (None, 2)])
def test_threads_are_those_asked_for_or_those_of_the_process(
    inference, monkeypatch, asked, threads
):
    monkeypatch.setattr(inference, "usable_processors", lambda: 2)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if asked is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", asked)
    assert inference._threads() == threads


def test_a_precision_that_the_processor_does_not_have_is_refused(inference, monkeypatch):
    # Where OpenVINO cannot compute in what was asked for, its compiled network says so.
    monkeypatch.setitem(inference.TYPES, "bfloat16", "f32")
    colorizer = OpenvinoBackend().load_colorizer(make_model(), precision="bfloat16")
    compiled = colorizer._one._compiled
    monkeypatch.setitem(inference.TYPES, "bfloat16", "bf16")
    monkeypatch.setattr(
        inference.openvino.Core, "compile_model", lambda self, *given: compiled, raising=True
    )
    with pytest.raises(UnavailableError, match="computes in f32 on this processor, not in bfloat1"):
        OpenvinoBackend().load_colorizer(make_model(), precision="bfloat16")


A_SIGNAL_AFTER_NETWORKS_WERE_LET_GO = """
import faulthandler, gc, signal
faulthandler.enable()
from colorize_openvino.backend import OpenvinoBackend
from tiny_models import make_model
kept = [OpenvinoBackend().load_colorizer(make_model()) for _ in range(3)]
while kept:
    kept.pop(0)
    gc.collect()
caught = []
signal.signal(signal.SIGINT, lambda number, frame: caught.append(number))
signal.raise_signal(signal.SIGINT)
print(*caught)
"""


def test_ctrl_c_is_heard_after_networks_were_let_go(openvino):
    # Each of OpenVINO's cores gives the thread a stack for signals, and takes it away when it goes,
    # even if the thread still points at it: the next signal then was a segmentation fault.
    support = Path(__file__).parents[1] / "support"
    ended = subprocess.run(
        [sys.executable, "-c", A_SIGNAL_AFTER_NETWORKS_WERE_LET_GO],
        env={**os.environ, "PYTHONPATH": str(support)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (0, "2\n"), ended.stderr
