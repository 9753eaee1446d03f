"""Cases in child processes: a crash, a hang or a gigabyte too much costs the child alone.

A child does cases one after the other and notes each number before it begins, so that the number
of a case that kills it is known; the next child goes on behind it. Time is the processor's own,
so that a loaded machine changes nothing.
"""

import faulthandler
import mmap
import os
import resource
import shutil
import signal
import struct
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final, TypeAlias

from oracle import FaultError

Case: TypeAlias = Callable[[Random, Path], None]
"""Makes what it needs of the generator, in a folder of its own. Raises whatever is a fault."""

CASE_SECONDS: Final = 20.0
"""Processor time of one case: most take milliseconds."""

CASE_BYTES: Final = 3 * 2**29
"""Memory beyond what the process has as it begins: pictures are limited to 2 megapixels here."""

GROUP: Final = 200
NUMBER: Final = struct.Struct("<q")


@dataclass(frozen=True)
class Fault:
    """A case that broke a promise, and how."""

    target: str
    seed: int
    number: int
    text: str

    def __str__(self) -> str:
        """Say how to see it again."""
        command = f"python tests/fuzz {self.target} --seed {self.seed} --case {self.number}"
        return f"{command}\n{self.text}"


class HangError(BaseException):
    """A case has taken too long; not an Exception, so that nothing catches it."""


def faults_among(
    target: str, case: Case, numbers: range, *, seed: int, seconds: float | None = None
) -> Iterator[Fault | int]:
    """Do cases in groups; yield each fault, and after each group how many cases it had."""
    end = None if seconds is None else time.monotonic() + seconds
    start = numbers.start
    while start < numbers.stop and (end is None or time.monotonic() < end):
        stop = min(start + GROUP, numbers.stop)
        fault, last = _group(target, case, range(start, stop), seed)
        yield last + 1 - start
        if fault:
            yield fault
        start = last + 1


def generator(target: str, seed: int, number: int) -> Random:
    """Return what a case draws from: the same for the same three, on every machine."""
    return Random(f"{target} {seed} {number}")


def _group(target: str, case: Case, numbers: range, seed: int) -> tuple[Fault | None, int]:
    """Return the first fault among cases, and the number of the last one that was done."""
    noted = mmap.mmap(-1, NUMBER.size)
    with tempfile.TemporaryDirectory(prefix="colorize-fuzz-") as folder:
        scratch = Path(folder)
        said = scratch / "said"
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            _be_child(target, case, numbers, seed, noted, scratch, said)
        _, status = os.waitpid(child, 0)
        (last,) = NUMBER.unpack(noted[:])
        text = said.read_text("utf-8", "backslashreplace") if said.exists() else ""
        text = "\n".join(line[:300] for line in text.splitlines())
        leftovers = [path.name for path in scratch.iterdir() if path.name not in {"said", "case"}]
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        return Fault(target, seed, last, f"the process was killed by {name}\n{text}"), last
    if os.WEXITSTATUS(status) or leftovers:
        return Fault(target, seed, last, text or f"left behind: {leftovers}"), last
    return None, last


def _be_child(
    target: str,
    case: Case,
    numbers: range,
    seed: int,
    noted: mmap.mmap,
    scratch: Path,
    said: Path,
) -> None:
    status = 1
    try:
        with said.open("w+b", buffering=0) as file:
            # Libraries of C print on the descriptors themselves.
            for descriptor in (1, 2):
                os.dup2(file.fileno(), descriptor)
            faulthandler.enable(file)
            _limit()
            for number in numbers:
                noted[:] = NUMBER.pack(number)
                _do(target, case, number, seed, scratch)
                if file.tell():
                    raise FaultError("something was printed")
        status = 0
    except BaseException:  # noqa: BLE001 - the border of the process
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(status)


def _limit() -> None:
    size = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + CASE_BYTES,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def hang(*_: object) -> None:
        raise HangError(f"more than {CASE_SECONDS:g} s of processor time")

    signal.signal(signal.SIGPROF, hang)
    # What hangs within C code never comes back to Python: the kernel ends it.
    signal.signal(signal.SIGVTALRM, signal.SIG_DFL)


def _do(target: str, case: Case, number: int, seed: int, scratch: Path) -> None:
    folder = scratch / "case"
    folder.mkdir()
    signal.setitimer(signal.ITIMER_PROF, CASE_SECONDS)
    signal.setitimer(signal.ITIMER_VIRTUAL, 3 * CASE_SECONDS)
    try:
        case(generator(target, seed, number), folder)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        shutil.rmtree(folder)
