import os
import signal

import pytest

from colorize_cli.signals import ENDING, StopRequest, Terminated


def send(number):
    os.kill(os.getpid(), number)


@pytest.fixture(autouse=True)
def heard():
    """Give each signal a handler that the test can tell, and put the old one back."""
    before = {number: signal.getsignal(number) for number in ENDING}
    for number in ENDING:
        signal.signal(number, signal.default_int_handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", ENDING)
def test_the_first_signal_asks_and_wakes(number):
    woken = []
    request = StopRequest(lambda: woken.append(True))
    with request.listening():
        send(number)
    assert (request.is_asked, request.number, woken) == (True, number, [True])
    with pytest.raises(Terminated) as caught:
        request.raise_signal()
    assert caught.value.number == number


def test_the_second_signal_ends_at_once():
    request = StopRequest(lambda: None)
    with request.listening():
        send(signal.SIGINT)
        with pytest.raises(Terminated) as caught:
            send(signal.SIGTERM)
    assert caught.value.number == signal.SIGTERM


def test_a_request_without_a_signal_raises_none():
    request = StopRequest(lambda: None)
    request.ask()
    request.raise_signal()
    assert request.is_asked


def test_handlers_are_as_before_afterwards():
    with StopRequest(lambda: None).listening():
        assert signal.getsignal(signal.SIGTERM) is not signal.default_int_handler
    assert signal.getsignal(signal.SIGTERM) is signal.default_int_handler


def test_what_is_ignored_stays_ignored():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    request = StopRequest(lambda: None)
    with request.listening():
        send(signal.SIGHUP)
    assert not request.is_asked
