"""The class that authors of backends subclass, as they would use it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from colorize_cli.testing.suite import CHECKS

SUPPORT = Path(__file__).parents[1] / "support"
BY_NAME = """
from colorize_cli.testing.pytest_suite import BackendConformance

class TestMine(BackendConformance):
    backend_name = "onnx"
    device = "cpu"
"""
BY_FIXTURE = """
import pytest
from colorize_cli.testing.pytest_suite import BackendConformance
from faulty_backends import FaultyInference, mutating

class TestMine(BackendConformance):
    @pytest.fixture
    def backend(self):
        return FaultyInference(mutating)
"""
BY_NOTHING = BY_NAME.replace('"onnx"', "None")


@pytest.fixture
def run_pytest(tmp_path):
    def run(source, *options):
        (tmp_path / "test_mine.py").write_text(source)
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(SUPPORT)},
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


def test_a_backend_is_checked_by_its_name_one_test_for_each_promise(run_pytest):
    result = run_pytest(BY_NAME, "-v")
    assert result.returncode == 0, result.stdout
    for check in CHECKS:
        assert f"test_mine.py::TestMine::test_promise[{check.name}] " in result.stdout
    assert "test_promise[batch] PASSED" in result.stdout
    assert "test_promise[restore] SKIPPED" in result.stdout


def test_a_backend_is_checked_as_an_object_and_its_fault_is_named(run_pytest):
    result = run_pytest(BY_FIXTURE)
    assert result.returncode == 1
    assert "1 failed" in result.stdout
    assert "FAILED test_mine.py::TestMine::test_promise[input] - " in result.stdout
    assert "promised: the gray picture left as it was; came: a difference of" in result.stdout


def test_a_class_without_a_backend_says_what_it_needs(run_pytest):
    result = run_pytest(BY_NOTHING, "-k", "batch")
    assert "TestMine needs a backend_name or a fixture backend" in result.stdout


def test_installing_colorize_adds_nothing_to_a_suite_of_tests():
    from importlib.metadata import entry_points

    assert not [point for point in entry_points(group="pytest11") if "colorize" in point.value]
