"""Signals that ask a run to stop."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from colorize_trainers.interruption import SIGNALS, stop_requests


@pytest.fixture
def heard() -> Iterator[list[int]]:
    """Handlers of the test's own, as the program has them, and what they heard."""
    numbers: list[int] = []
    before = {
        number: signal.signal(number, lambda which, frame: numbers.append(which))
        for number in SIGNALS
    }
    yield numbers
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_asks_for_a_stop_and_is_passed_on_afterwards(
    number: int, heard: list[int]
) -> None:
    with stop_requests() as stop:
        assert not stop
        os.kill(os.getpid(), number)
        assert stop
        assert heard == []
    assert heard == [number]


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with stop_requests() as stop:
            os.kill(os.getpid(), signal.SIGINT)
            assert not stop
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_second_signal_ends_at_once_by_itself(number: int) -> None:
    code = (
        "import os\n"
        "from colorize_trainers.interruption import stop_requests\n"
        "with stop_requests():\n"
        f"    os.kill(os.getpid(), {int(number)})\n"
        f"    os.kill(os.getpid(), {int(number)})\n"
        "    print('still here')\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert ended.returncode == -number
    assert ended.stdout == b""
