"""Worker 0 leads and the others follow: with fake networks, and threads for workers."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from colorize_cli.core.errors import (
    BadConfigError,
    CannotCreateError,
    ColorizeError,
    ExitStatus,
    UsageError,
)
from colorize_cli.core.workers import LostWorkersError
from colorize_trainers.following import Follower, join_workers, refuse_workers
from colorize_trainers.interruption import StopRequest
from colorize_trainers.leading import Leader
from colorize_trainers.run_directory import RunConfig
from colorize_trainers.runs import RunOutcome, Session
from fake_cgan import FakeCgan, FakeTrainingBackend
from packed_data import pack_photos
from run_sessions import config_for, session, start
from worker_threads import Meeting, ThreadWorkers

TORCHRUN = {
    "RANK": "1",
    "WORLD_SIZE": "2",
    "LOCAL_RANK": "1",
    "MASTER_ADDR": "127.0.0.1",
    "MASTER_PORT": "1",
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return pack_photos(tmp_path / "data", train=10, test=2)


@pytest.fixture
def meeting() -> Meeting:
    return Meeting(2)


def followed(
    meeting: Meeting,
    backend: FakeTrainingBackend,
    *,
    within: Session | None = None,
    rank: int = 1,
) -> "Future[ExitStatus]":
    """Follow in a thread."""
    workers = ThreadWorkers(meeting, rank)

    def follow() -> ExitStatus:
        try:
            return Follower(workers, backend, within or session()).follow()
        except ColorizeError:
            workers.leave()
            raise

    pool = ThreadPoolExecutor(max_workers=1)
    future = pool.submit(follow)
    pool.shutdown(wait=False)
    return future


def led(
    meeting: Meeting, config: RunConfig, path: Path, backend: FakeTrainingBackend | None = None
) -> RunOutcome:
    with Leader(ThreadWorkers(meeting, 0)) as leader:
        return start(config, path, backend, within=replace(session(), leader=leader))


def pictures(seen: bytes) -> list[bytes]:
    """Cut a batch's bytes into its pictures of 16 by 16 float32."""
    size = 16 * 16 * 4
    return [seen[place : place + size] for place in range(0, len(seen), size)]


def test_two_workers_see_together_what_one_sees_alone(
    data: Path, tmp_path: Path, meeting: Meeting
) -> None:
    """Batches of 7 and 3 pictures, of which worker 0 has 4 and 2."""
    config = config_for(data, warm_up_epochs=1, schedule="cosine", batch_size=7)
    alone, first, second = (FakeTrainingBackend() for _ in range(3))
    start(config, tmp_path / "alone", alone)
    future = followed(meeting, second)
    led(meeting, config, tmp_path / "together", first)
    assert future.result() is ExitStatus.OK
    (one,), (leading,), (following,) = alone.made, first.made, second.made
    assert leading.phases == following.phases == one.phases
    assert leading.rates == following.rates == one.rates
    assert len(set(one.rates)) > 3
    shares = zip(leading.seen, following.seen, one.seen, strict=True)
    for ours, theirs, whole in shares:
        assert pictures(ours) + pictures(theirs) == pictures(whole)
        assert len(pictures(ours)) - len(pictures(theirs)) == 1


def test_the_others_go_back_with_worker_0_after_a_nan(
    data: Path, tmp_path: Path, meeting: Meeting
) -> None:
    losses = iter([1.0, 1.0, 1.0, 1.0, float("nan")])

    def prepare(cgan: FakeCgan) -> None:
        cgan.loss_of = lambda step: next(losses, 1.0)

    first, second = FakeTrainingBackend(prepare), FakeTrainingBackend()
    future = followed(meeting, second)
    led(meeting, config_for(data), tmp_path / "run", first)
    assert future.result() is ExitStatus.OK
    assert second.made[0].rates == first.made[0].rates
    assert second.made[0].rates[-1] == 0.5
    ours, theirs = first.made[0].state(), second.made[0].state()
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)
    # Nine steps that count, in spite of the two that were done in vain.
    assert (second.made[0].steps, len(second.made[0].phases)) == (9, 11)


def test_a_signal_to_another_worker_stops_the_run(
    data: Path, tmp_path: Path, meeting: Meeting
) -> None:
    stop = StopRequest()

    def prepare(cgan: FakeCgan) -> None:
        cgan.on_step = lambda done: stop.receive(15, None) if done == 4 else None

    future = followed(meeting, FakeTrainingBackend(prepare), within=session(stop=stop))
    outcome = led(meeting, config_for(data, epochs=100), tmp_path / "run")
    assert future.result() is ExitStatus.OK
    assert outcome.ending == "signal"
    # It is heard with the next step, which is done.
    assert outcome.position.step == 5


def test_the_others_end_with_the_status_of_what_worker_0_refuses(
    data: Path, tmp_path: Path, meeting: Meeting
) -> None:
    (tmp_path / "run").touch()
    future = followed(meeting, FakeTrainingBackend())
    with pytest.raises(CannotCreateError):
        led(meeting, config_for(data), tmp_path / "run")
    assert future.result() is ExitStatus.CANNOT_CREATE


def test_a_batch_that_has_no_picture_for_each_is_refused_before_a_run_is_made(
    data: Path, tmp_path: Path
) -> None:
    """Ten pictures in batches of four leave one of two."""
    meeting = Meeting(3)
    futures = [followed(meeting, FakeTrainingBackend(), rank=rank) for rank in (1, 2)]
    with pytest.raises(UsageError, match="3 workers cannot share a batch or part of 2 pictures"):
        led(meeting, config_for(data), tmp_path / "run")
    assert [future.result() for future in futures] == [ExitStatus.USAGE] * 2
    assert not (tmp_path / "run").exists()


def test_a_worker_that_has_other_photos_refuses_to_train(
    data: Path, tmp_path: Path, meeting: Meeting
) -> None:
    def spoil(cgan: FakeCgan) -> None:
        facts = (data / "dataset.json").read_text()
        (data / "dataset.json").write_text(facts.replace('"fingerprint": "', '"fingerprint": "0'))

    future = followed(meeting, FakeTrainingBackend())
    with pytest.raises(LostWorkersError):
        led(meeting, config_for(data), tmp_path / "run", FakeTrainingBackend(spoil))
    with pytest.raises(BadConfigError, match="other photos here than worker 0"):
        future.result()


def test_a_backend_that_trains_in_one_process_is_refused_by_several() -> None:
    backend = FakeTrainingBackend()
    with pytest.raises(UsageError, match="fake trains in a single process"):
        join_workers(backend, device="cpu", environment=TORCHRUN)
    assert join_workers(backend, device="cpu", environment={}).count == 1


def test_what_only_one_process_does_is_refused_in_several() -> None:
    refuse_workers("--dry-run", environment={})
    with pytest.raises(UsageError, match="--dry-run is for a single process"):
        refuse_workers("--dry-run", environment=TORCHRUN)
