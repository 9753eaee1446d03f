"""The program within this process: quicker than a process where signals and start are no matter."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from colorize_cli import console
from colorize_cli.core.errors import ColorizeError
from colorize_cli.main import run_program


@dataclass(frozen=True)
class Ended:
    """How a command line ended, and what it printed."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """What was said on stderr, line by line."""
        return self.err.splitlines()


class SameProcess:
    """Runs command lines in a folder, without settings from outside."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capture: Any) -> None:
        for name in [*os.environ]:
            if name.startswith("COLORIZE_"):
                monkeypatch.delenv(name)
        monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "no-settings"))
        monkeypatch.chdir(folder)
        self._capture = capture

    def __call__(self, arguments: Sequence[str]) -> Ended:
        """Run a command line as the front door does."""
        self._capture.readouterr()
        try:
            status = int(run_program(list(arguments)))
        except ColorizeError as error:
            console.print_error(error)
            status = int(error.status)
        printed = self._capture.readouterr()
        return Ended(status, printed.out, printed.err)
