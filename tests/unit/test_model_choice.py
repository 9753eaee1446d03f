import pytest

from colorize_cli.core import model_choice
from colorize_cli.core.errors import BadConfigError, NoInputError, NoPermissionError
from colorize_cli.core.model_choice import bundled_models, find_model
from colorize_cli.core.onnx_graph import write_onnx
from tiny_models import make_model, write_tiny_model


@pytest.fixture(autouse=True)
def bundle(tmp_path, monkeypatch):
    folder = tmp_path / "bundled"
    folder.mkdir()
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setattr(model_choice, "BUNDLED_FOLDER", folder)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.delenv("COLORIZE_MODEL", raising=False)
    return folder


def test_without_a_name_the_default_bundled_model_is_taken(bundle):
    model = write_tiny_model(bundle / f"{model_choice.DEFAULT_MODEL}.safetensors")
    assert find_model().identity == model.identity


def test_bundled_models_are_listed_by_name(bundle):
    for name in ("owls", "birds"):
        write_tiny_model(bundle / f"{name}.safetensors")
    assert bundled_models() == ["birds", "owls"]


def test_a_bundled_name_is_found(bundle):
    model = write_tiny_model(bundle / "owls.safetensors", seed=5)
    assert find_model("owls").identity == model.identity


def test_a_model_file_is_found(tmp_path):
    model = write_tiny_model(tmp_path / "best", seed=6)
    assert find_model(str(tmp_path / "best")).identity == model.identity


def test_a_run_directory_stands_for_its_model(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    model = write_tiny_model(run / "model.safetensors")
    assert find_model(str(run)).identity == model.identity


def test_an_exported_file_gives_the_same_model(tmp_path):
    model = make_model()
    write_onnx(tmp_path / "model.onnx", model)
    assert find_model(str(tmp_path / "model.onnx")).identity == model.identity


def test_the_variable_is_stronger_than_the_settings(tmp_path, monkeypatch, bundle):
    write_tiny_model(bundle / "owls.safetensors", seed=1)
    wanted = write_tiny_model(tmp_path / "mine", seed=2)
    (tmp_path / "work/colorize.toml").write_text('model = "owls"')
    monkeypatch.setenv("COLORIZE_MODEL", str(tmp_path / "mine"))
    assert find_model().identity == wanted.identity


def test_the_settings_are_stronger_than_the_default(tmp_path, bundle):
    write_tiny_model(bundle / f"{model_choice.DEFAULT_MODEL}.safetensors")
    wanted = write_tiny_model(bundle / "owls.safetensors", seed=1)
    (tmp_path / "work/colorize.toml").write_text('model = "owls"')
    assert find_model().identity == wanted.identity


def test_an_unknown_name_lists_the_bundled_models_and_suggests_one(bundle):
    write_tiny_model(bundle / "birds.safetensors")
    with pytest.raises(NoInputError, match=r"nor a bundled model \(birds\); did you mean 'birds'"):
        find_model("brids")


def test_a_run_without_a_model_yet_says_so(tmp_path):
    with pytest.raises(NoInputError, match="no model in this folder yet"):
        find_model(str(tmp_path))


def test_a_file_of_another_kind_does_not_fit(tmp_path):
    (tmp_path / "notes.txt").write_text("not a model, but long enough to be looked at")
    with pytest.raises(BadConfigError, match="not a whole safetensors file"):
        find_model(str(tmp_path / "notes.txt"))


def test_an_unreadable_file_is_a_matter_of_permission(tmp_path, monkeypatch):
    write_tiny_model(tmp_path / "secret")
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(NoPermissionError, match="no permission to read"):
        find_model(str(tmp_path / "secret"))
