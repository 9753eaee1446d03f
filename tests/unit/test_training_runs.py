"""Runs, from start to resumption, with a CGAN that needs no framework."""

import json
import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from colorize_cli.core.errors import BadConfigError, CannotCreateError, NoInputError, UsageError
from colorize_cli.core.model_file import read_model
from colorize_cli.core.tensor_file import write_tensors
from colorize_trainers.checkpointing import read_checkpoint, read_position
from colorize_trainers.interruption import StopRequest
from colorize_trainers.run_directory import RunDirectory, newest_run
from fake_cgan import FakeTrainingBackend
from packed_data import pack_photos
from run_sessions import config_for, doing_at, resume, session, start


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return pack_photos(tmp_path / "data", train=10, test=3)


def stopping_at(step: int, stop: StopRequest) -> FakeTrainingBackend:
    """Make networks that ask for a stop as their so-many-th step ends."""
    return doing_at(step, lambda: stop.receive(signal.SIGINT, None))


def test_a_run_leaves_settings_metrics_checkpoints_samples_and_a_model(
    data: Path, tmp_path: Path
) -> None:
    outcome = start(config_for(data), tmp_path / "run")
    run = outcome.run
    assert outcome.is_finished
    lines = [json.loads(line) for line in run.metrics.read_text().splitlines()]
    assert [(line["epoch"], line["step"]) for line in lines] == [(1, 3), (2, 6), (3, 9)]
    assert read_position(run.last) == outcome.position
    assert (outcome.position.epoch, outcome.position.batch, outcome.position.step) == (3, 0, 9)
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
    assert not start(config_for(data), tmp_path / "parts", first, session(stop=stop)).is_finished
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


def test_a_run_of_the_version_before_is_read_and_goes_on(data: Path, tmp_path: Path) -> None:
    run = start(config_for(data, epochs=2), tmp_path / "run").run
    best = read_position(run.best).epoch
    config = json.loads(run.config.read_text())
    for name in ("start", "patience", "keep", "checkpoint_minutes", "commands"):
        del config[name]
    for name in ("warm_up_epochs", "ema_decay", "micro_batch", "schedule", "augmentation"):
        del config["recipe"][name]
    run.config.write_text(json.dumps(config))
    run.checkpoints.previous.unlink()
    run.status.unlink()
    for path in (run.last, run.best):
        write_as_before(path)
    assert run.read_config().recipe.schedule == "constant"
    position = resume(run.path, epochs=3).position
    assert position.epoch == 3
    assert position.best_epoch in (best, 3)


def write_as_before(path: Path) -> None:
    """Write a checkpoint again as the first version did."""
    state, position = read_checkpoint(path)
    known = ("epoch", "batch", "step", "images", "sums", "least_error")
    entries = {name: getattr(position, name) for name in known}
    write_tensors(path, state, {"kind": "checkpoint", "format_version": 1, "position": entries})


def test_a_run_that_was_killed_before_its_first_checkpoint_begins_anew(
    data: Path, tmp_path: Path
) -> None:
    whole, again = FakeTrainingBackend(), FakeTrainingBackend()
    run = start(config_for(data), tmp_path / "run", whole).run
    # The first checkpoint is written before anything else that training leaves behind.
    for path in (run.last, run.checkpoints.previous, run.best, run.metrics):
        path.unlink()
    resume(run.path, again)
    assert again.made[0].seen == whole.made[0].seen


def test_what_a_killed_process_left_half_written_is_cleared_away(
    data: Path, tmp_path: Path
) -> None:
    run = start(config_for(data, epochs=1), tmp_path / "run").run
    left = [
        run.path / ".config.json.colorize.tmp",
        run.last.parent / ".next.safetensors.colorize.tmp",
        run.last.parent / "next.safetensors",
        run.samples(1).parent / ".epoch-0002.png.colorize.tmp",
    ]
    for path in left:
        path.write_bytes(b"half")
    resume(run.path, epochs=2)
    assert not any(path.exists() for path in left)


