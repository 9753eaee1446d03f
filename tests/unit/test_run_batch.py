import threading
from itertools import count

import pytest

from colorize_cli.commands.run_batch import (
    AHEAD,
    Batch,
    GateClosedError,
    WriteGate,
    closing,
    crew_for,
)

PATIENCE = 30


def told(results):
    return [result for result in results if result is not None]


def test_results_come_in_the_order_of_the_items_whatever_ends_first():
    is_second_done = threading.Event()

    def work(item):
        if item == 0:
            assert is_second_done.wait(PATIENCE)
        if item == 1:
            is_second_done.set()
        return item * 10

    batch = Batch(work, threads=2)
    assert told(batch.results(range(5), tick=PATIENCE)) == [0, 10, 20, 30, 40]


def test_no_more_is_begun_than_the_slowest_allows():
    begun = []
    may_end = threading.Event()

    def work(item):
        begun.append(item)
        if item == 0:
            assert may_end.wait(PATIENCE)
        return item

    taken = count()

    def items():
        for item in range(50):
            next(taken)
            yield item

    batch = Batch(work, threads=2)
    results = batch.results(items(), tick=0.001)
    # Only one thread is free until the first item ends.
    while len(begun) < 2 * AHEAD:
        assert next(results) is None
    assert next(results) is None
    assert next(taken) == 2 * AHEAD
    may_end.set()
    assert told(results) == list(range(50))


def test_the_caller_is_called_back_while_it_waits():
    may_end = threading.Event()
    batch = Batch(lambda item: may_end.wait(PATIENCE), threads=1)
    results = batch.results([0], tick=0.001)
    assert next(results) is None
    may_end.set()
    assert told(results) == [True]


def test_a_request_to_stop_lets_the_items_in_hand_end_and_begins_no_other():
    begun = threading.Event()
    may_end = threading.Event()
    seen = []

    def work(item):
        seen.append(item)
        begun.set()
        assert may_end.wait(PATIENCE)
        return item

    batch = Batch(work, threads=1)
    results = batch.results(range(100), tick=PATIENCE)
    threading.Thread(target=lambda: begun.wait(PATIENCE) and batch.stop.ask()).start()
    assert next(results) is None
    while not batch.stop.is_asked:
        assert next(results) is None
    assert next(results) is None
    may_end.set()
    assert told(results) == [0]
    assert seen == [0]


def test_what_the_work_raises_reaches_the_caller():
    def work(item):
        raise KeyError(item)

    with pytest.raises(KeyError):
        told(Batch(work, threads=2).results(range(3)))


def test_nothing_to_do_gives_nothing():
    assert told(Batch(lambda item: item, threads=2).results([])) == []


def test_a_closed_gate_lets_nobody_pass():
    gate = WriteGate()
    with gate:
        pass
    gate.close()
    with pytest.raises(GateClosedError), gate:
        pass


def test_closing_waits_for_those_within():
    gate = WriteGate()
    is_within, may_leave, has_left = threading.Event(), threading.Event(), threading.Event()

    def write():
        with gate:
            is_within.set()
            assert may_leave.wait(PATIENCE)
            has_left.set()

    threading.Thread(target=write).start()
    assert is_within.wait(PATIENCE)
    gate.close(patience=0)
    assert not has_left.is_set()
    may_leave.set()
    gate.close(patience=PATIENCE)
    assert has_left.is_set()


def test_an_exception_closes_the_gate_and_a_good_end_does_not():
    gate = WriteGate()
    with closing(gate):
        pass
    with gate:
        pass
    with pytest.raises(KeyboardInterrupt), closing(gate):
        raise KeyboardInterrupt
    with pytest.raises(GateClosedError), gate:
        pass


def test_there_are_as_many_seats_as_are_asked_for_and_no_more_than_pictures():
    assert crew_for(3).jobs == 3
    crew = crew_for(8, pictures=2)
    assert crew.jobs == 2
    assert crew_for(4, pictures=0).jobs == 1


def test_more_than_compute_are_in_hand_unless_a_number_is_asked_for():
    crew = crew_for(None)
    assert crew.threads > crew.jobs
    assert crew_for(3).threads == 3
