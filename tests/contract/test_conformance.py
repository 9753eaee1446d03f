"""Our own backends keep the promises that everybody's have to keep."""

import pytest

from colorize_cli.testing.pytest_suite import BackendConformance
from colorize_cli.testing.subject import find_subject
from colorize_cli.testing.suite import FOR_COLOURING, FOR_TRAINING


class TestColouring(BackendConformance):
    checks = FOR_COLOURING
    # Hides the class's own fixture: conftest gives every backend that colours in turn.
    backend = None

    @pytest.fixture
    def subject(self, backend):
        return find_subject(backend.name, device="cpu")


class TestTraining(BackendConformance):
    checks = FOR_TRAINING

    @pytest.fixture
    def subject(self, trainer):
        return find_subject(trainer.name, device="cpu")
