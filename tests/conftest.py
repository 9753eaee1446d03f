"""What all tests take for granted of the process that they run in."""

import signal
from collections.abc import Iterator

import pytest

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)


def pytest_configure() -> None:
    """Hear the signals that whoever started the tests in the background may have switched off.

    Programs under test inherit it, and rightly leave off what they were told to ignore.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in ENDING[1:]:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def _signals_stay_as_they_are() -> Iterator[None]:
    """Fail the test that leaves signals ignored or blocked for those after it."""
    before = [signal.getsignal(number) for number in ENDING]
    yield
    assert [signal.getsignal(number) for number in ENDING] == before
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, ()) & set(ENDING)
