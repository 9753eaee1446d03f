from pathlib import Path

import numpy as np
import pytest

from colorize_cli.core.errors import BadConfigError, NoInputError
from colorize_cli.core.tensor_file import write_tensors
from colorize_trainers.checkpointing import Position, keep_as, read_checkpoint, write_checkpoint

STATE = {"generator/step": np.array(3, np.int64), "generator/x": np.arange(4, dtype=np.float32)}


def test_a_checkpoint_comes_back_as_it_was_written(tmp_path: Path) -> None:
    position = Position(epoch=2, batch=1, step=9, images=32, sums={"l1": 1 / 3}, least_error=0.1)
    write_checkpoint(tmp_path / "last.safetensors", STATE, position)
    state, found = read_checkpoint(tmp_path / "last.safetensors")
    assert found == position
    assert all(np.array_equal(state[name], STATE[name]) for name in STATE)
    assert state["generator/step"].dtype == np.int64


def test_a_checkpoint_kept_under_a_second_name_outlives_the_first(tmp_path: Path) -> None:
    last, best = tmp_path / "last.safetensors", tmp_path / "best.safetensors"
    write_checkpoint(last, STATE, Position(step=1))
    keep_as(last, best)
    write_checkpoint(last, STATE, Position(step=2))
    assert read_checkpoint(best)[1].step == 1
    assert read_checkpoint(last)[1].step == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == [best.name, last.name]


def test_a_truncated_checkpoint_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "last.safetensors"
    write_checkpoint(path, STATE, Position())
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(BadConfigError, match="truncated"):
        read_checkpoint(path)


def test_another_safetensors_file_is_not_taken_for_a_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    write_tensors(path, STATE, {"kind": "model", "format_version": 1})
    with pytest.raises(BadConfigError, match="not a checkpoint"):
        read_checkpoint(path)


def test_a_missing_checkpoint_is_a_missing_input(tmp_path: Path) -> None:
    with pytest.raises(NoInputError):
        read_checkpoint(tmp_path / "last.safetensors")


def test_means_weigh_each_batch_by_its_pictures() -> None:
    position = Position().after_step({"l1": 1.0}, 30).after_step({"l1": 4.0}, 10)
    assert position.mean_losses() == {"l1": (30 * 1.0 + 10 * 4.0) / 40}
    assert (position.batch, position.step) == (2, 2)


def test_an_epoch_starts_new_sums_and_keeps_the_least_error() -> None:
    position = Position(least_error=2.0).after_step({"l1": 1.0}, 8)
    assert position.is_improved_by(1.5)
    assert not position.is_improved_by(2.0)
    done = position.after_epoch(3.0)
    assert done == Position(epoch=1, step=1, least_error=2.0)
