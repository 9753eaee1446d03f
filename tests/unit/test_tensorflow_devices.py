"""What is said of TensorFlow without it, and how it is brought in."""

import subprocess
import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec

import pytest

from colorize_tensorflow import devices
from colorize_tensorflow.backend import TensorFlowBackend

QUIET_START = """
import sys
from colorize_tensorflow.devices import resolve_device
assert "tensorflow" not in sys.modules
print(resolve_device("cpu"))
import tensorflow as tf
tf.function(lambda x: tf.nn.relu(x))(tf.zeros([2, 2]))
"""
OLD_FORM = 'build_info = OrderedDict([("is_cuda_build", True)])'


def make_build(folder, facts):
    place = folder / devices.BUILD_FACTS
    place.parent.mkdir(parents=True)
    place.write_text(facts)
    spec = ModuleSpec("tensorflow", None, is_package=True)
    spec.submodule_search_locations = [str(folder)]
    return spec


@pytest.fixture
def driver(tmp_path, monkeypatch):
    """Pretend that a driver may have made its file."""
    monkeypatch.setattr(devices, "CUDA_DRIVER", tmp_path / "nvidiactl")
    return tmp_path / "nvidiactl"


@pytest.mark.parametrize("facts", ["[('is_cuda_build', True)]", OLD_FORM])
def test_a_gpu_is_expected_where_both_the_build_and_a_driver_have_it(tmp_path, driver, facts):
    driver.touch()
    spec = make_build(tmp_path / "tensorflow", facts)
    assert devices.probable_devices(spec) == ("cuda", "cpu")


def test_no_gpu_is_expected_without_a_driver(tmp_path, driver):
    spec = make_build(tmp_path / "tensorflow", "[('is_cuda_build', True)]")
    assert devices.probable_devices(spec) == ("cpu",)


@pytest.mark.parametrize("facts", ["[('is_cuda_build', False), ('is_rocm_build', True)]", ""])
def test_no_gpu_is_expected_of_a_build_without_it(tmp_path, driver, facts):
    driver.touch()
    spec = make_build(tmp_path / "tensorflow", facts)
    assert devices.probable_devices(spec) == ("cpu",)


def test_without_tensorflow_the_probe_says_what_to_install(monkeypatch):
    monkeypatch.setattr("colorize_tensorflow.backend.find_spec", lambda name: None)
    probe = TensorFlowBackend().probe()
    assert (probe.is_available, probe.reason) == (False, "tensorflow is not installed")
    assert probe.remedy == "pip install 'colorize-gan[tensorflow]'"


@pytest.mark.skipif(find_spec("tensorflow") is None, reason="tensorflow is not installed")
def test_tensorflow_starts_without_a_word():
    command = [sys.executable, "-c", QUIET_START]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (result.returncode, result.stdout, result.stderr) == (0, "cpu\n", "")


def test_what_is_held_back_is_told_if_it_fails(capfd):
    def fail():
        with devices.stderr_held_back():
            subprocess.run([sys.executable, "-c", "import os; os.write(2, b'why')"], check=True)
            raise ImportError("broken")

    with pytest.raises(ImportError, match="broken"):
        fail()
    assert capfd.readouterr().err == "why"


def test_what_is_held_back_is_forgotten_if_all_is_well(capfd):
    with devices.stderr_held_back():
        subprocess.run([sys.executable, "-c", "import os; os.write(2, b'banner')"], check=True)
    subprocess.run([sys.executable, "-c", "import os; os.write(2, b'after')"], check=True)
    assert capfd.readouterr().err == "after"
