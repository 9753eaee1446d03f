"""A run computes in the precision of its recipe where the device has it."""

import shutil
from pathlib import Path

import pytest

from colorize_cli.core.backend import Precision
from colorize_tensorflow import backend as tensorflow_backend
from colorize_torch import backend as torch_backend
from colorize_trainers.estimates import estimate_run
from colorize_trainers.run_directory import RunConfig, RunDirectory
from fake_cgan import FakeTrainingBackend
from packed_data import pack_photos
from run_sessions import Listener, config_for, resume, session, start

WARNING = (
    "cpu is not known to have bfloat16; where it is imitated, "
    "a run with --precision float32 is many times as fast"
)


class Imitator(FakeTrainingBackend):
    """Has no bfloat16."""

    def imitates(self, precision: Precision, *, device: str = "auto") -> bool:
        assert device == "cpu"
        return precision == "bfloat16"


def recipe_in_bfloat16(folder: Path, **options: str) -> RunConfig:
    """Return settings of a small run of a recipe that asks for bfloat16."""
    data = folder / "data"
    if not data.exists():
        pack_photos(data, train=8, test=2)
    return config_for(data, recipe="compact", **options)


def test_a_recipe_in_bfloat16_is_learnt_in_float32_where_it_is_imitated(tmp_path: Path) -> None:
    backend, heard = Imitator(), Listener()
    start(recipe_in_bfloat16(tmp_path), tmp_path / "run", backend, session(heard))
    noted = RunDirectory(tmp_path / "run").read_config()
    assert backend.made[-1].config.precision == noted.recipe.precision == "float32"
    assert noted.origins["precision"] == "device"
    assert heard.warnings == []


def test_what_a_run_would_take_is_measured_in_that_precision(tmp_path: Path) -> None:
    backend = Imitator()
    estimate = estimate_run(recipe_in_bfloat16(tmp_path), backend, device="cpu")
    assert estimate.config.recipe.precision == backend.made[-1].config.precision == "float32"


def test_bfloat16_by_an_option_is_bfloat16_and_its_price_is_told(tmp_path: Path) -> None:
    backend, heard = Imitator(), Listener()
    config = recipe_in_bfloat16(tmp_path, precision="bfloat16")
    start(config, tmp_path / "run", backend, session(heard))
    assert backend.made[-1].config.precision == "bfloat16"
    assert heard.warnings == [WARNING]


def test_a_run_goes_on_in_its_precision_wherever_it_goes_on(tmp_path: Path) -> None:
    start(recipe_in_bfloat16(tmp_path), tmp_path / "run", FakeTrainingBackend())
    backend, heard = Imitator(), Listener()
    resume(tmp_path / "run", backend, session(heard), epochs=4)
    assert backend.made[-1].config.precision == "bfloat16"
    assert heard.warnings == [WARNING]


def test_so_does_one_that_was_killed_before_its_first_checkpoint(tmp_path: Path) -> None:
    run = tmp_path / "run"
    start(recipe_in_bfloat16(tmp_path), run, FakeTrainingBackend())
    RunDirectory(run).metrics.unlink()
    shutil.rmtree(RunDirectory(run).checkpoints.folder)
    backend, heard = Imitator(), Listener()
    resume(run, backend, session(heard))
    noted = RunDirectory(run).read_config().recipe.precision
    assert (noted, backend.made[-1].config.precision) == ("bfloat16", "bfloat16")
    assert heard.warnings == [WARNING]


def test_a_backend_that_says_nothing_of_it_computes_as_the_recipe_says(tmp_path: Path) -> None:
    backend, heard = FakeTrainingBackend(), Listener()
    start(recipe_in_bfloat16(tmp_path), tmp_path / "run", backend, session(heard))
    assert backend.made[-1].config.precision == "bfloat16"
    assert heard.warnings == []


@pytest.mark.parametrize(
    ("module", "kind"), [(torch_backend, "TorchBackend"), (tensorflow_backend, "TensorFlowBackend")]
)
@pytest.mark.parametrize("has_bfloat16", [True, False])
def test_a_processor_imitates_bfloat16_unless_it_has_it(
    monkeypatch: pytest.MonkeyPatch, module, kind: str, has_bfloat16: bool
) -> None:
    monkeypatch.setattr(module, "has_bfloat16", lambda: has_bfloat16)
    if kind == "TensorFlowBackend":
        monkeypatch.setattr(module, "resolve_device", lambda name: name)
    backend = getattr(module, kind)()
    assert backend.imitates("bfloat16", device="cpu") is not has_bfloat16
    assert backend.imitates("float32", device="cpu") is False


@pytest.mark.parametrize("has_bfloat16", [True, False])
def test_of_gpus_nothing_is_said(monkeypatch: pytest.MonkeyPatch, has_bfloat16: bool) -> None:
    monkeypatch.setattr(tensorflow_backend, "has_bfloat16", lambda: has_bfloat16)
    monkeypatch.setattr(tensorflow_backend, "resolve_device", lambda name: name)
    assert not tensorflow_backend.TensorFlowBackend().imitates("bfloat16", device="cuda:1")
