"""What people are told of a watched folder, at each level."""

from pathlib import Path

import pytest

from colorize_cli.commands.run_choices import Telling
from colorize_cli.commands.watch_messages import WatchMessages, summary_text
from colorize_cli.core.errors import NotAnImageError, OutputError
from colorize_cli.watch import events
from colorize_cli.watch.totals import Totals

PATH, OUT, AWAY = Path("in/a.png"), Path("out/a.png"), Path("away/a.png")
MADE = events.Made(seconds=0.25, warnings=("its map is left out",))
CUT = NotAnImageError("truncated image")
DONE_LINE = "'in/a.png' -> 'out/a.png' in 0.25 s"
WARNING = "colorize: warning: 'in/a.png': its map is left out"


@pytest.fixture
def told(capfd):
    def lines(event: events.Event, level: int, *, is_json: bool = False) -> list[str]:
        WatchMessages(Telling(verbosity=level, is_json=is_json)).told(event)
        return capfd.readouterr().err.splitlines()

    return lines


def test_off_a_terminal_each_picture_has_a_line_unless_programs_are_told(told):
    done = events.Done(path=PATH, target=OUT, made=MADE)
    assert told(done, -1) == []
    assert told(done, 0) == [WARNING, DONE_LINE]
    assert told(done, 0, is_json=True) == [WARNING]
    assert told(done, 1, is_json=True) == [WARNING, DONE_LINE]


def test_a_line_says_where_the_input_is_now(told):
    moved = events.Done(path=PATH, target=OUT, made=MADE, moved_to=AWAY)
    deleted = events.Done(path=PATH, target=OUT, made=MADE, is_deleted=True)
    assert told(moved, 0)[-1] == f"{DONE_LINE}; the input is 'away/a.png' now"
    assert told(deleted, 0)[-1] == f"{DONE_LINE}; the input is deleted"


@pytest.mark.parametrize(
    ("event", "words", "lowest"),
    [
        (events.Failed(path=PATH, error=CUT), "colorize: 'in/a.png': truncated image", -1),
        (events.Skipped(path=PATH, reason="has colours already"), "skipped: has colours", 1),
        (events.Skipped(path=PATH, reason="made by colorize"), "skipped: made by", 2),
        (events.Retry(path=PATH, error=CUT, attempts=1, delay=2.0), "trying again in 2 s", 1),
        (
            events.Retry(path=PATH, error=OutputError("disk full"), attempts=1, delay=1.0),
            "disk full; trying again",
            0,
        ),
        (
            events.Retry(path=PATH, error=OutputError("disk full"), attempts=2, delay=2.0),
            "disk full; trying again",
            1,
        ),
        (events.Rescan(reason="rescan", found=2, seconds=0.1), "(rescan): 2 new or changed", 1),
        (events.Rescan(reason="rescan", found=0, seconds=0.1), "(rescan): 0 new or changed", 2),
        (events.Notice(text="it is gone"), "colorize: warning: it is gone", 0),
        (events.Notice(text="it is back", is_warning=False), "colorize: it is back", 0),
    ],
)
def test_each_thing_is_told_from_its_level_on(told, event, words, lowest):
    for level in (-1, 0, 1, 2):
        lines = told(event, level)
        assert len(lines) == (level >= lowest), level
        assert not lines or words in lines[0]


def test_a_quarantined_file_is_told_with_its_new_place(told):
    failed = events.Failed(path=PATH, error=CUT, quarantined=AWAY)
    assert told(failed, 0)[1] == "'in/a.png' is in 'away/a.png' now"
    assert len(told(failed, -1)) == 1


def test_the_summary_is_that_of_run():
    totals = Totals(done=3, failed=1)
    assert summary_text(totals) == "3 coloured, 0 skipped, 1 failed"
    totals.skipped["made before"] = 2
    assert summary_text(totals) == "3 coloured, 2 skipped (made before), 1 failed"
    totals.skipped["gone"] = 1
    totals.waiting, totals.in_hand = 4, 1
    assert summary_text(totals) == (
        "3 coloured, 3 skipped (2 made before, 1 gone), 1 failed, 5 left for the next time"
    )
