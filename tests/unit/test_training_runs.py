"""Runs, from start to resumption, with a CGAN that needs no framework."""

import json
import signal
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from colorize_cli.core.errors import BadConfigError, CannotCreateError, NoInputError, UsageError
from colorize_cli.core.model_file import read_model
from colorize_trainers.checkpointing import Position, read_checkpoint
from colorize_trainers.history import EpochRecord
from colorize_trainers.interruption import StopRequest
from colorize_trainers.recipes import RECIPES, recipe_with
from colorize_trainers.run_directory import RunConfig, RunDirectory
from colorize_trainers.runs import RunOutcome, Session, resume_run, start_run
from fake_cgan import FakeCgan, FakeTrainingBackend
from packed_data import pack_photos


class Listener:
    """A reporter that remembers what it hears."""

    def __init__(self) -> None:
        self.epochs: list[EpochRecord] = []

    def begin(self, *facts: object) -> "Listener":
        return self

    def step(self, position: Position, losses: Mapping[str, float]) -> None:
        pass

    def epoch(self, record: EpochRecord) -> None:
        self.epochs.append(record)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return pack_photos(tmp_path / "data", train=10, test=3)


def config_for(data: Path, **changes: Any) -> RunConfig:
    settings = {"epochs": 3, "batch_size": 4, "base_width": 2, "output": "ab", **changes}
    recipe, origins = recipe_with(RECIPES["paper-plain"], settings)
    return RunConfig(recipe=recipe, data=str(data), fingerprint="", backend="fake", origins=origins)


def start(
    config: RunConfig,
    path: Path,
    backend: FakeTrainingBackend | None = None,
    stop: StopRequest | None = None,
) -> RunOutcome:
    return start_run(
        config,
        backend or FakeTrainingBackend(),
        session=Session(
            device="cpu", reporter=Listener().begin, stop=StopRequest() if stop is None else stop
        ),
        path=path,
        parent=path.parent,
    )


def resume(
    path: Path,
    backend: FakeTrainingBackend | None = None,
    epochs: int | None = None,
    learning_rate: float | None = None,
) -> RunOutcome:
    run = RunDirectory(path)
    return resume_run(
        run,
        run.read_config().with_changes(epochs=epochs, learning_rate=learning_rate),
        backend or FakeTrainingBackend(),
        session=Session(device="cpu", reporter=Listener().begin, stop=StopRequest()),
    )


def stopping_at(step: int, stop: StopRequest) -> FakeTrainingBackend:
    """Make CGANs that ask for a stop as their so-many-th step ends."""

    def prepare(cgan: FakeCgan) -> None:
        def on_step(done: int) -> None:
            if done == step:
                stop.receive(signal.SIGINT, None)

        cgan.on_step = on_step

    return FakeTrainingBackend(prepare)


def test_a_run_leaves_settings_metrics_checkpoints_samples_and_a_model(
    data: Path, tmp_path: Path
) -> None:
    outcome = start(config_for(data), tmp_path / "run")
    run = outcome.run
    assert outcome.is_finished
    lines = [json.loads(line) for line in run.metrics.read_text().splitlines()]
    assert [(line["epoch"], line["step"]) for line in lines] == [(1, 3), (2, 6), (3, 9)]
    assert read_checkpoint(run.last)[1] == Position(
        epoch=3, step=9, least_error=outcome.position.least_error
    )
    assert sorted(path.name for path in run.samples(1).parent.iterdir()) == [
        "epoch-0001.png",
        "epoch-0002.png",
        "epoch-0003.png",
    ]
    model = read_model(run.model)
    assert model.training["recipe"] == "paper-plain"
    assert model.training["test_gray"]["chroma"] == 0


def test_the_settings_say_where_each_change_came_from(data: Path, tmp_path: Path) -> None:
    run = start(config_for(data), tmp_path / "run").run
    found = json.loads(run.config.read_text())
    assert found["origins"]["epochs"] == "--epochs"
    assert found["origins"]["size"] == "data"
    assert found["recipe"]["size"] == 16
    assert found["environment"]["device"] == "cpu"
    assert json.loads(json.dumps(run.read_config().as_dict())) == found


def test_samples_show_gray_generated_and_real_side_by_side(data: Path, tmp_path: Path) -> None:
    run = start(config_for(data, epochs=1), tmp_path / "run").run
    grid = np.asarray(Image.open(run.samples(1)))
    truth = np.load(data / "test.npy")
    assert grid.shape == (3 * 16 + 2 * 4, 3 * 16 + 2 * 4, 3)
    assert np.array_equal(grid[:16, 40:56], truth[0])
    gray = grid[:16, :16].astype(int)
    assert np.abs(gray - gray[..., :1]).max() <= 1


def test_the_best_epoch_is_the_one_with_the_least_error(data: Path, tmp_path: Path) -> None:
    # The fake's tint fades with every step, so that each epoch is nearer to these gray photos.
    gray = pack_photos(tmp_path / "gray", train=10, test=3, is_gray=True)
    run = start(config_for(gray), tmp_path / "run").run
    assert read_checkpoint(run.best)[1].epoch == 3
    errors = [json.loads(line)["test"]["ab_error"] for line in run.metrics.read_text().splitlines()]
    assert errors == sorted(errors, reverse=True)
    assert read_model(run.model).training["epochs"] == 3


