"""How runs end, what `status.json` says meanwhile, and how they go on."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from colorize_cli.core.errors import TemporaryError
from colorize_trainers.checkpointing import read_position
from colorize_trainers.interruption import StopRequest
from colorize_trainers.run_directory import RunDirectory
from colorize_trainers.run_lock import locked
from colorize_trainers.status import read_status
from fake_cgan import FakeCgan, FakeTrainingBackend
from packed_data import pack_photos
from run_sessions import Clock, config_for, doing_at, resume, session, start


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return pack_photos(tmp_path / "data", train=10, test=3)


def status_of(path: Path) -> dict[str, Any]:
    return dict(json.loads((path / "status.json").read_text()))


def taking(clock: Clock, seconds: float, seen: list[dict[str, Any]], path: Path) -> Any:
    """Make networks whose steps take so long, and note the status as each of them ends."""

    def prepare(cgan: FakeCgan) -> None:
        def on_step(done: int) -> None:
            clock.now += seconds
            seen.append(status_of(path))

        cgan.on_step = on_step

    return FakeTrainingBackend(prepare)


def test_a_finished_run_says_so(data: Path, tmp_path: Path) -> None:
    start(config_for(data), tmp_path / "run")
    status = status_of(tmp_path / "run")
    assert (status["state"], status["reason"]) == ("finished", "all epochs")
    assert (status["epoch"], status["epochs"], status["step"], status["steps"]) == (3, 3, 9, 9)
    assert status["best"]["epoch"] in (1, 2, 3)
    assert status["losses"]["generator"] == 1 / 9


def test_the_status_is_renewed_every_few_seconds_with_rate_and_time_left(
    data: Path, tmp_path: Path
) -> None:
    clock, seen, path = Clock(), list[dict[str, Any]](), tmp_path / "run"
    backend = taking(clock, 2.0, seen, path)
    start(config_for(data, epochs=2, batch_size=2), path, backend, session(clock=clock))
    # Five steps of two pictures an epoch, each step two seconds: written after the third.
    assert [status["step"] for status in seen] == [0, 0, 0, 3, 3, 5, 5, 5, 8, 8]
    assert seen[3]["state"] == "running"
    assert seen[3]["images_per_second"] == 1.0
    assert seen[3]["eta_seconds"] == 14
    assert seen[3]["losses"]["l1"] == 0.25


def test_a_failure_of_our_own_is_noted_and_goes_on_its_way(data: Path, tmp_path: Path) -> None:
    def fail() -> None:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError):
        start(config_for(data), tmp_path / "run", doing_at(2, fail))
    status = status_of(tmp_path / "run")
    assert (status["state"], status["reason"]) == ("failed", "a bug")


def test_a_signal_interrupts(data: Path, tmp_path: Path) -> None:
    stop = StopRequest()
    backend = doing_at(2, lambda: stop.receive(signal.SIGUSR1, None))
    outcome = start(config_for(data), tmp_path / "run", backend, session(stop=stop))
    assert (outcome.ending, outcome.is_finished) == ("signal", False)
    assert status_of(tmp_path / "run")["state"] == "interrupted"


def test_when_the_time_is_up_all_is_saved_and_a_resumed_run_goes_on(
    data: Path, tmp_path: Path
) -> None:
    clock, path = Clock(), tmp_path / "run"
    backend = taking(clock, 10.0, [], path)
    outcome = start(config_for(data), path, backend, session(clock=clock, seconds=45))
    assert (outcome.ending, outcome.position.step) == ("time", 5)
    assert status_of(path)["reason"] == "time"
    assert resume(path).position.step == 9


def test_without_improvement_a_run_ends_after_its_patience(data: Path, tmp_path: Path) -> None:
    def prepare(cgan: FakeCgan) -> None:
        # The tint of the fake fades with its steps; from the second epoch on it stays.
        cgan.colors_of = lambda step: None if step < 7 else cgan.state()["generator/step"] * 0.01

    outcome = start(
        config_for(data, epochs=20, patience=3), tmp_path / "run", FakeTrainingBackend(prepare)
    )
    best = outcome.position.best_epoch
    assert outcome.ending == "patience"
    assert outcome.position.epoch == best + 3
    assert status_of(tmp_path / "run")["state"] == "finished"


def test_a_run_that_lost_patience_waits_anew_when_somebody_goes_on_with_it(
    data: Path, tmp_path: Path
) -> None:
    def worse(cgan: FakeCgan) -> None:
        cgan.colors_of = lambda step: cgan.state()["generator/step"] * 0.01

    backend = FakeTrainingBackend(worse)
    path = tmp_path / "run"
    first = start(config_for(data, epochs=20, patience=2), path, backend).position
    assert first.epoch == 3
    assert resume(path, FakeTrainingBackend(worse)).position.epoch == 5


def test_one_that_was_killed_as_it_lost_patience_ends_as_it_would_have(
    data: Path, tmp_path: Path
) -> None:
    def worse(cgan: FakeCgan) -> None:
        cgan.colors_of = lambda step: cgan.state()["generator/step"] * 0.01

    path = tmp_path / "run"
    start(config_for(data, epochs=20, patience=2), path, FakeTrainingBackend(worse))
    (path / "status.json").write_text('{"state": "running"}')
    outcome = resume(path, FakeTrainingBackend(worse))
    assert (outcome.ending, outcome.position.epoch) == ("patience", 3)


def test_long_epochs_are_saved_on_the_way(data: Path, tmp_path: Path) -> None:
    clock, path = Clock(), tmp_path / "run"
    stood: list[int] = []

    def prepare(cgan: FakeCgan) -> None:
        def on_step(done: int) -> None:
            clock.now += 60.0
            stood.append(read_position(RunDirectory(path).last).step)

        cgan.on_step = on_step

    config = config_for(data, epochs=1, batch_size=2, checkpoint_minutes=2)
    start(config, path, FakeTrainingBackend(prepare), session(clock=clock))
    # Steps of a minute, saved every two.
    assert stood == [0, 0, 2, 2, 4]


def test_a_second_process_is_refused_while_a_run_is_trained(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "run"
    start(config_for(data, epochs=1), path)
    before = (path / "config.json").read_bytes()
    with (
        locked(path),
        pytest.raises(TemporaryError, match="another process trains this run"),
    ):
        resume(path, epochs=2)
    assert (path / "config.json").read_bytes() == before
    assert resume(path, epochs=2).is_finished


def test_a_status_that_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    assert read_status(tmp_path / "status.json") == {}
    (tmp_path / "status.json").write_text("{")
    assert read_status(tmp_path / "status.json") == {}
