from pathlib import Path

import numpy as np
import pytest

from colorize_cli.core.architecture import DiscriminatorSpec
from colorize_cli.core.cgan_config import CganConfig
from colorize_cli.core.cgan_state import initial_state
from colorize_cli.core.errors import BadConfigError, NoInputError
from colorize_cli.core.model_file import read_model
from colorize_trainers.position import Position
from colorize_trainers.report.model import read_run_model
from colorize_trainers.report.run import read_run
from colorize_trainers.run_directory import RunDirectory
from finished_runs import GRAY_ERROR, make_finished_run
from packed_data import pack_photos


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    data = pack_photos(tmp_path / "data", train=2, test=3)
    run = make_finished_run(tmp_path / "run", data)
    run.last.parent.mkdir()
    return run


def config_of(run: RunDirectory, *, ema_decay: float = 0.0) -> CganConfig:
    generator = read_model(run.model).generator
    discriminator = DiscriminatorSpec(output="ab", base_width=2, size=16)
    return CganConfig(generator=generator, discriminator=discriminator, ema_decay=ema_decay)


def test_the_best_epochs_model_is_that_of_the_run(run: RunDirectory) -> None:
    model = read_run_model(read_run(run.path), "best")
    assert model is not None
    assert model.identity == read_model(run.model).identity


def test_the_last_epochs_model_has_its_weights_and_its_scores(run: RunDirectory) -> None:
    state = initial_state(config_of(run), seed=4)
    run.checkpoints.save(state, Position(epoch=3, step=15))
    model = read_run_model(read_run(run.path), "last")
    assert model is not None
    assert model.weights.keys() == read_model(run.model).weights.keys()
    for name, array in model.weights.items():
        assert np.array_equal(array, state[f"generator/{name}"])
    assert model.training["epochs"] == 3
    assert model.training["test"]["ab_error"] == GRAY_ERROR + 1
    assert model.training["photos"] == 12


def test_averaged_weights_are_taken_where_the_run_has_them(run: RunDirectory) -> None:
    state = initial_state(config_of(run, ema_decay=0.9), seed=4)
    averages = [name for name in state if name.startswith("average/")]
    state |= {name: state[name] + np.float32(1) for name in averages}
    run.checkpoints.save(state, Position(epoch=3))
    model = read_run_model(read_run(run.path), "last")
    assert model is not None
    assert all(np.array_equal(model.weights[name[8:]], state[name]) for name in averages)
    assert averages


def test_a_checkpoint_within_an_epoch_is_not_the_end_of_one(run: RunDirectory) -> None:
    states = [initial_state(config_of(run), seed=seed) for seed in (1, 2)]
    run.checkpoints.save(states[0], Position(epoch=2))
    run.checkpoints.save(states[1], Position(epoch=2, batch=5, images=20))
    model = read_run_model(read_run(run.path), "last")
    assert model is not None
    name, array = next(iter(model.weights.items()))
    assert np.array_equal(array, states[0][f"generator/{name}"])


def test_weights_within_an_epoch_stand_in_where_no_epochs_end_was_kept(run: RunDirectory) -> None:
    state = initial_state(config_of(run), seed=1)
    run.checkpoints.save(state, Position(epoch=2, batch=5, images=20))
    model = read_run_model(read_run(run.path), "last")
    assert model is not None
    assert (model.training["epochs"], model.training["test"]) == (None, None)


def test_without_a_model_there_is_none_and_without_a_checkpoint_no_last(run: RunDirectory) -> None:
    with pytest.raises(NoInputError, match="no such file"):
        read_run_model(read_run(run.path), "last")
    run.last.write_bytes(b"x" * 20)
    with pytest.raises(BadConfigError):
        read_run_model(read_run(run.path), "last")
    run.model.unlink()
    assert read_run_model(read_run(run.path), "best") is None
    assert read_run_model(read_run(run.path), "last") is None
