"""Every promise is checked: a correct backend passes, and each planted fault is caught."""

import pytest

from colorize_cli.testing.check import ANY, INFER
from colorize_cli.testing.runner import run_checks
from colorize_cli.testing.subject import Subject, subject_of
from colorize_cli.testing.suite import ARRIVAL, CHECKS
from example_backend.colorize_numpy_example.backend import NumpyBackend
from faulty_backends import (
    ARRIVAL_FAULTS,
    FRAMEWORKS_TO_PLANT,
    INFERENCE_FAULTS,
)
from faulty_networks import NETWORK_FAULTS
from faulty_schedules import SCHEDULE_FAULTS
from faulty_trainers import TRAINING_FAULTS, faulty_trainer

EXAMPLE = "example_backend.colorize_numpy_example"
OF_TRAINING = [check for check in CHECKS if check.role not in (ANY, INFER)]


def failed(results):
    return {result.name: result.reason for result in results if result.state == "failed"}


@pytest.fixture
def trainer():
    pytest.importorskip("torch")
    return faulty_trainer


def test_a_correct_backend_passes_every_check():
    results = run_checks(subject_of(NumpyBackend(), device="cpu", plugin=EXAMPLE))
    assert failed(results) == {}
    passed = {result.name for result in results if result.state == "passed"}
    colouring = {check.name for check in CHECKS if check.role in (ANY, INFER)}
    # It computes in float32 only, and says so.
    assert passed == colouring - {"precision"}


@pytest.mark.parametrize("fault", INFERENCE_FAULTS, ids=str)
def test_a_fault_in_colouring_is_caught_by_the_check_that_is_meant_to(fault):
    results = run_checks(subject_of(fault.make(), device="cpu"))
    assert failed(results).keys() == set(fault.caught_by)


@pytest.mark.parametrize("fault", ARRIVAL_FAULTS, ids=str)
def test_a_fault_on_arrival_is_caught_by_the_check_that_is_meant_to(fault, tmp_path, monkeypatch):
    for name in FRAMEWORKS_TO_PLANT:
        (tmp_path / f"{name}.py").touch()
    (tmp_path / "planted.py").write_text(fault.source)
    monkeypatch.syspath_prepend(tmp_path)
    subject = Subject(inference=NumpyBackend(), device="cpu", plugin="planted")
    assert failed(run_checks(subject, ARRIVAL)).keys() == set(fault.caught_by)


def test_a_correct_trainer_passes_every_check(trainer):
    assert failed(run_checks(subject_of(trainer(), device="cpu"), OF_TRAINING)) == {}


@pytest.mark.parametrize("fault", [*TRAINING_FAULTS, *SCHEDULE_FAULTS, *NETWORK_FAULTS], ids=str)
def test_a_fault_in_training_is_caught_by_the_check_that_is_meant_to(fault, trainer):
    results = run_checks(subject_of(fault.make(), device="cpu"), OF_TRAINING)
    assert failed(results).keys() == set(fault.caught_by)


def test_every_check_is_seen_to_fail():
    in_training = (*TRAINING_FAULTS, *SCHEDULE_FAULTS, *NETWORK_FAULTS)
    faults = (*INFERENCE_FAULTS, *in_training, *ARRIVAL_FAULTS)
    assert {name for fault in faults for name in fault.caught_by} == {
        check.name for check in CHECKS
    }


def test_a_reason_says_what_was_promised_and_what_came():
    (fault,) = (fault for fault in INFERENCE_FAULTS if fault.name == "channels last")
    reasons = failed(run_checks(subject_of(fault.make(), device="cpu")))
    assert reasons["shape"] == (
        "promised: colour (N, C, H, W) = (1, 3, 16, 16); came: (1, 16, 16, 3)"
    )
