"""What a run does about numbers that are none, and about a generator that stops to colour."""

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from colorize_cli.core.color_constants import AB_RANGE
from colorize_cli.core.errors import BadConfigError
from colorize_cli.core.lab import lab_from_srgb8
from colorize_trainers.checkpointing import read_checkpoint, read_position
from colorize_trainers.interruption import StopRequest
from colorize_trainers.runs import Session
from fake_cgan import FakeCgan, FakeTrainingBackend
from packed_data import pack_photos
from run_sessions import Listener, config_for, resume, session, start

NAN = float("nan")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return pack_photos(tmp_path / "data", train=10, test=3)


def with_losses(loss_of: Callable[[FakeCgan, int], float]) -> FakeTrainingBackend:
    def prepare(cgan: FakeCgan) -> None:
        cgan.loss_of = lambda step: loss_of(cgan, step)

    return FakeTrainingBackend(prepare)


def odd_while_rate_is_over(rate: float, *, step: int) -> FakeTrainingBackend:
    """Make networks that burst in a step if its learning rate is too high."""
    return with_losses(lambda cgan, now: NAN if now == step and cgan.rates[-1] > rate else 1.0)


def lines_of(run: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run.metrics.read_text().splitlines()]


def test_after_a_nan_the_epoch_begins_again_at_half_the_rate(data: Path, tmp_path: Path) -> None:
    backend, listener = odd_while_rate_is_over(0.5, step=4), Listener()
    outcome = start(config_for(data), tmp_path / "run", backend, session(listener))
    assert backend.made[0].rates == [1.0] * 5 + [0.5] * 6
    assert outcome.is_finished
    assert (outcome.position.rollbacks, outcome.position.rate) == (1, 0.5)
    assert listener.notices[0] == (
        "the generator loss is no longer a number after step 4: back to the start of epoch 2, at "
        "half the learning rate"
    )
    events = [line["events"] for line in lines_of(outcome.run)]
    assert events == [[], [listener.notices[0]], []]
    rates = [line["learning_rate"] for line in lines_of(outcome.run)]
    assert rates == [2e-4, 1e-4, 1e-4]


def test_a_nan_in_the_very_first_epoch_goes_back_to_the_beginning(
    data: Path, tmp_path: Path
) -> None:
    backend = odd_while_rate_is_over(0.25, step=1)
    outcome = start(config_for(data), tmp_path / "run", backend)
    assert backend.made[0].rates == [1.0, 1.0, 0.5, 0.5] + [0.25] * 9
    assert outcome.position.step == 9


def test_a_nan_that_does_not_go_away_ends_the_run_and_keeps_the_good_checkpoint(
    data: Path, tmp_path: Path
) -> None:
    backend = with_losses(lambda cgan, step: NAN if step == 4 else 1.0)
    with pytest.raises(BadConfigError, match=r"after 3 returns; .* lower --learning-rate"):
        start(config_for(data), tmp_path / "run", backend)
    assert backend.made[0].rates == [1.0] * 5 + [0.5] * 2 + [0.25] * 2 + [0.125] * 2
    position = read_position(tmp_path / "run/checkpoints/last.safetensors")
    assert (position.epoch, position.batch) == (1, 0)
    status = json.loads((tmp_path / "run/status.json").read_text())
    assert status["state"] == "failed"
    assert "generator loss is no longer a number after step 4" in status["reason"]


def test_weights_that_are_no_numbers_are_found_before_they_are_kept(
    data: Path, tmp_path: Path
) -> None:
    def prepare(cgan: FakeCgan) -> None:
        def burst(step: int) -> None:
            if step == 6 and cgan.rates[-1] == 1:
                cgan.spoil("discriminator/down1.convolution.weight")

        cgan.on_step = burst

    listener = Listener()
    start(config_for(data), tmp_path / "run", FakeTrainingBackend(prepare), session(listener))
    assert "array discriminator/" in listener.notices[0]
    assert "back to the start of epoch 2" in listener.notices[0]
    state, _ = read_checkpoint(tmp_path / "run/checkpoints/last.safetensors")
    assert all(np.isfinite(array).all() for array in state.values())


def test_a_learning_rate_that_is_given_starts_with_new_chances(data: Path, tmp_path: Path) -> None:
    broken = with_losses(lambda cgan, step: NAN if step == 4 else 1.0)
    with pytest.raises(BadConfigError):
        start(config_for(data), tmp_path / "run", broken)
    backend = FakeTrainingBackend()
    position = resume(tmp_path / "run", backend, learning_rate=1e-5).position
    assert set(backend.made[0].rates) == {1.0}
    assert position.rollbacks == 0


# Epochs are counted from 1; they have three steps each.


def truth(data: Path) -> np.ndarray[Any, np.dtype[np.float32]]:
    lab = lab_from_srgb8(np.load(data / "test.npy"))
    return np.moveaxis(lab[..., 1:], -1, 1) / np.float32(AB_RANGE)


GRAY = np.zeros((1, 2, 1, 1), np.float32)
TINT = np.full((1, 2, 1, 1), 0.4, np.float32)


