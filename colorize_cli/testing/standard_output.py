"""What is written to stdout while a block runs, by Python or by a C library."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from tempfile import TemporaryFile
from typing import IO, Final

STDOUT: Final = 1


@contextmanager
def captured_stdout() -> Iterator[IO[bytes]]:
    """Send stdout, both the descriptor and Python's stream, to a file that the block is lent."""
    with TemporaryFile() as file:
        _flush()
        saved = os.dup(STDOUT)
        os.dup2(file.fileno(), STDOUT)
        stream = io.TextIOWrapper(io.FileIO(file.fileno(), "w", closefd=False), write_through=True)
        try:
            with redirect_stdout(stream):
                yield file
        finally:
            stream.flush()
            os.dup2(saved, STDOUT)
            os.close(saved)


def written_to(file: IO[bytes]) -> bytes:
    """Return all that the captured file holds by now."""
    file.seek(0)
    return file.read()


def _flush() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()
