"""What our own backends that colour promise beyond the contract (`test_conformance.py`)."""

import numpy as np
import pytest

from colorize_cli.core.errors import UnavailableError
from colorize_cli.core.model_file import read_model, write_model
from colorize_cli.core.precision import ChoosingBackend, resolved_precision
from tiny_models import make_gray, make_model


def colorizer_of(backend, model=None, **settings):
    return backend.load_colorizer(model or make_model(), device="cpu", **settings)


def test_the_processor_is_the_last_resort_of_its_probe(backend):
    probe = backend.probe()
    assert probe.version
    assert probe.devices[-1] == "cpu"


def test_a_model_file_gives_the_very_numbers_of_the_model_in_memory(backend, tmp_path):
    write_model(tmp_path / "model", make_model())
    (tmp_path / "link").symlink_to("model")
    expected = colorizer_of(backend)(make_gray(2))
    for name in ("model", "link"):
        color = colorizer_of(backend, read_model(tmp_path / name))(make_gray(2))
        np.testing.assert_array_equal(color, expected)


def test_any_memory_layout_gives_the_very_same_numbers(backend):
    gray, colorizer = make_gray(1, 2, 2), colorizer_of(backend)
    np.testing.assert_array_equal(colorizer(np.asfortranarray(gray)), colorizer(gray))


@pytest.mark.parametrize("device", ["cpu:1", "CPU", "cuda:", "cuda:x"])
def test_a_device_by_a_name_that_nobody_listed_is_refused(backend, device):
    with pytest.raises(UnavailableError) as caught:
        backend.load_colorizer(make_model(), device=device)
    assert caught.value.status == 69


def test_the_precision_that_auto_stands_for_is_there(backend):
    precision = resolved_precision(backend, "auto", device="cpu")
    assert precision in ("float32", "bfloat16")
    gray = make_gray(1)
    color = colorizer_of(backend, precision=precision)(gray)
    # What one rounding to eight bits of mantissa makes of each layer.
    np.testing.assert_allclose(color, colorizer_of(backend)(gray), atol=0.1)


def test_auto_precision_on_a_device_that_is_not_there_is_refused(backend):
    if not isinstance(backend, ChoosingBackend):
        assert resolved_precision(backend, "auto", device="warp") == "float32"
        return
    with pytest.raises(UnavailableError, match="no device 'warp'"):
        backend.fastest_precision(device="warp")
