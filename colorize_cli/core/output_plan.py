"""Which input becomes which output, decided and checked before any work is done."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from colorize_cli.core.errors import (
    CannotCreateError,
    NoInputError,
    NoPermissionError,
    UsageError,
    quoted,
)
from colorize_cli.core.outputs import make_folder

DASH: Final = "-"
"""Stands for stdin among inputs and for stdout among outputs."""

FileId: TypeAlias = tuple[int, int]


@dataclass(frozen=True)
class Job:
    """One picture to colour: from a file or stdin (None), to a file or stdout (None)."""

    source: Path | None
    target: Path | None


def output_and_folder(output: str | None, folder: str | None) -> tuple[str | None, str | None]:
    """Tell a single output from a folder for several: one that is there or ends in a slash.

    Raises UsageError if both are given.
    """
    if output is not None and folder is not None:
        raise UsageError("-o and --output-dir exclude each other")
    if output is not None and (output.endswith(os.sep) or Path(output).is_dir()):
        return None, output
    return output, folder


def plan_jobs(
    files: Sequence[str], output: str | None, folder: str | None, *, suffix: str
) -> list[Job]:
    """Decide what each input becomes; in a folder `NAME.*` becomes `NAME` and the suffix.

    `output` is a file or `-`. Raises UsageError for what makes no sense together.
    """
    if DASH in files and len(files) > 1:
        raise UsageError("standard input (-) cannot be one of several files")
    if folder is not None:
        return [_job_in_folder(name, Path(folder), suffix) for name in files or [DASH]]
    if len(files) > 1:
        raise UsageError("several files need --output-dir DIR")
    source = None if not files or files[0] == DASH else Path(files[0])
    return [Job(source, None if output in {None, DASH} else Path(str(output)))]


def check_jobs(jobs: Sequence[Job], *, is_forced: bool) -> None:
    """Raise CannotCreateError if two inputs have one output, or an output is there already.

    An output that is one of the inputs is refused even when forced.
    """
    _check_collisions(jobs)
    inputs = {_file_id(job.source) for job in jobs if job.source is not None} - {None}
    for job in jobs:
        if job.target is not None:
            _check_target(job.target, inputs, is_forced=is_forced)


def make_target_folders(jobs: Iterable[Job], folder: str | None) -> None:
    """Create the folder for many outputs; the one of a single output must be there."""
    if folder is not None:
        make_folder(Path(folder))
    for job in jobs:
        if job.target is not None and not job.target.parent.is_dir():
            raise CannotCreateError("its folder does not exist", path=job.target)


def is_special(path: Path) -> bool:
    """Whether a path is a device or a pipe, which is written to and never replaced."""
    return path.exists() and not path.is_file() and not path.is_dir()


def read_source(path: Path) -> bytes:
    """Read an input. Raises NoInputError, or NoPermissionError, that says what is wrong."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise NoInputError("no such file", path=path) from error
    except IsADirectoryError as error:
        raise NoInputError("is a folder: name the files in it", path=path) from error
    except PermissionError as error:
        raise NoPermissionError("no permission to read it", path=path) from error
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise NoInputError(f"cannot be read: {reason}", path=path) from error


def _job_in_folder(name: str, folder: Path, suffix: str) -> Job:
    if name == DASH:
        raise UsageError("standard input has no name: use -o FILE instead of a folder")
    return Job(Path(name), folder / f"{Path(name).stem}{suffix}")


def _check_collisions(jobs: Sequence[Job]) -> None:
    sources: dict[str, Path | None] = {}
    for job in jobs:
        if job.target is None:
            continue
        place = os.path.realpath(job.target)
        if place in sources:
            first, second = quoted(sources[place]), quoted(job.source)
            reason = f"both {first} and {second} would become this file; rename one"
            raise CannotCreateError(reason, path=job.target)
        sources[place] = job.source


def _check_target(target: Path, inputs: set[FileId | None], *, is_forced: bool) -> None:
    if is_special(target):
        return
    if _file_id(target) in inputs:
        raise CannotCreateError("is one of the inputs, which are never changed", path=target)
    if target.is_dir():
        raise CannotCreateError("is a folder", path=target)
    if os.path.lexists(target) and not is_forced:
        raise CannotCreateError("exists already; use --force to replace it", path=target)


def _file_id(path: Path) -> FileId | None:
    """Return what tells a file from others, whatever its names; None if it is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