def test_a_folder_in_which_a_start_was_killed_can_be_used_again(data: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/.config.json.colorize.tmp").write_text("{")
    assert start(config_for(data, epochs=1), tmp_path / "run").is_finished


def test_the_newest_run_is_the_one_that_was_at_work_last(data: Path, tmp_path: Path) -> None:
    with pytest.raises(NoInputError, match="no training run in this folder"):
        newest_run(tmp_path)
    first = start(config_for(data, epochs=1), tmp_path / "first").run
    second = start(config_for(data, epochs=1), tmp_path / "second").run
    times = {first: 2_000_000_000, second: 1_000_000_000}
    for run, time in times.items():
        for path in (run.config, run.status, run.last):
            os.utime(path, (time, time))
    assert newest_run(tmp_path) == first


def test_the_command_lines_are_kept(data: Path, tmp_path: Path) -> None:
    config = config_for(data, epochs=1, commands=("colorize train data",))
    run = start(config, tmp_path / "run").run
    assert run.read_config().commands == ("colorize train data",)


def test_the_last_epochs_checkpoints_are_kept_if_asked_for(data: Path, tmp_path: Path) -> None:
    run = start(config_for(data, epochs=4, keep=2), tmp_path / "run").run
    kept = sorted(path.name for path in run.last.parent.glob("epoch-*"))
    assert kept == ["epoch-0003.safetensors", "epoch-0004.safetensors"]
    assert read_position(run.checkpoints.epoch(3)).epoch == 3


def test_warming_up_takes_whole_epochs_and_the_rate_follows_its_schedule(
    data: Path, tmp_path: Path
) -> None:
    backend = FakeTrainingBackend()
    config = config_for(data, warm_up_epochs=1, schedule="linear")
    run = start(config, tmp_path / "run", backend).run
    cgan = backend.made[0]
    assert cgan.phases == ["warm_up"] * 3 + ["adversarial"] * 6
    # Half of the nine steps at the full rate, then down in a line to 0 at the ninth's end.
    assert cgan.rates == pytest.approx([1, 1, 1, 1, 1, 8 / 9, 6 / 9, 4 / 9, 2 / 9])
    lines = [json.loads(line) for line in run.metrics.read_text().splitlines()]
    assert [line["phase"] for line in lines] == ["warm_up", "adversarial", "adversarial"]
    assert "discriminator" not in lines[0]["losses"]
    assert lines[2]["learning_rate"] == pytest.approx(2e-4 * 2 / 9)


def test_a_run_does_not_go_on_with_photos_that_were_changed_where_they_lie(
    data: Path, tmp_path: Path
) -> None:
    start(config_for(data), tmp_path / "run")
    photos = np.load(data / "train.npy")
    photos[0, 0, 0, 0] ^= 1
    np.save(data / "train.npy", photos)
    with pytest.raises(BadConfigError, match="other photos"):
        resume(tmp_path / "run", epochs=4)


def test_a_run_whose_checkpoints_are_gone_is_not_begun_anew_over_its_results(
    data: Path, tmp_path: Path
) -> None:
    start(config_for(data), tmp_path / "run")
    before = (tmp_path / "run" / "model.safetensors").read_bytes()
    shutil.rmtree(tmp_path / "run" / "checkpoints")
    with pytest.raises(BadConfigError, match="its checkpoints are gone"):
        resume(tmp_path / "run", epochs=4)
    assert (tmp_path / "run" / "model.safetensors").read_bytes() == before


def test_a_run_is_not_shortened_to_fewer_epochs_than_are_done(data: Path, tmp_path: Path) -> None:
    start(config_for(data), tmp_path / "run")
    with pytest.raises(UsageError, match="3 epochs are done already"):
        resume(tmp_path / "run", epochs=2)
    assert RunDirectory(tmp_path / "run").read_config().recipe.epochs == 3


def test_a_run_goes_on_when_its_photos_were_moved(data: Path, tmp_path: Path) -> None:
    start(config_for(data), tmp_path / "run")
    moved = data.rename(tmp_path / "elsewhere")
    outcome = resume(tmp_path / "run", data=str(moved), epochs=4)
    assert outcome.position.epoch == 4
    assert RunDirectory(tmp_path / "run").read_config().data == str(moved)
