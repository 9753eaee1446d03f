"""The checkpoints of a run: which one training goes on from, whatever happened to the files."""

from pathlib import Path

import numpy as np
import pytest

from colorize_cli.core.errors import BadConfigError
from colorize_trainers.checkpoint_files import CheckpointFiles
from colorize_trainers.checkpointing import read_position
from colorize_trainers.position import Position

STATE = {"generator/step": np.array(3, np.int64), "generator/x": np.arange(4, dtype=np.float32)}


@pytest.fixture
def files(tmp_path: Path) -> CheckpointFiles:
    return CheckpointFiles(tmp_path)


def flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))


def test_before_the_first_checkpoint_there_is_none(files: CheckpointFiles) -> None:
    assert files.newest(warn=pytest.fail) is None
    assert files.epoch_start() is None


def test_the_end_of_the_epoch_before_stays_when_a_new_one_is_written(
    files: CheckpointFiles,
) -> None:
    for position in (Position(epoch=1), Position(epoch=1, batch=4), Position(epoch=1, batch=8)):
        files.save(STATE, position)
    assert read_position(files.last).batch == 8
    assert read_position(files.previous) == Position(epoch=1)
    files.save(STATE, Position(epoch=2))
    assert read_position(files.previous) == Position(epoch=1)


def test_an_epoch_begins_at_the_newest_checkpoint_between_two(files: CheckpointFiles) -> None:
    for position in (Position(epoch=1), Position(epoch=2), Position(epoch=2, batch=3)):
        files.save(STATE, position)
        found = files.epoch_start()
        assert found is not None
        assert found[1].epoch == position.epoch
        assert found[1].is_between_epochs


def test_a_checkpoint_has_its_other_names_and_leaves_no_other_file(files: CheckpointFiles) -> None:
    files.save(STATE, Position(epoch=1), also=[files.best, files.epoch(1)])
    assert read_position(files.best) == read_position(files.epoch(1)) == Position(epoch=1)
    names = sorted(path.name for path in files.folder.iterdir())
    assert names == ["best.safetensors", "epoch-0001.safetensors", "last.safetensors"]


@pytest.mark.parametrize("damage", ["flipped", "truncated", "missing", "empty"])
def test_a_damaged_last_one_gives_way_to_the_one_before_with_a_warning(
    files: CheckpointFiles, damage: str
) -> None:
    files.save(STATE, Position(epoch=1))
    files.save(STATE, Position(epoch=2))
    if damage == "flipped":
        flip_a_bit(files.last)
    elif damage == "missing":
        files.last.unlink()
    else:
        files.last.write_bytes(files.last.read_bytes()[:-3] if damage == "truncated" else b"")
    warnings: list[str] = []
    found = files.newest(warn=warnings.append)
    assert found is not None
    assert found[1] == Position(epoch=1)
    assert len(warnings) == 1
    assert "last.safetensors" in warnings[0]
    assert "going on from the checkpoint before it, after epoch 1" in warnings[0]
    # The damaged one is gone at once, lest it become the one before.
    assert read_position(files.last) == Position(epoch=1)


def test_two_damaged_ones_are_an_error_that_says_so(files: CheckpointFiles) -> None:
    files.save(STATE, Position(epoch=1))
    files.save(STATE, Position(epoch=2))
    flip_a_bit(files.last)
    flip_a_bit(files.previous)
    with pytest.raises(BadConfigError, match=r"SHA-256 differs.*and so is last.safetensors"):
        files.newest(warn=pytest.fail)


def test_a_damaged_one_alone_is_an_error(files: CheckpointFiles) -> None:
    files.save(STATE, Position())
    flip_a_bit(files.last)
    with pytest.raises(BadConfigError, match="there is no other checkpoint"):
        files.newest(warn=pytest.fail)


def test_a_damaged_last_one_does_not_replace_the_one_before(files: CheckpointFiles) -> None:
    files.save(STATE, Position(epoch=1))
    files.save(STATE, Position(epoch=2))
    files.last.write_bytes(b"nothing")
    files.save(STATE, Position(epoch=3))
    assert read_position(files.previous) == Position(epoch=1)
