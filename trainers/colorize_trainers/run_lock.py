"""One process per run: a lock that ends with the process, however it ends."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from colorize_cli.core.errors import TemporaryError
from colorize_cli.core.outputs import reported

LOCK_FILE: Final = ".lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes off a run directory while the block runs.

    By flock(2), so that the lock of a killed process is gone with it and no file has to be
    removed. Raises TemporaryError if another process holds it.
    """
    path = folder / LOCK_FILE
    with reported(path):
        file = path.open("a")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            reason = "another process trains this run; wait until it ends, or stop it"
            raise TemporaryError(reason, path=folder) from error
        yield
