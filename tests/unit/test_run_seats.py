"""Pictures sit down as seats and memory allow; whoever waits does so in a thread of the test."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from colorize_cli.commands.run_seats import BYTES_PER_PIXEL, SHARE, Seats

PATIENCE = 20


@pytest.fixture
def others():
    """Threads of which each sits down and stays until it is told to go."""
    with ThreadPoolExecutor(8) as pool:
        yield pool


class Guest:
    """Somebody with a picture, who sits down in a thread of their own."""

    def __init__(self, pool, seats, pixels):
        self._seats, self._pixels = seats, pixels
        self.asked, self.seated, self.may_go = (threading.Event() for _ in range(3))
        self.stay = pool.submit(self._visit)

    def _visit(self):
        with self._seats.taken(self._measured):
            self.seated.set()
            assert self.may_go.wait(PATIENCE)

    def _measured(self):
        self.asked.set()
        return self._pixels

    def leave(self):
        self.may_go.set()
        self.stay.result(PATIENCE)


def memory_for(pixels: int) -> int:
    return round(pixels * BYTES_PER_PIXEL / SHARE)


def test_no_more_sit_than_there_are_seats(others):
    seats = Seats(2)
    first, second = (Guest(others, seats, 1) for _ in range(2))
    assert first.seated.wait(PATIENCE)
    assert second.seated.wait(PATIENCE)
    third = Guest(others, seats, 1)
    assert not third.seated.is_set()
    first.leave()
    assert third.seated.wait(PATIENCE)
    second.leave()
    third.leave()


def test_a_picture_for_which_memory_has_no_room_waits_until_another_is_done(others):
    seats = Seats(8, memory=memory_for(100))
    large = Guest(others, seats, 80)
    assert large.seated.wait(PATIENCE)
    waiting = Guest(others, seats, 30)
    assert waiting.asked.wait(PATIENCE)
    small = Guest(others, seats, 20)
    assert small.seated.wait(PATIENCE)
    assert not waiting.seated.is_set()
    large.leave()
    assert waiting.seated.wait(PATIENCE)
    small.leave()
    waiting.leave()


def test_a_picture_alone_is_never_too_large(others):
    seats = Seats(2, memory=memory_for(100))
    enormous = Guest(others, seats, 1_000_000)
    assert enormous.seated.wait(PATIENCE)
    small = Guest(others, seats, 1)
    assert small.asked.wait(PATIENCE)
    assert not small.seated.is_set()
    enormous.leave()
    assert small.seated.wait(PATIENCE)
    small.leave()


@pytest.mark.parametrize("seats", [Seats(1, memory=1), Seats(4)], ids=["one seat", "no limit"])
def test_nobody_is_measured_where_it_does_not_matter(seats):
    with seats.taken(lambda: pytest.fail("measured")):
        pass


def test_a_seat_is_left_by_failures_too():
    seats = Seats(1)
    with pytest.raises(ZeroDivisionError), seats.taken(lambda: 1):
        raise ZeroDivisionError
    with seats.taken(lambda: 1):
        pass
