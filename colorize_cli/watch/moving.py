"""Moving inputs out of the watched folder: whole or not at all, and never over another file."""

import errno
import os
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Final

from colorize_cli.core.errors import CannotCreateError
from colorize_cli.core.existing_outputs import sha256_of
from colorize_cli.core.output_plan import GREATEST_NAME
from colorize_cli.core.outputs import WITHOUT_LINKS, make_folder, replacing, reported, sync

WITHOUT_MOVING: Final = WITHOUT_LINKS | {errno.EXDEV, errno.EMLINK}
"""What systems answer where one file cannot have two names: then it is copied."""

GREATEST_SUFFIX: Final = 16
"""Bytes of a suffix that is worth keeping: no picture's is longer."""


def moved(source: Path, wanted: Path) -> Path:
    """Move a file to `wanted`, or to a free name like it (`NAME-2.jpg`); return where it is.

    On one disk it gets its second name before it loses the first; to another it is copied with
    its times, synced, and then removed. A process that dies meanwhile leaves both, and the next
    one that moves the file finds the first half done. Of a link, what it leads to is copied.
    Raises NoPermissionError, CannotCreateError or OutputError; FileNotFoundError if it is gone.
    """
    make_folder(wanted.parent)
    for target in free_names(wanted):
        if is_moved_to(source, target) or _is_given(source, target):
            with reported(source):
                source.unlink(missing_ok=True)
                sync(source.parent)
            return target
    raise CannotCreateError("has no free name", path=wanted)


def free_names(wanted: Path, *, longest: int = GREATEST_NAME) -> Iterator[Path]:
    """Give names for a file, the wanted one first; none has more bytes than `longest`."""
    suffix = wanted.suffix if len(os.fsencode(wanted.suffix)) <= GREATEST_SUFFIX else ""
    stem = wanted.name.removesuffix(suffix)
    for number in count(1):
        ending = suffix if number == 1 else f"-{number}{suffix}"
        yield wanted.with_name(_cut(stem, longest - len(os.fsencode(ending))) + ending)


def is_moved_to(source: Path, target: Path) -> bool:
    """Whether the same file, or the same bytes, are there already."""
    try:
        ours, theirs = source.stat(), target.stat()
    except OSError:
        return False
    if os.path.samestat(ours, theirs):
        return not source.is_symlink()
    if ours.st_size != theirs.st_size:
        return False
    digest = sha256_of(source)
    return digest is not None and digest == sha256_of(target)


def _is_given(source: Path, target: Path) -> bool:
    """Give a file a second name or a copy; False if something is there already."""
    if os.path.lexists(target):
        return False
    if not source.is_symlink():
        try:
            os.link(source, target)
        except FileExistsError:
            return False
        except FileNotFoundError:
            raise
        except OSError as error:
            if error.errno not in WITHOUT_MOVING:
                with reported(target):
                    raise
        else:
            with reported(target):
                sync(target.parent)
            return True
    return _is_copied(source, target)


def _is_copied(source: Path, target: Path) -> bool:
    try:
        with replacing(target, is_new=True) as temporary:
            shutil.copy2(source, temporary)
    except CannotCreateError:
        if os.path.lexists(target):
            return False
        raise
    return True


def _cut(text: str, most: int) -> str:
    while len(os.fsencode(text)) > most:
        text = text[:-1]
    return text
