"""stdin and stdout as files of images: nothing but the image's bytes ever reaches stdout."""

import errno
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from colorize_cli.core.errors import NoInputError, OutputError

STDIN, STDOUT, STDERR = 0, 1, 2
READ_BYTES = 2**20
STDIN_NAME = "standard input"
STDOUT_NAME = "standard output"


class ImageOutput:
    """The real stdout, which only its holder can write to; or another file that is open."""

    def __init__(self, descriptor: int, name: object = STDOUT_NAME) -> None:
        self.descriptor = descriptor
        self.name = name

    @property
    def is_terminal(self) -> bool:
        """Whether somebody would see the bytes as text."""
        return os.isatty(self.descriptor)

    def write(self, data: bytes) -> None:
        """Write all bytes, however slowly they are taken.

        Raises BrokenPipeError if nobody reads on, OutputError for a full or closed stdout.
        """
        rest = memoryview(data)
        while rest:
            rest = rest[self._write_some(rest) :]

    def _write_some(self, data: memoryview) -> int:
        try:
            return os.write(self.descriptor, data)
        except BlockingIOError:
            # Whoever shares this pipe may have made it non-blocking.
            select.select([], [self.descriptor], [])
            return 0
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(f"cannot be written: {_reason(error)}", path=self.name) from error


@contextmanager
def protected_stdout() -> Iterator[ImageOutput]:
    """Lend the real stdout to the block; all else that is printed meanwhile goes to stderr.

    This is done with the descriptor itself, so that it holds for C libraries, plug-ins and
    child processes as well.
    """
    _flush()
    saved = os.dup(STDOUT)
    os.dup2(STDERR, STDOUT)
    try:
        yield ImageOutput(saved)
    finally:
        _flush()
        os.dup2(saved, STDOUT)
        os.close(saved)


def is_stdin_terminal() -> bool:
    """Whether stdin is somebody typing rather than an image."""
    return os.isatty(STDIN)


def read_stdin() -> bytes:
    """Read stdin to its end. Raises NoInputError if it is closed or cannot be read."""
    try:
        return b"".join(iter(_read_some, b""))
    except OSError as error:
        raise NoInputError(f"cannot be read: {_reason(error)}", path=STDIN_NAME) from error


def _read_some() -> bytes:
    while True:
        try:
            return os.read(STDIN, READ_BYTES)
        except BlockingIOError:
            # Whoever shares this pipe may have made it non-blocking.
            select.select([STDIN], [], [])


def _reason(error: OSError) -> str:
    if error.errno == errno.EBADF:
        return "it is closed"
    return (error.strerror or type(error).__name__).lower()


def _flush() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()