def painting(data: Path, colors: dict[int, Any]) -> FakeTrainingBackend:
    """Make networks that paint the truth, but after the steps of `colors` what those say."""
    real = truth(data)

    def prepare(cgan: FakeCgan) -> None:
        cgan.colors_of = lambda step: colors.get(len(cgan.rates) // 3, real)

    return FakeTrainingBackend(prepare)


def test_a_collapse_that_lasts_three_epochs_goes_back_to_the_best_epoch(
    data: Path, tmp_path: Path
) -> None:
    backend, listener = painting(data, {2: GRAY, 3: GRAY, 4: GRAY}), Listener()
    config = config_for(data, epochs=6)
    outcome = start(config, tmp_path / "run", backend, session(listener))
    assert backend.made[0].rates == [1.0] * 12 + [0.5] * 6
    # The weights of epoch 1, after which 3 more epochs follow: 4 of 6 were trained on them.
    assert int(read_checkpoint(outcome.run.last)[0]["generator/step"]) == 3 + 6
    assert [line["signs"] for line in lines_of(outcome.run)] == [[], *[["gray"]] * 3, [], []]
    event = (
        "the pictures are gray for 3 epochs: back to the weights of epoch 1, at half the "
        "learning rate"
    )
    assert lines_of(outcome.run)[4]["events"] == [event]
    assert listener.notices[0].startswith("after epoch 4 the pictures are all but gray: ")
    assert listener.notices[1:] == [event]


def test_a_uniform_tint_is_a_collapse_too(data: Path, tmp_path: Path) -> None:
    backend = painting(data, {2: TINT, 3: TINT, 4: TINT})
    outcome = start(config_for(data, epochs=5), tmp_path / "run", backend)
    assert lines_of(outcome.run)[1]["signs"] == ["uniform"]
    assert outcome.position.rollbacks == 1


def test_two_gray_epochs_are_no_collapse(data: Path, tmp_path: Path) -> None:
    backend = painting(data, {2: GRAY, 3: GRAY})
    assert start(config_for(data, epochs=5), tmp_path / "run", backend).position.rollbacks == 0


def test_a_run_that_was_never_good_is_only_told_of(data: Path, tmp_path: Path) -> None:
    backend, listener = painting(data, dict.fromkeys(range(1, 9), GRAY)), Listener()
    config = config_for(data, epochs=8)
    outcome = start(config, tmp_path / "run", backend, session(listener))
    assert outcome.is_finished
    assert outcome.position.rollbacks == 0
    (notice,) = listener.notices
    assert notice.startswith("after epoch 3 the pictures are all but gray")


def test_a_collapse_that_comes_back_a_fourth_time_ends_the_run(data: Path, tmp_path: Path) -> None:
    backend = painting(data, dict.fromkeys(range(2, 99), GRAY))
    with pytest.raises(BadConfigError, match="gray for 3 epochs, and that after 3 returns"):
        start(config_for(data, epochs=50), tmp_path / "run", backend)
    assert read_position(tmp_path / "run/checkpoints/last.safetensors").epoch == 1 + 4 * 3
    assert json.loads((tmp_path / "run/status.json").read_text())["state"] == "failed"


def test_a_discriminator_that_is_never_wrong_is_told_of_once(data: Path, tmp_path: Path) -> None:
    def prepare(cgan: FakeCgan) -> None:
        cgan.discriminator_loss = 0.0001
        cgan.colors_of = lambda step: truth(data)

    listener = Listener()
    backend = FakeTrainingBackend(prepare)
    outcome = start(config_for(data), tmp_path / "run", backend, session(listener))
    assert outcome.position.rollbacks == 0
    assert len(listener.notices) == 1
    assert "discriminator is never wrong" in listener.notices[0]
    assert {tuple(line["signs"]) for line in lines_of(outcome.run)} == {("discriminator wins",)}


def test_a_run_that_is_stopped_after_every_step_decides_as_one_that_is_not(
    data: Path, tmp_path: Path
) -> None:
    collapse = {2: GRAY, 3: GRAY, 4: GRAY}
    config = config_for(data, epochs=7)
    start(config, tmp_path / "whole", painting(data, collapse))

    def painting_on(step: int) -> FakeTrainingBackend:
        def prepare(cgan: FakeCgan) -> None:
            cgan.colors_of = lambda _: collapse.get((step + len(cgan.rates)) // 3, truth(data))

        return FakeTrainingBackend(prepare)

    path = tmp_path / "parts"
    position = start(config, path, painting_on(0), one_step()).position
    while position.epoch < 7:
        position = resume(path, painting_on(position.step), one_step()).position
    for name in ("last.safetensors", "best.safetensors"):
        whole, parts = (tmp_path / run / "checkpoints" / name for run in ("whole", "parts"))
        assert whole.read_bytes() == parts.read_bytes()


def one_step() -> Session:
    """Return a session whose time is up after one step: a stop is never before the first."""
    stop, heard = StopRequest(), Listener()
    heard.step = lambda position, losses: stop.receive(signal.SIGINT, None)  # type: ignore[method-assign]
    return session(heard, stop=stop)
