"""One watcher for a folder: locks that end with the process, however it ends."""

import errno
import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from colorize_cli.core.errors import BadConfigError, ColorizeError, TemporaryError
from colorize_cli.core.outputs import make_folder, reported

WITHOUT_LOCKS: Final = frozenset({errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP})
"""What file systems answer that have no locks."""

NAME_LENGTH: Final = 60
"""Characters of the root's name in that of its journal: 240 of 255 bytes at most."""


def default_path(root: Path) -> Path:
    """Return where the journal of a root lies: below $XDG_STATE_HOME, else ~/.local/state.

    Its name is that of the root and a hash of its real path (XDG Base Directory 0.8: "state data
    that should persist between restarts"; a relative value is to be ignored). Raises
    BadConfigError where nobody knows a home.
    """
    home = os.environ.get("XDG_STATE_HOME", "")
    state = Path(home) if home.startswith("/") else _home() / ".local" / "state"
    real = os.path.realpath(root)
    number = hashlib.sha256(os.fsencode(real)).hexdigest()[:16]
    name = Path(real).name[:NAME_LENGTH] or "root"
    return state / "colorize" / "watch" / f"{name}-{number}.sqlite3"


@contextmanager
def locked(journal: Path, root: Path) -> Iterator[None]:
    """Keep other watchers off a journal and off a root while the block runs.

    The root's lock lies in the folder of states, since a descriptor of the root itself would keep
    its disk from being unmounted; where that folder cannot be written, only the journal is
    locked. Raises TemporaryError if another process holds one of them.
    """
    with ExitStack() as stack:
        stack.enter_context(_lock_file(_lock_of(journal), root))
        try:
            usual = default_path(root)
            if usual != journal:
                stack.enter_context(_lock_file(_lock_of(usual), root))
        except TemporaryError:
            raise
        except ColorizeError:
            pass
        yield


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError as error:
        reason = "no home folder is known: set HOME or XDG_STATE_HOME, or use --state FILE"
        raise BadConfigError(reason) from error


def _lock_of(journal: Path) -> Path:
    return journal.with_name(f"{journal.name}.lock")


@contextmanager
def _lock_file(path: Path, root: Path) -> Iterator[None]:
    make_folder(path.parent)
    with reported(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        with reported(path):
            _take(descriptor, root)
        yield
    finally:
        with suppress(OSError):
            os.close(descriptor)


def _take(descriptor: int, root: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        reason = "another colorize watches this folder, or has its journal; stop that one first"
        raise TemporaryError(reason, path=root) from error
    except OSError as error:
        if error.errno not in WITHOUT_LOCKS:
            raise
