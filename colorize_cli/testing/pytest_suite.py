"""The kit as a test class: one test for each promise. The only module here that needs pytest.

from colorize_cli.testing.pytest_suite import BackendConformance

class TestMine(BackendConformance):
    backend_name = "mine"
"""

from collections.abc import Sequence
from typing import ClassVar

import pytest

from colorize_cli.core.backend import Backend
from colorize_cli.testing.check import Check
from colorize_cli.testing.promises import NotApplicable
from colorize_cli.testing.runner import perform
from colorize_cli.testing.subject import AUTO, Subject, find_subject, subject_of
from colorize_cli.testing.suite import CHECKS


class BackendConformance:
    """Subclass it and name the backend, or override the fixture `backend` to give an object.

    `checks` may be narrowed to `suite.FOR_COLOURING` for a backend that does not train, or be
    widened. `plugin` is the value of the entry point of a backend that is given as an object, if
    it has one: some promises are checked in a process that imports it anew.
    """

    backend_name: ClassVar[str | None] = None
    device: ClassVar[str] = AUTO
    plugin: ClassVar[str | None] = None
    checks: ClassVar[Sequence[Check]] = CHECKS

    @pytest.fixture
    def backend(self) -> Backend | None:
        """Give the backend as an object; None stands for the installed one of `backend_name`."""
        return None

    @pytest.fixture
    def subject(self, backend: Backend | None) -> Subject:
        """Give what is checked."""
        if backend is not None:
            return subject_of(backend, device=self.device, plugin=self.plugin)
        if self.backend_name is None:
            pytest.fail(f"{type(self).__name__} needs a backend_name or a fixture backend")
        return find_subject(self.backend_name, device=self.device)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make a test of each check."""
        if "check" in metafunc.fixturenames:
            metafunc.parametrize("check", self.checks, ids=str)

    def test_promise(self, check: Check, subject: Subject) -> None:
        """Check one promise."""
        try:
            perform(check, subject)
        except NotApplicable as reason:
            pytest.skip(str(reason))
