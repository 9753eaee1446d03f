"""One watcher for a folder: locks that end with the process, however it ends."""

import errno
import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from colorize_cli.core.errors import BadConfigError, ColorizeError, TemporaryError, quoted
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
    locked. Raises TemporaryError if another process holds one of them, or watches a folder around
    the root or in it: both would colour what is in the inner one.
    """
    with ExitStack() as stack:
        stack.enter_context(_lock_file(_lock_of(journal), root))
        try:
            usual = default_path(root)
            if usual != journal:
                stack.enter_context(_lock_file(_lock_of(usual), root))
            _check_nesting(usual.parent, root)
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
            os.ftruncate(descriptor, 0)
            os.write(descriptor, os.fsencode(os.path.realpath(root)))
        yield
    finally:
        with suppress(OSError):
            os.close(descriptor)


def _check_nesting(folder: Path, root: Path) -> None:
    real = Path(os.path.realpath(root))
    for path in sorted(folder.glob("*.lock")):
        other = _root_of(path)
        is_nested = other != real and (real.is_relative_to(other) or other.is_relative_to(real))
        # Tried last: nobody else's lock is touched, not even for a moment.
        if is_nested and _is_held(path):
            reason = f"another colorize watches {quoted(other)}: watch only one of the two"
            raise TemporaryError(reason, path=root)


def _root_of(path: Path) -> Path:
    """Return the root that a lock was last taken for; that of nobody if it cannot be read."""
    try:
        return Path(os.fsdecode(path.read_bytes()))
    except OSError:
        return Path()


def _is_held(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _take(descriptor: int, root: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        reason = "another colorize watches this folder, or has its journal; stop that one first"
        raise TemporaryError(reason, path=root) from error
    except OSError as error:
        if error.errno not in WITHOUT_LOCKS:
            raise
