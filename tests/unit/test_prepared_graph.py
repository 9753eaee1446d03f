import shutil

import pytest

from colorize_cli.core.model_choice import BUNDLED_FOLDER, bundled_models
from colorize_onnx import prepared


@pytest.mark.parametrize("name", bundled_models())
def test_the_graph_beside_a_bundled_model_is_the_one_that_would_be_made(name):
    path = BUNDLED_FOLDER / f"{name}.safetensors"
    assert prepared.prepared_graph(path) == prepared.made_graph(path)


@pytest.fixture
def bundled(tmp_path, monkeypatch):
    """Bundled models elsewhere, which may be changed."""
    for suffix in (".safetensors", ".graph"):
        shutil.copyfile(BUNDLED_FOLDER / f"natural{suffix}", tmp_path / f"natural{suffix}")
    monkeypatch.setattr(prepared, "BUNDLED_FOLDER", tmp_path)
    return tmp_path / "natural.safetensors"


def test_a_model_with_another_header_has_no_graph(bundled):
    assert prepared.prepared_graph(bundled) is not None
    data = bundled.read_bytes()
    bundled.write_bytes(data.replace(b"natural", b"naturaL", 1))
    assert prepared.prepared_graph(bundled) is None


@pytest.mark.parametrize("content", [b"", b"{}\nx", b"no JSON", b'{"graph": 1}\n'])
def test_a_graph_that_cannot_be_read_is_none(bundled, content):
    bundled.with_suffix(".graph").write_bytes(content)
    assert prepared.prepared_graph(bundled) is None


def test_nobody_elses_graph_is_read(bundled, monkeypatch):
    monkeypatch.setattr(prepared, "BUNDLED_FOLDER", BUNDLED_FOLDER)
    assert prepared.prepared_graph(bundled) is None
