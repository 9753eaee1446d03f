"""One process per run: a lock that ends with the process, however it ends."""

import errno
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

from colorize_cli.core.errors import TemporaryError
from colorize_cli.core.outputs import reported

LOCK_FILE: Final = ".lock"
WITHOUT_LOCKS: Final = frozenset({errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP})
"""What file systems answer that have no locks."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes off a run directory while the block runs.

    By flock(2), so that the lock of a killed process is gone with it and no file has to be
    removed. Where the disk has no locks, as some network ones, nobody is kept off. Raises
    TemporaryError if another process holds it.
    """
    path = folder / LOCK_FILE
    with reported(path):
        file = path.open("a")
    with file:
        with reported(path):
            _lock(file, folder)
        yield


def _lock(file: TextIO, folder: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        reason = "another process trains this run; wait until it ends, or stop it"
        raise TemporaryError(reason, path=folder) from error
    except OSError as error:
        if error.errno not in WITHOUT_LOCKS:
            raise
