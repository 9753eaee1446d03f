import hashlib
import json
import struct
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colorize_cli.core.errors import BadConfigError, NoInputError
from colorize_cli.core.tensor_file import read_header, write_tensors
from colorize_trainers.checkpointing import (
    keep_as,
    read_checkpoint,
    read_position,
    write_checkpoint,
)
from colorize_trainers.position import Position

STATE = {"generator/step": np.array(3, np.int64), "generator/x": np.arange(4, dtype=np.float32)}


def test_a_checkpoint_comes_back_as_it_was_written(tmp_path: Path) -> None:
    position = Position(
        epoch=2,
        batch=1,
        step=9,
        images=32,
        sums={"l1": 1 / 3},
        least_error=0.1,
        best_epoch=1,
        is_best_good=True,
        waited=1,
        signs=("gray",),
        collapsed=1,
        rate=0.5,
        rollbacks=1,
        events=("something",),
    )
    write_checkpoint(tmp_path / "last.safetensors", STATE, position)
    state, found = read_checkpoint(tmp_path / "last.safetensors")
    assert found == position == read_position(tmp_path / "last.safetensors")
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


def test_a_checkpoint_that_has_a_name_already_is_left_as_it_is(tmp_path: Path) -> None:
    """Renaming one name of a file to another of the same file does nothing, and leaves both."""
    last, best = tmp_path / "last.safetensors", tmp_path / "best.safetensors"
    write_checkpoint(last, STATE, Position(step=1))
    for _ in range(2):
        keep_as(last, best)
    assert sorted(path.name for path in tmp_path.iterdir()) == [best.name, last.name]


def test_a_truncated_checkpoint_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "last.safetensors"
    write_checkpoint(path, STATE, Position())
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(BadConfigError, match="truncated"):
        read_checkpoint(path)


@settings(deadline=None, max_examples=40)
@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_single_bit_that_is_not_as_it_was_written_is_found(place: int, bit: int) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "last.safetensors"
        write_checkpoint(path, STATE, Position(epoch=2, signs=("gray",)))
        data = bytearray(path.read_bytes())
        data[place % len(data)] ^= 1 << bit
        path.write_bytes(bytes(data))
        with pytest.raises(BadConfigError):
            read_checkpoint(path)


def test_the_digest_is_that_of_the_header_and_of_each_array_by_name(tmp_path: Path) -> None:
    path = tmp_path / "last.safetensors"
    write_checkpoint(path, STATE, Position())
    header = read_header(path)
    stated = header.pop("sha256")
    content = json.dumps(header, sort_keys=True).encode()
    content += b"generator/step <i8 ()" + (3).to_bytes(8, "little")
    content += b"generator/x <f4 (4,)" + struct.pack("<4f", 0, 1, 2, 3)
    assert stated == hashlib.sha256(content).hexdigest()


def test_a_checkpoint_of_the_version_before_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "last.safetensors"
    position = {"epoch": 2, "batch": 0, "step": 9, "images": 0, "sums": {}, "least_error": 0.1}
    header = {"kind": "checkpoint", "format_version": 1, "position": position}
    write_tensors(path, STATE, header)
    assert read_checkpoint(path)[1] == Position(epoch=2, step=9, least_error=0.1)


def test_a_position_that_makes_no_sense_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "last.safetensors"
    for position, words in (({"epoch": 1, "apoch": 2}, "apoch"), (None, "where training stood")):
        header = {"kind": "checkpoint", "format_version": 1, "position": position}
        write_tensors(path, STATE, header)
        with pytest.raises(BadConfigError, match=words):
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
    position = Position(epoch=3, least_error=2.0, best_epoch=2).after_step({"l1": 1.0}, 8)
    assert position.is_improved_by(1.5)
    assert not position.is_improved_by(2.0)
    done = position.after_epoch(3.0)
    assert done == Position(epoch=4, step=1, least_error=2.0, best_epoch=2, waited=1)
    better = done.after_epoch(1.5)
    assert (better.best_epoch, better.least_error, better.waited) == (5, 1.5, 0)
