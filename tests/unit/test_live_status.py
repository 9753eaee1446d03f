"""The line that tells how a watcher is doing."""

from pathlib import Path

from colorize_cli.core.errors import NotAnImageError
from colorize_cli.watch.events import Done, Failed, Made, Queued
from colorize_cli.watch.live_status import LiveStatus
from colorize_cli.watch.totals import Totals


class Scene:
    def __init__(self) -> None:
        self.now = 0.0
        self.totals = Totals()
        self.status = LiveStatus(lambda: self.totals, clock=lambda: self.now)

    def done(self, name: str) -> None:
        path = Path("in") / name
        self.totals.done += 1
        self.status.told(Done(path=path, target=path, made=Made()))


def test_in_the_beginning_there_is_nothing():
    assert Scene().status.text() == "0 queued, 0 done, 0 failed"


def test_what_waits_and_what_is_in_hand_is_queued():
    scene = Scene()
    scene.totals.waiting, scene.totals.in_hand = 3, 2
    scene.status.told(Queued(path=Path("in/a.png")))
    assert scene.status.text() == "5 queued, 0 done, 0 failed"


def test_the_rate_is_that_of_the_last_half_minute_while_there_is_work():
    scene = Scene()
    scene.totals.waiting = 1
    scene.done("old.png")
    for scene.now in (100.0, 100.5, 101.0, 102.0):
        scene.done("new.png")
    # Three more in the two seconds since the first of them.
    assert scene.status.text() == "1 queued, 5 done, 0 failed, 1.5 images/s, last: 'new.png'"
    scene.totals.waiting = 0
    assert "images/s" not in scene.status.text()


def test_the_last_file_is_named_on_one_line_though_it_failed():
    scene = Scene()
    scene.totals.failed = 1
    path = Path("in/line\nbreak \udce9.png")
    scene.status.told(Failed(path=path, error=NotAnImageError("cut")))
    assert scene.status.text().splitlines() == [
        "0 queued, 0 done, 1 failed, last: 'line\\nbreak \\udce9.png'"
    ]
