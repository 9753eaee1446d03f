"""What every case must come to: success, or an error that was foreseen; and nothing left behind."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from colorize_cli.core.errors import ColorizeError

Result = TypeVar("Result")


class FaultError(AssertionError):
    """A promise is broken."""


def attempt(
    work: Callable[[], Result], *, statuses: Iterable[int], path: object = None
) -> Result | None:
    """Do the work; None where it raised an error with one of the statuses and a sound message."""
    try:
        return work()
    except ColorizeError as error:
        check_message(str(error))
        if error.status not in set(statuses):
            raise FaultError(f"status {error.status!r}: {error}") from error
        if path is not None and error.path is None:
            raise FaultError(f"the message names no file: {error}") from error
        return None


def check_message(text: str) -> None:
    """Raise FaultError unless a message is one line that a terminal shows as it stands."""
    if not text.isprintable():
        raise FaultError(f"not printable: {text!r}")
    if len(text) > 5000:
        raise FaultError(f"a message of {len(text)} characters: {text[:200]!r}")


def check_empty(folder: Path) -> None:
    """Raise FaultError if files are left in a folder."""
    left = [path.name for path in folder.iterdir()]
    if left:
        raise FaultError(f"left behind: {left}")
