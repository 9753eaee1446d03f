"""Running the checks in a process of their own, which a backend may take down with it.

A framework's C++ ends the process where Python would raise. That is a broken promise like any
other: the check is named, and the remaining ones are done in another process.
"""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import IO, Any, Final

from colorize_cli.core.errors import UnavailableError
from colorize_cli.testing import fresh_python
from colorize_cli.testing.check import Check
from colorize_cli.testing.runner import Result, failure, run_checks
from colorize_cli.testing.subject import find_subject
from colorize_cli.testing.suite import CHECKS

PROGRAM: Final = (
    "import sys; from colorize_cli.testing.own_process import report; report(*sys.argv[1:])"
)
UNAVAILABLE: Final = "unavailable"
"""The key of the only line of a process that could not use the backend."""


def run_apart(
    name: str, *, device: str, after_each: Callable[[Result], object] = lambda _: None
) -> list[Result]:
    """Run all checks on an installed backend, whatever it does to the process.

    Raises UnavailableError if the backend cannot be used on the device.
    """
    results: list[Result] = []
    while len(results) < len(CHECKS):
        for result in _until_it_ends(name, device, CHECKS[len(results) :]):
            results.append(result)
            after_each(result)
    return results


def report(name: str, device: str, first: str, pipe: str) -> None:
    """Do the checks from the one called `first` on, and write results to a pipe as JSON lines."""
    with os.fdopen(int(pipe), "w", buffering=1, encoding="utf-8") as stream:
        try:
            subject = find_subject(name, device=device)
        except UnavailableError as error:
            _write(stream, {UNAVAILABLE: error.reason})
            return
        names = [check.name for check in CHECKS]
        remaining = CHECKS[names.index(first) :]
        run_checks(subject, remaining, after_each=lambda result: _write(stream, asdict(result)))


def _until_it_ends(name: str, device: str, checks: Sequence[Check]) -> Iterator[Result]:
    """Give the results of a process, the last of them a failure if it did not do all checks."""
    count = 0
    with _started(name, device, checks[0].name) as (process, lines):
        for line in lines:
            facts = json.loads(line)
            if UNAVAILABLE in facts:
                raise UnavailableError(facts[UNAVAILABLE])
            count += 1
            yield Result(**facts)
        status = process.wait()
    if count < len(checks):
        yield failure(checks[count], f"the process ended with {_ending(status)}")


@contextmanager
def _started(
    name: str, device: str, first: str
) -> Iterator[tuple["subprocess.Popen[bytes]", IO[str]]]:
    reading, writing = os.pipe()
    with os.fdopen(reading, encoding="utf-8") as lines:
        process = subprocess.Popen(
            fresh_python.command(PROGRAM, name, device, first, str(writing)),
            stdin=subprocess.DEVNULL,
            # Measured on two busy cores: threads that wait for each other make the tiny networks
            # of the checks ten times slower.
            env={"OMP_NUM_THREADS": "1", **fresh_python.environment()},
            pass_fds=[writing],
        )
        # Held open here as well, the pipe would never end.
        os.close(writing)
        try:
            yield process, lines
        finally:
            process.kill()
            process.wait()


def _ending(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"status {status}"


def _write(stream: IO[str], facts: dict[str, Any]) -> None:
    stream.write(f"{json.dumps(facts)}\n")