def test_a_run_that_was_interrupted_and_resumed_sees_what_an_undisturbed_one_sees(
    data: Path, tmp_path: Path
) -> None:
    stop = StopRequest()
    whole, first, second = FakeTrainingBackend(), stopping_at(5, stop), FakeTrainingBackend()
    start(config_for(data), tmp_path / "whole", whole)
    assert not start(config_for(data), tmp_path / "parts", first, stop).is_finished
    assert read_checkpoint(tmp_path / "parts/checkpoints/last.safetensors")[1].batch == 2
    resume(tmp_path / "parts", second)
    assert whole.made[0].seen == first.made[0].seen + second.made[0].seen

    def losses(run: str) -> list[Any]:
        lines = (tmp_path / run / "metrics.jsonl").read_text().splitlines()
        return [json.loads(line)["losses"] for line in lines]

    assert losses("whole") == losses("parts")


def test_a_finished_run_is_extended_by_more_epochs(data: Path, tmp_path: Path) -> None:
    start(config_for(data, epochs=1), tmp_path / "run")
    outcome = resume(tmp_path / "run", epochs=2)
    assert outcome.is_finished
    assert outcome.position.epoch == 2
    assert outcome.run.read_config().recipe.epochs == 2


def test_a_run_goes_on_with_another_learning_rate_and_remembers_it(
    data: Path, tmp_path: Path
) -> None:
    start(config_for(data, epochs=1), tmp_path / "run")
    backend = FakeTrainingBackend()
    config = resume(tmp_path / "run", backend, epochs=2, learning_rate=1e-5).run.read_config()
    assert backend.made[0].config.learning_rate == 1e-5
    assert config.recipe.learning_rate == 1e-5
    assert config.origins["learning_rate"] == "--learning-rate"


def test_a_run_that_goes_on_elsewhere_says_where(data: Path, tmp_path: Path) -> None:
    start(config_for(data, epochs=1), tmp_path / "run")
    backend = FakeTrainingBackend()
    backend.name = "another"
    config = resume(tmp_path / "run", backend, epochs=2).run.read_config()
    assert config.backend == "another"
    assert config.environment["fakes"] == "1"


def test_a_run_does_not_go_on_with_other_photos(data: Path, tmp_path: Path) -> None:
    start(config_for(data, epochs=1), tmp_path / "run")
    pack_photos(data, train=10, test=3, seed=9)
    with pytest.raises(BadConfigError, match="other photos than this run began with"):
        resume(tmp_path / "run", epochs=2)


def test_a_loss_that_is_no_number_ends_the_run_and_keeps_the_checkpoint(
    data: Path, tmp_path: Path
) -> None:
    def prepare(cgan: FakeCgan) -> None:
        cgan.loss_of = lambda step: float("nan") if step == 4 else 1.0

    with pytest.raises(BadConfigError, match=r"generator loss is no longer a number after step 4"):
        start(config_for(data), tmp_path / "run", FakeTrainingBackend(prepare))
    assert read_checkpoint(tmp_path / "run/checkpoints/last.safetensors")[1].epoch == 1


def test_a_limit_trains_on_so_many_photos_chosen_by_the_seed(data: Path, tmp_path: Path) -> None:
    backend = FakeTrainingBackend()
    config = replace(config_for(data, epochs=1, batch_size=2), limit=4)
    record = start(config, tmp_path / "run", backend).run.metrics.read_text()
    assert len(set(backend.made[0].seen)) == len(backend.made[0].seen) == 2
    assert json.loads(record)["step"] == 2


def test_batches_that_leave_batch_norm_a_single_value_are_a_usage_error(
    data: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="16 pixels need a --batch-size of at least 2"):
        start(config_for(data, batch_size=1), tmp_path / "run")


def test_a_limit_of_nothing_is_a_usage_error(data: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="leaves no photo"):
        start(replace(config_for(data), limit=0), tmp_path / "run")


def test_a_run_directory_in_use_is_not_overwritten(data: Path, tmp_path: Path) -> None:
    start(config_for(data, epochs=1), tmp_path / "run")
    with pytest.raises(CannotCreateError, match="go on with it by --resume"):
        start(config_for(data, epochs=1), tmp_path / "run")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/letter.txt").write_text("keep me")
    with pytest.raises(CannotCreateError, match="not an empty folder"):
        start(config_for(data, epochs=1), tmp_path / "mine")


def test_a_missing_run_and_a_damaged_one_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(NoInputError, match="no training run here"):
        RunDirectory(tmp_path / "nowhere").read_config()
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(BadConfigError, match="JSON"):
        RunDirectory(tmp_path).read_config()
    (tmp_path / "config.json").write_text('{"format_version": 1, "recipe": {}}')
    with pytest.raises(BadConfigError, match="damaged"):
        RunDirectory(tmp_path).read_config()
