"""When a file is ready: the gate alone, with times that are only numbers."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colorize_cli.watch.gate import OLD, Gate
from colorize_cli.watch.journal import Signature
from colorize_cli.watch.settings import BackOff

FIRST = Signature(10, 100, 1, 100)
GROWN = Signature(20, 200, 1, 200)


def a_gate() -> Gate:
    return Gate(settle=2.0, closed_settle=0.25)


def test_a_file_is_due_when_it_was_left_alone_for_settle() -> None:
    gate = a_gate()
    gate.mark("a", FIRST, 0.0, is_complete=False)
    assert gate.next_due() == 2.0
    assert gate.take(1.99) is None
    waiting = gate.take(2.0)
    assert waiting is not None
    assert gate.is_ready(waiting, FIRST, 2.0)
    assert len(gate) == 0


def test_a_file_that_its_writer_closed_is_due_at_once_or_nearly() -> None:
    gate = a_gate()
    gate.mark("a", FIRST, 0.0, is_complete=False)
    gate.mark("a", FIRST, 1.0, is_complete=True)
    assert gate.next_due() == 1.25


def test_a_write_after_the_close_makes_it_wait_again() -> None:
    gate = a_gate()
    gate.mark("a", FIRST, 0.0, is_complete=True)
    gate.mark("a", GROWN, 0.1, is_complete=False)
    assert gate.next_due() == pytest.approx(2.1)


@pytest.mark.parametrize(
    "changed",
    [FIRST._replace(size=11), FIRST._replace(mtime_ns=101), FIRST._replace(inode=2)],
    ids=["size", "mtime", "inode"],
)
def test_a_file_that_changed_without_an_event_is_not_ready(changed: Signature) -> None:
    gate = a_gate()
    gate.mark("a", FIRST, 0.0, is_complete=False)
    waiting = gate.take(2.0)
    assert waiting is not None
    assert not gate.is_ready(waiting, changed, 2.0)
    assert gate.next_due() == 4.0
    assert waiting.since == 2.0


def test_a_change_of_mode_alone_does_not_matter() -> None:
    gate = a_gate()
    gate.mark("a", FIRST, 0.0, is_complete=False)
    waiting = gate.take(2.0)
    assert waiting is not None
    assert gate.is_ready(waiting, FIRST._replace(ctime_ns=999), 2.0)


def test_an_old_file_of_the_backlog_does_not_wait() -> None:
    gate = a_gate()
    gate.mark("a", FIRST, 5.0, is_complete=False, age=OLD)
    assert gate.next_due() == 5.0


def test_a_file_that_was_put_off_is_not_tried_sooner_for_being_looked_at() -> None:
    gate = a_gate()
    gate.mark("a", FIRST, 0.0, is_complete=False)
    waiting = gate.take(2.0)
    assert waiting is not None
    waiting.attempts = 3
    gate.keep(waiting, 60.0)
    gate.mark("a", FIRST, 5.0, is_complete=False)
    assert gate.next_due() == 60.0
    gate.mark("a", GROWN, 6.0, is_complete=False)
    assert gate.next_due() == 8.0
    assert waiting.attempts == 0


def test_many_marks_of_one_file_are_one_entry() -> None:
    gate = a_gate()
    for step in range(10_000):
        gate.mark("a", FIRST, step * 0.001, is_complete=False)
    assert len(gate) == 1
    assert len(gate._heap) == 1
    assert gate.next_due() == pytest.approx(11.999)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["mark", "closed", "take", "keep"]),
            st.sampled_from("abc"),
            st.floats(0, 3),
        ),
        max_size=40,
    )
)
def test_nothing_that_was_marked_is_ever_lost(steps: list[tuple[str, str, float]]) -> None:
    gate, now, expected = a_gate(), 0.0, {}
    for action, place, passed in steps:
        now += passed
        if action in ("mark", "closed"):
            due = now + (2.0 if action == "mark" else 0.25)
            gate.mark(place, FIRST, now, is_complete=action == "closed")
            expected[place] = due
        else:
            waiting = gate.take(now)
            ready = [name for name, due in expected.items() if due <= now]
            assert (waiting is not None) == bool(ready)
            if waiting is not None:
                assert expected.pop(waiting.place) <= now
                if action == "keep":
                    gate.keep(waiting, now + 1)
                    expected[waiting.place] = now + 1
        assert len(gate) == gate.fresh == len(expected)
        assert gate.next_due() == (min(expected.values()) if expected else None)


def test_delays_double_up_to_five_minutes() -> None:
    delays = [BackOff().delay(attempts) for attempts in (1, 2, 3, 9, 10, 10_000)]
    assert delays == [1, 2, 4, 256, 300, 300]
    assert replace(BackOff(), first=0.5).delay(3) == 2
