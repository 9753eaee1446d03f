"""What every backend that colours promises."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from onnx.reference import ReferenceEvaluator

from colorize_cli.core.backend import API_VERSION, Backend
from colorize_cli.core.errors import UnavailableError
from colorize_cli.core.model_file import read_model, write_model
from colorize_cli.core.onnx_graph import build_graph, embedded_weights, write_onnx
from colorize_cli.core.onnx_graph import read_model as read_exported_model
from tiny_models import STRIDE, make_gray, make_model

TOLERANCE = 1e-4
"""What the contract allows between frameworks."""
ROUNDING = 1e-6
"""What the order of summation may change within one framework."""
FRAMEWORKS = {"torch", "tensorflow", "onnxruntime"}


def colorizer_of(backend, model=None, **settings):
    return backend.load_colorizer(model or make_model(), device="cpu", **settings)


def test_it_satisfies_the_contract(backend):
    assert isinstance(backend, Backend)
    assert backend.api_version == API_VERSION
    assert "infer" in backend.capabilities


def test_its_probe_is_honest(backend):
    probe = backend.probe()
    assert probe.is_available
    assert probe.version
    assert probe.devices[-1] == "cpu"


def test_probing_imports_no_framework(backend):
    code = (
        "import sys; from colorize_cli import plugins; "
        f"plugins.choose_inference_backend({backend.name!r}).probe(); "
        "print(*sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert not FRAMEWORKS & set(result.stdout.split())


@pytest.mark.parametrize(("output", "channels"), [("ab", 2), ("rgb", 3)])
def test_colour_has_the_shape_type_and_range_of_the_contract(backend, output, channels):
    color = colorizer_of(backend, make_model(output=output))(make_gray(2))
    assert color.shape == (2, channels, STRIDE, STRIDE)
    assert color.dtype == np.float32
    assert np.abs(color).max() <= 1
    assert color.std() > 0.001


@pytest.mark.parametrize(("batch", "rows", "columns"), [(1, 1, 1), (2, 3, 1), (3, 1, 4)])
def test_it_computes_what_the_reference_computes(backend, batch, rows, columns):
    model, gray = make_model(), make_gray(batch, rows, columns)
    from colorize_cli.core.architecture import build_generator

    graph = build_graph(build_generator(model.generator), embedded_weights(model.weights))
    expected = ReferenceEvaluator(graph).run(None, {"gray": gray})[0]
    np.testing.assert_allclose(colorizer_of(backend, model)(gray), expected, atol=TOLERANCE)


def test_without_skips_it_computes_what_the_reference_computes(backend):
    model, gray = make_model(has_skips=False), make_gray(2)
    from colorize_cli.core.architecture import build_generator

    graph = build_graph(build_generator(model.generator), embedded_weights(model.weights))
    expected = ReferenceEvaluator(graph).run(None, {"gray": gray})[0]
    np.testing.assert_allclose(colorizer_of(backend, model)(gray), expected, atol=TOLERANCE)


def test_the_same_input_gives_the_same_output(backend):
    gray = make_gray(2)
    first, second = colorizer_of(backend), colorizer_of(backend)
    np.testing.assert_array_equal(first(gray), first(gray))
    np.testing.assert_array_equal(first(gray), second(gray))


def test_a_batch_gives_what_its_pictures_give_alone(backend):
    gray, colorizer = make_gray(3), colorizer_of(backend)
    alone = np.concatenate([colorizer(gray[i : i + 1]) for i in range(3)])
    np.testing.assert_allclose(colorizer(gray), alone, atol=ROUNDING)


def test_the_input_is_left_as_it_was(backend):
    gray = make_gray(2)
    before = gray.copy()
    colorizer_of(backend)(gray)
    np.testing.assert_array_equal(gray, before)


def test_an_earlier_result_is_left_as_it_was(backend):
    colorizer = colorizer_of(backend)
    first = colorizer(make_gray(seed=1))
    before = first.copy()
    colorizer(make_gray(seed=2))
    np.testing.assert_array_equal(first, before)


def test_read_only_and_strided_input_is_taken(backend):
    gray, colorizer = make_gray(1, 2, 2), colorizer_of(backend)
    strided = np.asfortranarray(gray)
    strided.flags.writeable = False
    np.testing.assert_array_equal(colorizer(strided), colorizer(gray))


def test_the_model_is_left_as_it_was(backend):
    model = make_model()
    colorizer_of(backend, model)(make_gray())
    assert replace(model).identity == make_model().identity


def test_a_model_file_gives_what_the_model_in_memory_gives(backend, tmp_path):
    folder = tmp_path / "a folder, näme"
    folder.mkdir()
    write_model(folder / "my model", make_model())
    from_file = colorizer_of(backend, read_model(folder / "my model"))
    np.testing.assert_array_equal(from_file(make_gray()), colorizer_of(backend)(make_gray()))


def test_weights_changed_since_they_were_read_are_those_that_count(backend, tmp_path):
    write_model(tmp_path / "m", make_model(seed=1))
    changed = replace(read_model(tmp_path / "m"), weights=make_model(seed=2).weights)
    expected = colorizer_of(backend, make_model(seed=2))(make_gray())
    np.testing.assert_array_equal(colorizer_of(backend, changed)(make_gray()), expected)


def test_a_file_replaced_since_it_was_read_changes_nothing(backend, tmp_path):
    write_model(tmp_path / "m", make_model(seed=1))
    model = read_model(tmp_path / "m")
    write_model(tmp_path / "m", make_model(seed=2))
    expected = colorizer_of(backend, make_model(seed=1))(make_gray())
    np.testing.assert_array_equal(colorizer_of(backend, model)(make_gray()), expected)


def test_a_model_file_is_found_by_a_relative_path(backend, tmp_path, monkeypatch):
    write_model(tmp_path / "model.safetensors", make_model())
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to("model.safetensors")
    for name in ("model.safetensors", "link"):
        colorizer = colorizer_of(backend, read_model(type(tmp_path)(name)))
        np.testing.assert_array_equal(colorizer(make_gray()), colorizer_of(backend)(make_gray()))


def test_an_exported_file_gives_what_the_model_gives(backend, tmp_path):
    write_onnx(tmp_path / "m.onnx", make_model())
    exported = colorizer_of(backend, read_exported_model(tmp_path / "m.onnx"))
    np.testing.assert_array_equal(exported(make_gray()), colorizer_of(backend)(make_gray()))


def test_it_says_where_it_runs(backend):
    assert colorizer_of(backend).device == "cpu"
    assert backend.load_colorizer(make_model()).device == backend.probe().devices[0]


@pytest.mark.parametrize("device", ["quantum", "cuda:99", "cpu:1", "", "CPU"])
def test_a_device_that_is_not_there_is_refused(backend, device):
    with pytest.raises(UnavailableError) as caught:
        backend.load_colorizer(make_model(), device=device)
    assert caught.value.status == 69


def test_nothing_reaches_stdout(backend, capfd):
    colorizer_of(backend)(make_gray())
    assert capfd.readouterr().out == ""


def test_bfloat16_is_honoured_or_refused(backend):
    gray = make_gray(2)
    try:
        color = colorizer_of(backend, precision="bfloat16")(gray)
    except UnavailableError as error:
        assert "float32 only" in error.reason  # noqa: PT017 - either is right
        return
    assert color.dtype == np.float32
    exact = colorizer_of(backend)(gray)
    assert 0 < np.abs(color - exact).max() < 0.1
