"""Files that are whole or not there: written beside their place, synced, then renamed."""

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from colorize_cli.core.errors import CannotCreateError, NoPermissionError, OutputError

TEMPORARY_SUFFIX: Final = ".colorize.tmp"
"""Temporary files are called `.NAME.colorize.tmp`, or `.NAME.XXXXXXXX.colorize.tmp`."""

NAME_LENGTH: Final = 40
"""Characters of the file's name in that of the temporary one: 160 of 255 bytes at most."""

OWNER_MAY_WRITE: Final = stat.S_IRUSR | stat.S_IWUSR

WITHOUT_SYNCING: Final = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP})
"""What file systems answer that cannot sync, for folders many network ones."""

IMPOSSIBLE_NAMES: Final = frozenset({errno.ENAMETOOLONG, errno.ELOOP})
"""What systems answer where the name is at fault, and not the disk."""

WITHOUT_LINKS: Final = frozenset({errno.EPERM, errno.EACCES, errno.ENOSYS, errno.ENOTSUP})
"""What file systems answer that have no hard links, as FAT."""


@contextmanager
def replacing(path: Path, *, is_new: bool = False) -> Iterator[Path]:
    """Give a temporary path in the same folder; rename it to `path` when the block succeeds.

    The data is on the disk before the rename, and the rename before this returns, so that a
    crash leaves the old file or the new one. With `is_new`, a file that has appeared at `path`
    is not replaced but a CannotCreateError; so are devices and pipes, which a rename would destroy.
    Raises that, NoPermissionError or OutputError; the temporary file is gone in every case, and one
    that a killed process left is cleared away.
    """
    _check_replaceable(path)
    with reported(path), _temporary_beside(path) as (descriptor, temporary):
        mode = _made_writable(descriptor)
        yield temporary
        sync(temporary)
        # Some writers put a file of their own there, for its owner alone.
        if stat.S_IMODE(temporary.stat().st_mode) != mode:
            temporary.chmod(mode)
        _put_in_place(temporary, path, is_new=is_new)
        sync(path.parent)


def write_bytes(path: Path, data: bytes, *, is_new: bool = False) -> None:
    """Write a whole file so that a crash leaves the old one or the new one."""
    with replacing(path, is_new=is_new) as temporary:
        # Not through a link that somebody who may write there has put in its place meanwhile.
        descriptor = os.open(temporary, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)


def write_text(path: Path, text: str) -> None:
    """Write a whole UTF-8 file so that a crash leaves the old one or the new one."""
    write_bytes(path, text.encode("utf-8"))


def make_folder(path: Path) -> None:
    """Create a folder and those above it, unless it is there. Raises as `replacing` does."""
    with reported(path):
        path.mkdir(parents=True, exist_ok=True)


@contextmanager
def reported(path: Path) -> Iterator[None]:
    """Turn what the operating system refuses within into an error about `path`.

    Raises NoPermissionError, CannotCreateError, or OutputError for a full or broken disk.
    """
    try:
        yield
    except PermissionError as error:
        raise NoPermissionError("no permission to write here", path=path) from error
    except (FileNotFoundError, NotADirectoryError, FileExistsError, IsADirectoryError) as error:
        raise CannotCreateError(f"cannot be created: {_reason(error)}", path=path) from error
    except OSError as error:
        if error.errno in IMPOSSIBLE_NAMES:
            raise CannotCreateError(f"cannot be created: {_reason(error)}", path=path) from error
        raise OutputError(f"cannot be written: {_reason(error)}", path=path) from error


def sync(path: Path) -> None:
    """Wait until a file's data, or a folder's entries, are on the disk.

    A folder that may be written but not read, or a file system that cannot sync, is let pass.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except PermissionError:
        if path.is_dir():
            return
        raise
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in WITHOUT_SYNCING:
            raise
    finally:
        os.close(descriptor)


@contextmanager
def _temporary_beside(path: Path) -> Iterator[tuple[int, Path]]:
    """Lend a new temporary file for `path`: its descriptor, which holds its lock, and its path.

    The name is the same each time, so that what a killed process left is found, unless somebody
    writes the same file just now.
    """
    for middle in ("", f".{os.urandom(4).hex()}"):
        temporary = temporary_name(path, middle)
        clear_abandoned(temporary)
        try:
            # The kernel applies umask and default ACLs; asking for the umask would change it
            # for all threads meanwhile.
            descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        except FileExistsError:
            continue
        with _owned(descriptor, temporary) as is_owned:
            if is_owned:
                yield descriptor, temporary
                return
    raise FileExistsError(errno.EEXIST, f"others write {path.name} just now")


@contextmanager
def _owned(descriptor: int, temporary: Path) -> Iterator[bool]:
    """Lock a new file, and remove it in the end; whether it is ours.

    Before it is locked, another may take it for abandoned and remove it.
    """
    is_locked = _holds_lock(descriptor) is not False
    try:
        yield is_locked and _is_at(temporary, descriptor)
    finally:
        # Still locked, lest it be taken for abandoned while it is removed.
        if is_locked:
            _remove(temporary, descriptor)
        with suppress(OSError):
            os.close(descriptor)


def temporary_name(path: Path, middle: str = "") -> Path:
    """Return what the temporary file for a path is called, if nobody else writes it as well."""
    return path.parent / f".{path.name[:NAME_LENGTH]}{middle}{TEMPORARY_SUFFIX}"


def clear_abandoned(temporary: Path) -> None:
    """Remove a temporary file that no living process holds the lock of."""
    try:
        descriptor = os.open(temporary, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return
    try:
        if _holds_lock(descriptor):
            _remove(temporary, descriptor)
    finally:
        os.close(descriptor)


def _remove(temporary: Path, descriptor: int) -> None:
    """Remove a temporary file whose lock is held, unless the name is another one's by now."""
    with suppress(OSError):
        if _is_at(temporary, descriptor):
            temporary.unlink()


def _is_at(path: Path, descriptor: int) -> bool:
    """Whether an open file still has this name."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False


def _holds_lock(descriptor: int) -> bool | None:
    """Take the lock of an open file: whether it was free, None where there are no locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _made_writable(descriptor: int) -> int:
    """Let the owner write a new file even if the umask does not; return the mode it is to have."""
    mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
    if mode & OWNER_MAY_WRITE != OWNER_MAY_WRITE:
        os.fchmod(descriptor, mode | OWNER_MAY_WRITE)
    return mode


def _check_replaceable(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except (OSError, ValueError):
        return
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)):
        raise CannotCreateError("is a device or a pipe, not a file; name a file", path=path)


def _put_in_place(temporary: Path, path: Path, *, is_new: bool) -> None:
    if not is_new:
        temporary.replace(path)
        return
    try:
        _link(temporary, path)
    except FileExistsError as error:
        reason = "has appeared meanwhile; use --force to replace it"
        raise CannotCreateError(reason, path=path) from error


def _link(temporary: Path, path: Path) -> None:
    """Rename unless there is something at `path`; where links are missing, but for a moment."""
    try:
        os.link(temporary, path)
        with suppress(OSError):
            temporary.unlink()
    except OSError as error:
        if error.errno not in WITHOUT_LINKS:
            raise
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from error
        temporary.replace(path)


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
