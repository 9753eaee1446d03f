"""The program within this process, and what of its words reaches a terminal."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from oracle import FaultError

from colorize_cli import console
from colorize_cli.core.errors import ColorizeError, ExitStatus
from colorize_cli.main import run_program

UNEXPECTED = frozenset({ExitStatus.INTERNAL, ExitStatus.TEMPORARY})


def run(arguments: Sequence[str], folder: Path) -> int:
    """Run a command line in a folder; return its status.

    Raises FaultError for a status that is never right, and for output that a terminal would obey.
    """
    os.chdir(folder)
    printed = folder.parent / "printed"
    with _kept(printed):
        try:
            status = int(run_program([*arguments]))
        except ColorizeError as error:
            console.print_error(error)
            status = int(error.status)
    text = printed.read_bytes().decode("utf-8", "backslashreplace")
    printed.unlink()
    if status in UNEXPECTED:
        raise FaultError(f"status {status}: {text}")
    for line in text.split("\n"):
        if not line.isprintable():
            raise FaultError(f"not printable: {line!r}")
    return status


@contextmanager
def _kept(place: Path) -> Iterator[None]:
    """Keep what is printed meanwhile, on the descriptors themselves, in a file."""
    before = os.dup(1), os.dup(2)
    file = os.open(place, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    for descriptor in (1, 2):
        os.dup2(file, descriptor)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        for number, descriptor in enumerate(before, 1):
            os.dup2(descriptor, number)
            os.close(descriptor)
        os.close(file)
