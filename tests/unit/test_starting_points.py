"""`--from`: networks to begin with."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from colorize_cli.core.architecture import GeneratorSpec, build_generator
from colorize_cli.core.cgan_state import weights_of
from colorize_cli.core.errors import BadConfigError, NoInputError
from colorize_cli.core.layers import draw_parameters
from colorize_cli.core.model_file import Model, write_model
from colorize_trainers.checkpointing import read_checkpoint, write_checkpoint
from colorize_trainers.position import Position
from colorize_trainers.starting_points import find_start
from fake_cgan import FakeTrainingBackend
from packed_data import pack_photos
from run_sessions import config_for, resume, start

SPEC = GeneratorSpec(output="ab", has_skips=False, base_width=2, size=16)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return pack_photos(tmp_path / "data", train=10, test=3)


def model_at(path: Path, seed: int = 9) -> Model:
    weights = draw_parameters(build_generator(SPEC), np.random.default_rng(seed))
    model = Model(generator=SPEC, weights=weights)
    write_model(path, model)
    return model


def are_equal(ours: Any, theirs: Any) -> bool:
    return ours.keys() == theirs.keys() and all(
        np.array_equal(ours[name], theirs[name]) for name in ours
    )


def test_a_model_gives_the_generator_and_the_seed_the_discriminator(
    data: Path, tmp_path: Path
) -> None:
    model = model_at(tmp_path / "model.safetensors")
    fresh = start(config_for(data, epochs=1), tmp_path / "fresh").run
    name = str(tmp_path / "model.safetensors")
    run = start(config_for(data, epochs=1, start={"name": name}), tmp_path / "run").run
    state, _ = read_checkpoint(run.last)
    assert are_equal(weights_of(state, "generator"), dict(model.weights))
    others = weights_of(read_checkpoint(fresh.last)[0], "discriminator")
    assert are_equal(weights_of(state, "discriminator"), others)
    assert run.read_config().start == {"name": name, "sha256": model.identity}


def test_the_average_begins_where_the_generator_does(data: Path, tmp_path: Path) -> None:
    model = model_at(tmp_path / "model.safetensors")
    begin = {"name": str(tmp_path / "model.safetensors")}
    config = config_for(data, epochs=1, ema_decay=0.9, start=begin)
    state, _ = read_checkpoint(start(config, tmp_path / "run").run.last)
    assert are_equal(weights_of(state, "average"), dict(model.weights))


def test_a_run_gives_both_networks_of_its_best_epoch(data: Path, tmp_path: Path) -> None:
    other = start(config_for(data, epochs=1, seed=7), tmp_path / "other").run
    config = config_for(data, epochs=1, start={"name": str(other.path)})
    state, _ = read_checkpoint(start(config, tmp_path / "run").run.last)
    before, _ = read_checkpoint(other.best)
    for network in ("generator", "discriminator"):
        assert are_equal(weights_of(state, network), weights_of(before, network))
    # Three steps of its own: the optimizers and their count began afresh.
    assert int(state["generator/step"]) == 3


def test_a_run_that_has_averages_gives_those(data: Path, tmp_path: Path) -> None:
    run = start(config_for(data, epochs=1, ema_decay=0.5), tmp_path / "run").run
    state, _ = read_checkpoint(run.best)
    name = next(key for key in state if key.startswith("average/"))
    state[name] = state[name] + np.float32(1)
    write_checkpoint(run.best, state, Position())
    found = find_start(str(run.path)).model.weights
    assert np.array_equal(found[name.removeprefix("average/")], state[name])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"base_width": 4}, "base_width 2, not 4$"),
        ({"output": "rgb"}, "output ab, not rgb$"),
        ({"recipe": "paper-skip", "base_width": 4}, "base_width 2, not 4; has_skips False, not Tr"),
    ],
)
def test_a_model_of_another_architecture_is_refused_with_what_differs(
    data: Path, tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    model_at(tmp_path / "model.safetensors")
    begin = {"name": str(tmp_path / "model.safetensors")}
    with pytest.raises(BadConfigError, match=words):
        start(config_for(data, start=begin, **changes), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_what_is_neither_model_nor_run_is_a_missing_input(data: Path, tmp_path: Path) -> None:
    with pytest.raises(NoInputError):
        start(config_for(data, start={"name": str(tmp_path / "nowhere")}), tmp_path / "run")


def test_a_run_killed_before_its_first_checkpoint_begins_from_the_same_model_or_not_at_all(
    data: Path, tmp_path: Path
) -> None:
    path = tmp_path / "model.safetensors"
    model = model_at(path)
    config = config_for(data, epochs=1, start={"name": str(path)})
    run = start(config, tmp_path / "run").run

    def forget() -> None:
        for file in (run.last, run.checkpoints.previous, run.metrics):
            file.unlink(missing_ok=True)

    forget()
    resume(run.path, FakeTrainingBackend())
    state, _ = read_checkpoint(run.last)
    assert are_equal(weights_of(state, "generator"), dict(model.weights))
    forget()
    model_at(path, seed=10)
    with pytest.raises(BadConfigError, match="not the model that this run began from"):
        resume(run.path)
