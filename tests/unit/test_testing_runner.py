import subprocess
import sys

import pytest

from colorize_cli.core.errors import UnavailableError, UsageError
from colorize_cli.testing.check import ANY, EXPORT_ONNX, INFER, TRAIN, Check
from colorize_cli.testing.promises import NotApplicable, PromiseBroken, expect_close, expect_refusal
from colorize_cli.testing.runner import run_checks
from colorize_cli.testing.subject import Subject, find_subject, subject_of
from colorize_cli.testing.suite import CHECKS
from example_backend.colorize_numpy_example.backend import NumpyBackend


def keeps(subject):
    del subject


def breaks(subject):
    raise PromiseBroken("tea", "coffee\nwith milk")


def fails(subject):
    raise IndexError("out of\nrange")


def is_not_for_it(subject):
    raise NotApplicable("it has no leaves")


def run_one(function, role=ANY):
    (result,) = run_checks(subject_of(NumpyBackend()), [Check("a", "A promise.", role, function)])
    return result.state, result.reason


@pytest.mark.parametrize(
    ("function", "role", "expected"),
    [
        (keeps, ANY, ("passed", None)),
        (keeps, INFER, ("passed", None)),
        (breaks, ANY, ("failed", "promised: tea; came: coffee with milk")),
        (fails, ANY, ("failed", "IndexError: out of range")),
        (is_not_for_it, ANY, ("skipped", "it has no leaves")),
        (breaks, TRAIN, ("skipped", "it does not offer 'train'")),
    ],
)
def test_a_check_passes_fails_or_is_skipped_with_its_reason(function, role, expected):
    assert run_one(function, role) == expected


def test_all_checks_are_done_and_told_whatever_comes_of_them():
    told = []
    checks = [Check(name, "", ANY, function) for name, function in (("a", fails), ("b", keeps))]
    results = run_checks(subject_of(NumpyBackend()), checks, after_each=told.append)
    assert [result.state for result in results] == ["failed", "passed"]
    assert told == results


def test_every_check_has_a_name_of_its_own_a_sentence_and_a_known_role():
    names = [check.name for check in CHECKS]
    assert len(set(names)) == len(names)
    assert all(check.description.endswith(".") for check in CHECKS)
    assert {check.role for check in CHECKS} == {ANY, INFER, TRAIN, EXPORT_ONNX}


def test_automatic_is_the_best_device_of_the_probe():
    assert subject_of(NumpyBackend()).device == "cpu"


def test_a_backend_without_its_framework_is_no_subject():
    class Missing(NumpyBackend):
        def probe(self):
            from colorize_cli.core.backend import Probe

            return Probe(framework="none", reason="none is not installed")

    with pytest.raises(UnavailableError, match="none is not installed"):
        subject_of(Missing())


def test_an_installed_backend_is_found_with_its_entry_point():
    subject = find_subject("onnx")
    assert subject.plugin == "colorize_onnx"
    assert subject.inference.name == "onnx"
    assert subject.training is None


@pytest.mark.parametrize("name", ["nobody", ""])
def test_a_name_that_nobody_offers_is_a_usage_error(name):
    with pytest.raises(UsageError):
        find_subject(name)


def test_a_subject_without_a_role_says_so():
    with pytest.raises(NotApplicable, match="neither"):
        _ = Subject().backend


def test_an_array_of_another_shape_or_with_no_number_is_not_close():
    import numpy as np

    for found in (np.zeros((2, 1)), np.array([0, np.nan])):
        with pytest.raises(PromiseBroken):
            expect_close(found, np.zeros(2), "zeros", tolerance=1)


def test_a_refusal_is_of_the_right_kind():
    expect_refusal(UsageError, lambda: find_subject("nobody"), "a refusal")
    with pytest.raises(PromiseBroken, match="came: no refusal"):
        expect_refusal(UsageError, lambda: None, "a refusal")
    with pytest.raises(PromiseBroken, match="came: UsageError"):
        expect_refusal(UnavailableError, lambda: find_subject("nobody"), "a refusal")


def test_without_pytest_the_kit_runs():
    code = (
        "import sys; sys.modules['pytest'] = None; "
        "from colorize_cli.testing import runner, subject, suite"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
