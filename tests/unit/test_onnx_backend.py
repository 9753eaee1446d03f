from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from colorize_cli.core.errors import UnavailableError
from colorize_cli.core.model_file import read_model, write_model
from colorize_onnx import backend as module
from colorize_onnx import c_api, inference, mapped, tuning
from colorize_onnx.backend import OnnxBackend
from colorize_onnx.session import Session
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
    assert tuning.threads() == threads


@pytest.fixture
def model(tmp_path):
    write_model(tmp_path / "m.safetensors", make_model())
    return read_model(tmp_path / "m.safetensors")


@pytest.fixture
def runtime():
    return find_spec("onnxruntime")


def test_a_model_that_is_no_longer_its_files_gets_the_weights_in_memory(model, monkeypatch):
    expected = inference.OnnxColorizer(model, device="cpu")(make_gray())
    monkeypatch.setattr(inference, "is_held_by", lambda path, model: False)
    monkeypatch.setattr(inference, "_mapped_graph", None)
    assert (inference.OnnxColorizer(model, device="cpu")(make_gray()) == expected).all()


def test_small_models_are_fused_and_colour_as_they_are(monkeypatch):
    def _options():
        return inference._options(make_model(), is_shared=False)

    level = inference.onnxruntime.GraphOptimizationLevel
    assert _options().graph_optimization_level == level.ORT_ENABLE_ALL
    fused = OnnxBackend().load_colorizer(make_model())(make_gray(2))
    monkeypatch.setattr(tuning, "MOST_FUSED_WEIGHTS", 100)
    assert _options().graph_optimization_level == level.ORT_DISABLE_ALL
    plain = OnnxBackend().load_colorizer(make_model())(make_gray(2))
    assert abs(fused - plain).max() < 1e-5


@pytest.mark.parametrize("most", [100, tuning.MOST_FUSED_WEIGHTS])
def test_the_library_alone_gives_what_the_python_package_gives(model, runtime, monkeypatch, most):
    monkeypatch.setattr(tuning, "MOST_FUSED_WEIGHTS", most)
    alone = mapped.load_mapped(model, None, runtime)
    package = inference.OnnxColorizer(model, device="cpu")
    gray = make_gray(2, 1, 2)
    assert alone.device == "cpu"
    assert np.array_equal(alone(gray), package(gray))
    assert np.array_equal(alone(gray[..., ::-1]), package(gray[..., ::-1]))


def test_what_was_begun_is_taken_up(model, runtime):
    begun = mapped.HeadStart(model.path, runtime)
    session = begun.session()
    found = mapped.load_mapped(model, begun, runtime)
    assert found._session is session is not None
    assert np.array_equal(found(make_gray()), OnnxBackend().load_colorizer(model)(make_gray()))


def test_what_was_begun_for_another_file_is_forgotten(model, runtime, tmp_path):
    write_model(tmp_path / "other", make_model(seed=1))
    other = read_model(tmp_path / "other")
    backend = OnnxBackend()
    backend.begin(model.path)
    colored = backend.load_colorizer(other)(make_gray())
    assert np.array_equal(colored, inference.OnnxColorizer(other, device="cpu")(make_gray()))


def test_a_file_that_changed_meanwhile_is_not_what_was_begun(model, tmp_path):
    backend = OnnxBackend()
    backend.begin(model.path)
    write_model(model.path, make_model(seed=1))
    changed = read_model(model.path)
    assert np.array_equal(
        backend.load_colorizer(changed)(make_gray()),
        inference.OnnxColorizer(changed, device="cpu")(make_gray()),
    )


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 64, b"\2" + b"\0" * 7 + b"{}"])
def test_beginning_with_what_is_no_model_says_nothing(tmp_path, content):
    (tmp_path / "m").write_bytes(content)
    backend = OnnxBackend()
    backend.begin(tmp_path / "m")
    backend.begin(tmp_path / "none")
    assert backend.load_colorizer(make_model()).device == "cpu"


def test_without_the_library_the_package_does_it(model, runtime, tmp_path, monkeypatch):
    with pytest.raises(c_api.LibraryError, match="no C library"):
        c_api.find_library(tmp_path)
    monkeypatch.setattr(c_api, "NAMES", ())
    assert mapped.load_mapped(model, mapped.HeadStart(model.path, runtime), runtime) is None
    found = OnnxBackend().load_colorizer(model)
    assert isinstance(found, inference.OnnxColorizer)


def test_a_library_of_another_kind_is_none(tmp_path):
    (tmp_path / "lib.so").write_bytes(b"not a library")
    with pytest.raises(c_api.LibraryError):
        c_api.load_library(tmp_path / "lib.so")
    numpy_library = Path(np._core._multiarray_umath.__file__)
    with pytest.raises(c_api.LibraryError):
        c_api.load_library(numpy_library)


def test_what_the_library_refuses_is_raised_with_its_words(runtime):
    (folder,) = runtime.submodule_search_locations
    found = c_api.load_library(c_api.find_library(Path(folder)))
    with pytest.raises(c_api.LibraryError, match=r"Protobuf|protobuf|INVALID"):
        Session(found, b"no graph", weights=Path("/none"), threads=1, level=0)


def test_the_weights_are_no_longer_those_of_the_file(model):
    assert mapped.is_held_by(model.path, model)
    assert not mapped.is_held_by(model.path, make_model(seed=1))
