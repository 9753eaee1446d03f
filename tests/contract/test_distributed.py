"""What every backend promises that several processes can train with as one."""

import fcntl
import functools
import json
import os

import numpy as np
import pytest

import shared_steps
from colorize_cli.core.backend import DistributedBackend
from colorize_cli.core.cgan_state import networks_of
from colorize_cli.core.layers import parameters
from colorize_cli.core.workers import Alone
from shared_steps import CONFIG, STEPS
from worker_processes import ended, start_workers


@pytest.fixture
def steps(trainer, tmp_path_factory):
    """Losses and states: of a single process, and of each of two workers that trained as one.

    The two are started once, however many processes share these tests.
    """
    assert isinstance(trainer, DistributedBackend)
    base = tmp_path_factory.getbasetemp()
    folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = folder / f"two-workers-{trainer.name}"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not (folder / "0.json").exists():
            arguments = [shared_steps.__file__, trainer.name, str(folder)]
            together = ended(start_workers(trainer.launcher, arguments, cwd=folder))
            assert [worker for worker in together if worker != (0, "", "")] == []
    return trained_alone(trainer), [read(folder, rank) for rank in range(2)]


@functools.cache
def trained_alone(trainer):
    return shared_steps.trained(trainer.create_cgan(CONFIG, device="cpu", seed=0), Alone())


def read(folder, rank):
    losses = json.loads((folder / f"{rank}.json").read_text())
    states = [dict(np.load(folder / f"{rank}-{step}.npz")) for step in range(len(STEPS))]
    return list(zip(losses, states, strict=True))


def greatest_difference(first, second):
    """Return the greatest difference of two arrays, by the greatest number in the second."""
    return np.abs(first - second).max() / np.abs(second).max()


def test_the_losses_of_two_workers_are_those_of_one_with_the_whole_batch(steps):
    alone, workers = steps
    for worker in workers:
        for step, (losses, _) in enumerate(worker):
            # Within a batch that is learnt in parts, and after it, rounding has come through Adam.
            assert losses == pytest.approx(alone[step][0], rel=1e-5)


def test_the_gradients_of_two_workers_are_those_of_one_with_the_whole_batch(steps):
    alone, workers = steps
    (_, expected), (_, found) = alone[0], workers[0][0]
    # After one step the first moments are (1 - beta1) times the gradients.
    for name in (name for name in expected if name.endswith("first_moment")):
        assert greatest_difference(found[name], expected[name]) < 1e-4, name


def test_batch_statistics_are_those_of_the_whole_batch(steps):
    alone, workers = steps
    for step in range(len(STEPS)):
        (_, expected), (_, found) = alone[step], workers[1][step]
        names = [name for name in expected if "running_" in name]
        # Of the generator and of its average; a discriminator with spectral norms has none.
        assert len(names) == 2 * 14
        for name in names:
            assert greatest_difference(found[name], expected[name]) < 1e-4, name


def test_spectral_norms_have_moved_as_often_as_with_one_worker(steps):
    alone, workers = steps
    for step in range(len(STEPS)):
        (_, expected), (_, found) = alone[step], workers[1][step]
        names = [name for name in expected if name.endswith(".weight_u")]
        assert len(names) == 5
        for name in names:
            assert greatest_difference(found[name], expected[name]) < 1e-3, name


def test_the_networks_of_two_workers_stay_close_to_those_of_one(steps):
    alone, workers = steps
    (_, expected), (_, found) = alone[-1], workers[0][-1]
    for network, table in networks_of(CONFIG).items():
        for entry in parameters(table):
            name = f"{network}/{entry.name}"
            # Adam may turn the rounding of a gradient near zero into a move of its own.
            furthest = len(STEPS) * CONFIG.learning_rate
            assert np.abs(found[name] - expected[name]).max() < furthest, name
            assert np.abs(found[name] - expected[name]).mean() < furthest / 100, name


def test_all_workers_have_the_same_networks_bit_for_bit(steps):
    _, (first, second) = steps
    for (our_losses, ours), (their_losses, theirs) in zip(first, second, strict=True):
        assert our_losses == their_losses
        assert ours.keys() == theirs.keys()
        for name in ours:
            np.testing.assert_array_equal(ours[name], theirs[name], err_msg=name)
