"""Files that are whole or not there: written beside their place, synced, then renamed."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from colorize_cli.core.errors import CannotCreateError, NoPermissionError, OutputError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path in the same folder; rename it to `path` when the block succeeds.

    The data is on the disk before the rename, and the rename before this returns, so that a
    crash leaves the old file or the new one. Raises CannotCreateError, NoPermissionError or
    OutputError; the temporary file is gone in every case.
    """
    with reported(path):
        descriptor, name = tempfile.mkstemp(
            prefix=f".{path.name[:100]}.", suffix=".tmp", dir=path.parent
        )
        os.close(descriptor)
    temporary = Path(name)
    try:
        with reported(path):
            yield temporary
            temporary.chmod(0o666 & ~_umask())
            sync(temporary)
            temporary.replace(path)
            sync(path.parent)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a whole file so that a crash leaves the old one or the new one."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)


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
        raise OutputError(f"cannot be written: {_reason(error)}", path=path) from error


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def sync(path: Path) -> None:
    """Wait until a file's data, or a folder's entries, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
