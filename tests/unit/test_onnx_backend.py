from importlib.machinery import ModuleSpec

import pytest

from colorize_cli.core.errors import UnavailableError
from colorize_onnx import backend as module
from colorize_onnx import inference
from colorize_onnx.backend import OnnxBackend
from tiny_models import make_gray, make_model


@pytest.fixture
def cuda_build(tmp_path, monkeypatch):
    """Let the installed package look like one with CUDA, on a machine with a driver."""
    (tmp_path / "capi").mkdir()
    (tmp_path / "capi/libonnxruntime_providers_cuda.so").touch()
    spec = ModuleSpec("onnxruntime", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(module, "find_spec", lambda name: spec)
    monkeypatch.setattr(module, "CUDA_DRIVER", tmp_path)
    return tmp_path


def test_without_the_runtime_the_reason_and_the_remedy_are_told(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    probe = OnnxBackend().probe()
    assert not probe.is_available
    assert (probe.reason, probe.remedy) == (
        "onnxruntime is not installed",
        "pip install onnxruntime",
    )


def test_a_cuda_build_with_a_driver_offers_cuda_first(cuda_build):
    assert OnnxBackend().probe().devices == ("cuda", "cpu")


def test_a_cuda_build_without_a_driver_offers_the_processor(cuda_build, monkeypatch):
    monkeypatch.setattr(module, "CUDA_DRIVER", cuda_build / "none")
    assert OnnxBackend().probe().devices == ("cpu",)


def test_cuda_that_does_not_start_is_never_replaced(cuda_build, monkeypatch):
    monkeypatch.setattr(
        inference.onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"]
    )
    with pytest.raises(UnavailableError, match="device 'cuda' is not there: onnxruntime"):
        OnnxBackend().load_colorizer(make_model(), device="cuda")


def test_auto_takes_the_best_that_starts_and_says_which(cuda_build, monkeypatch):
    monkeypatch.setattr(
        inference.onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"]
    )
    assert OnnxBackend().load_colorizer(make_model()).device == "cpu"


@pytest.mark.parametrize(("asked", "threads"), [("3", 3), ("0", 2), ("many", 2), (None, 2)])
def test_threads_are_those_asked_for_or_those_of_the_process(monkeypatch, asked, threads):
    monkeypatch.setattr("os.sched_getaffinity", lambda process: {4, 7}, raising=False)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if asked is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", asked)
    assert inference._threads() == threads


def test_a_runtime_that_cannot_map_gets_the_weights_in_memory(tmp_path, monkeypatch):
    from colorize_cli.core.model_file import read_model, write_model

    write_model(tmp_path / "m", make_model())
    model, gray = read_model(tmp_path / "m"), make_gray()
    mapped = OnnxBackend().load_colorizer(model)(gray)
    monkeypatch.setattr(inference, "_can_map", lambda: False)
    monkeypatch.setattr(inference, "_mapped_graph", None)
    assert (OnnxBackend().load_colorizer(model)(gray) == mapped).all()


@pytest.mark.parametrize(("version", "can"), [("1.20.1", False), ("1.21.0", True), ("2.0", True)])
def test_mapping_needs_onnxruntime_1_21(monkeypatch, version, can):
    monkeypatch.setattr(inference.onnxruntime, "__version__", version)
    assert inference._can_map() is can


def test_small_models_are_fused_and_colour_as_they_are(monkeypatch):
    level = inference.onnxruntime.GraphOptimizationLevel
    assert inference._options(make_model()).graph_optimization_level == level.ORT_ENABLE_ALL
    fused = OnnxBackend().load_colorizer(make_model())(make_gray(2))
    monkeypatch.setattr(inference, "MOST_FUSED_WEIGHTS", 100)
    assert inference._options(make_model()).graph_optimization_level == level.ORT_DISABLE_ALL
    plain = OnnxBackend().load_colorizer(make_model())(make_gray(2))
    assert abs(fused - plain).max() < 1e-5
