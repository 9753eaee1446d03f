"""Every way to end other than well: one exception class per exit status.

The statuses are sysexits(3), with 2 for usage errors as in most command-line parsers.
"""

from enum import IntEnum
from typing import Final

GREATEST_REASON: Final = 1000
"""Characters of a reason: names and texts in damaged files may have millions."""


class ExitStatus(IntEnum):
    """What the process tells its caller; the table of the manual."""

    OK = 0
    SOME_FAILED = 1
    USAGE = 2
    NOT_AN_IMAGE = 65
    NO_INPUT = 66
    UNAVAILABLE = 69
    INTERNAL = 70
    CANNOT_CREATE = 73
    IO_ERROR = 74
    TEMPORARY = 75
    PERMISSION = 77
    BAD_CONFIG = 78


class ColorizeError(Exception):
    """An error that a user can cause or cure: shown as one line, without a traceback.

    The text says what is wrong and what to do, in lower case and without a final full stop.
    `path` is the file it is about, if any; the line then reads `colorize: 'PATH': text`.
    """

    status: ExitStatus = ExitStatus.INTERNAL

    def __init__(self, reason: str, *, path: object = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path

    def __str__(self) -> str:
        """One line, with the file first; what a terminal would take for a command is escaped."""
        reason = shortened(self.reason)
        text = reason if self.path is None else f"{quoted(self.path)}: {reason}"
        return printable(" ".join(text.split("\n")))


def quoted(path: object) -> str:
    """Return a file's name in quotes, printable on one line whatever bytes it holds."""
    return repr(str(path)).encode("utf-8", "backslashreplace").decode("utf-8")


def shortened(text: str) -> str:
    """Return a text without its middle where it is longer than anybody reads."""
    half = GREATEST_REASON // 2
    return text if len(text) <= 2 * half else f"{text[:half]} ... {text[-half:]}"


def printable(text: str) -> str:
    """Return a text with escapes for what is not printed: control, direction, lone surrogates.

    Files from strangers have a say in messages, and terminals obey what they are sent.
    """
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )


class SomeInputsFailed(ColorizeError):  # noqa: N818 - the name is the message
    """The batch was finished, but not every input could be done."""

    status = ExitStatus.SOME_FAILED


class UsageError(ColorizeError):
    """The command line asks for something that makes no sense."""

    status = ExitStatus.USAGE


class NotAnImageError(ColorizeError):
    """The input is not a picture that can be decoded."""

    status = ExitStatus.NOT_AN_IMAGE


class NoInputError(ColorizeError):
    """An input is missing, unreadable or empty."""

    status = ExitStatus.NO_INPUT


class UnavailableError(ColorizeError):
    """A backend, a framework or a device that was asked for is not there."""

    status = ExitStatus.UNAVAILABLE


class CannotCreateError(ColorizeError):
    """An output cannot be created: it exists, collides, or its place is not a directory."""

    status = ExitStatus.CANNOT_CREATE


class OutputError(ColorizeError):
    """Writing failed: the disk is full or broken."""

    status = ExitStatus.IO_ERROR


class TemporaryError(ColorizeError):
    """Something may work later or with less: memory is short, a lock is held."""

    status = ExitStatus.TEMPORARY


class NoPermissionError(ColorizeError):
    """The operating system does not let us read or write there."""

    status = ExitStatus.PERMISSION


class BadConfigError(ColorizeError):
    """A configuration, model, data or run file is damaged or does not fit."""

    status = ExitStatus.BAD_CONFIG
