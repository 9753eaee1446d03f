"""The lock of a run directory: one process at a time, where the disk has locks."""

import errno
import fcntl
from pathlib import Path

import pytest

from colorize_cli.core.errors import OutputError, TemporaryError
from colorize_trainers.run_lock import locked


def test_a_locked_run_is_left_alone_until_the_lock_is_gone(tmp_path: Path) -> None:
    with (
        locked(tmp_path),
        pytest.raises(TemporaryError, match="another process trains this run"),
        locked(tmp_path),
    ):
        pass
    with locked(tmp_path):
        pass


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP])
def test_a_disk_without_locks_can_be_trained_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """As some network file systems, which a cluster's home folders are on."""

    def refuse(*arguments: object) -> None:
        raise OSError(number, "no locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    done = []
    with locked(tmp_path):
        done.append("trained")
    assert done == ["trained"]


def test_what_else_a_disk_refuses_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with (
        pytest.raises(OutputError, match="cannot be written: input/output error"),
        locked(tmp_path),
    ):
        pass
