import json
from importlib.util import find_spec

import onnx
import pytest

from colorize_cli.core.onnx_graph import read_metadata, read_model
from command_line import run_colorize
from tiny_models import write_tiny_model

pytest.importorskip("torch", reason="exporting starts from a framework")

FORMS = [("pt2", "torch"), ("savedmodel", "tensorflow"), ("tflite", "tensorflow")]
"""The forms with a card, and who exports them."""


@pytest.fixture
def model(tmp_path):
    return write_tiny_model(tmp_path / "model.safetensors")


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_model_file_is_exported_whole_and_described(tmp_path, model):
    result = run_colorize(tmp_path, "export", "model.safetensors", "-o", "m.onnx")
    assert (result.returncode, result.stdout) == (0, b""), result.stderr
    onnx.checker.check_model(tmp_path / "m.onnx", full_check=True)
    assert read_model(tmp_path / "m.onnx").identity == model.identity


def test_the_largest_difference_is_printed_and_stored(tmp_path, model):
    result = run_colorize(tmp_path, "export", "model.safetensors", "-o", "m.onnx")
    metadata = read_metadata(tmp_path / "m.onnx")
    stored = float(metadata["largest_difference"])
    assert 0 < stored < 1e-4
    assert f"largest difference from torch {stored:.1e}".encode() in result.stderr
    assert metadata["compared_with"].startswith("torch ")


def test_a_run_directory_is_exported(tmp_path):
    (tmp_path / "run").mkdir()
    model = write_tiny_model(tmp_path / "run/model.safetensors")
    result = run_colorize(tmp_path, "export", "run", "-o", "m.onnx", "--backend", "torch")
    assert result.returncode == 0, result.stderr
    assert read_model(tmp_path / "m.onnx").identity == model.identity


def test_an_existing_file_is_kept(tmp_path, model):
    (tmp_path / "m.onnx").write_bytes(b"mine")
    result = run_colorize(tmp_path, "export", "model.safetensors", "-o", "m.onnx")
    assert result.returncode == 73
    expected = b"colorize: 'm.onnx': it exists already; --force replaces it\n"
    assert result.stderr == expected
    assert (tmp_path / "m.onnx").read_bytes() == b"mine"


def test_force_replaces_an_existing_file(tmp_path, model):
    (tmp_path / "m.onnx").write_bytes(b"mine")
    result = run_colorize(tmp_path, "export", "model.safetensors", "-o", "m.onnx", "--force")
    assert result.returncode == 0
    assert read_model(tmp_path / "m.onnx").identity == model.identity


@pytest.mark.parametrize(
    ("arguments", "status", "reason"),
    [
        (["none", "-o", "m.onnx"], 66, b"no such model file"),
        (["model.safetensors", "-o", "none/m.onnx"], 73, b"no such file or directory"),
        (["model.safetensors", "-o", "."], 73, b"it is a folder"),
        (["model.safetensors", "-o", "-"], 2, b"not to stdout"),
        (["model.safetensors", "-o", "m", "--format", "clay"], 2, b"clay"),
        (["model.safetensors", "-o", "m.pt2"], 2, b"'m.pt2' would hold onnx: use --format pt2"),
        (["model.safetensors", "-o", "m.onnx", "--format", "pt2"], 2, b"would hold pt2"),
        (["model.safetensors", "-o", "m", "--backend", "onnx"], 69, b"does not train"),
        (["model.safetensors", "-o", "m", "--device", "cuda:99"], 69, b"cuda:99"),
        (["notes.txt", "-o", "m.onnx"], 78, b"not a whole safetensors file"),
    ],
)
def test_errors_are_one_line_with_their_status_and_leave_nothing(
    tmp_path, model, arguments, status, reason
):
    (tmp_path / "notes.txt").write_text("not a model")
    before = names_in(tmp_path)
    result = run_colorize(tmp_path, "export", *arguments)
    assert (result.returncode, result.stdout) == (status, b"")
    assert result.stderr.count(b"\n") == 1
    assert reason in result.stderr
    assert names_in(tmp_path) == before


def export_form(folder, form, backend, *arguments):
    if find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    return run_colorize(
        folder, "export", "model.safetensors", "-o", "m", "--format", form, "--backend", backend,
        *arguments,
    )  # fmt: skip


@pytest.mark.parametrize(("form", "backend"), FORMS)
def test_other_forms_have_a_card_that_says_what_they_are(tmp_path, model, form, backend):
    result = export_form(tmp_path, form, backend)
    assert (result.returncode, result.stdout) == (0, b""), result.stderr
    assert names_in(tmp_path) == ["m", "m.json", "model.safetensors"]
    card = json.loads((tmp_path / "m.json").read_text())
    assert (card["form"], card["identity"]) == (form, model.identity)
    assert card["colorize"] == model.header()
    assert card["license"] == "CC0-1.0"
    assert card["compared_with"].startswith(f"{backend} ")
    stored = float(card["largest_difference"])
    assert 0 <= stored < 1e-4
    expected = f"wrote 'm': largest difference from {backend} {stored:.1e}\n"
    assert result.stderr.decode() == expected


def test_an_exported_folder_is_replaced_by_force_alone(tmp_path, model):
    (tmp_path / "m").mkdir()
    (tmp_path / "m/old").touch()
    (tmp_path / "m.json").write_text('{"kind": "export"}')
    result = export_form(tmp_path, "savedmodel", "tensorflow")
    assert (result.returncode, names_in(tmp_path / "m")) == (73, ["old"])
    assert b"'m': it exists already; --force replaces it" in result.stderr
    result = export_form(tmp_path, "savedmodel", "tensorflow", "--force")
    assert result.returncode == 0, result.stderr
    assert names_in(tmp_path) == ["m", "m.json", "model.safetensors"]
    assert "saved_model.pb" in names_in(tmp_path / "m")
    assert "old" not in names_in(tmp_path / "m")
    assert json.loads((tmp_path / "m.json").read_text())["identity"] == model.identity


def test_a_form_that_another_backend_has_names_that_backend(tmp_path, model):
    result = run_colorize(
        tmp_path, "export", "model.safetensors", "-o", "m", "--format", "tflite",
        "--backend", "torch",
    )  # fmt: skip
    assert (result.returncode, result.stdout) == (2, b"")
    expected = b"colorize: torch does not export 'tflite': use --backend tensorflow\n"
    assert result.stderr == expected
    assert names_in(tmp_path) == ["model.safetensors"]


def test_a_folder_that_was_not_exported_is_kept_even_by_force(tmp_path, model):
    (tmp_path / "m").mkdir()
    (tmp_path / "m/precious").touch()
    result = run_colorize(tmp_path, "export", "model.safetensors", "-o", "m", "--force")
    assert result.returncode == 73
    assert names_in(tmp_path / "m") == ["precious"]
