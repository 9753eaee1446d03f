"""However a picture comes into the folder: exactly once, checked by content."""

import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from colorize_cli.core.provenance import read_provenance
from colorize_cli.watch.dirty_set import TOO_MANY, DirtySet
from colorize_cli.watch.events import Done, Failed, Made, Queued, Rescan, Retry, Skipped
from watching import FakeWork, Folder, InlineExecutor, places_in, write_picture


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def colored(folder: Folder) -> Counter[str]:
    """Return of which contents there are outputs, and how many of each."""
    marks = [read_provenance(folder.output / place) for place in folder.outputs()]
    return Counter(mark.source_sha256 if mark else "no mark" for mark in marks)


class Writer:
    """Writes as other programs do, step by step in the time of the test.

    `hint` is what an observer would say; without one, only rescans find what was written.
    """

    def __init__(self, folder: Folder, *, has_events: bool) -> None:
        self.folder, self.has_events = folder, has_events
        self.contents: list[bytes] = []
        self.away = folder.top / "away"
        self.away.mkdir()

    def picture(self, name: str) -> Path:
        path = self.away / name
        self.contents.append(write_picture(path, len(self.contents), size=24))
        return path

    def hint(self, path: Path, *, is_complete: bool = False) -> None:
        if self.has_events:
            self.folder.dirty.mark(path, is_complete=is_complete)

    def at(self, delay: float, action: Callable[[], object]) -> None:
        self.folder.clock.plan(delay, action)


def append(writer: Writer, path: Path, data: bytes, *, is_last: bool = False) -> None:
    with path.open("ab") as file:
        file.write(data)
    writer.hint(path, is_complete=is_last)


def copied(writer: Writer) -> None:
    data, path = writer.picture("a.png").read_bytes(), writer.folder.root / "a.png"
    writer.at(1, lambda: append(writer, path, data[:100]))
    writer.at(1.1, lambda: append(writer, path, data[100:], is_last=True))


def moved_in(writer: Writer) -> None:
    source, path = writer.picture("a.png"), writer.folder.root / "a.png"
    writer.at(1, lambda: (source.rename(path), writer.hint(path)))


def moved_over_another(writer: Writer) -> None:
    path = writer.folder.root / "a.png"
    first, second = writer.picture("a.png"), writer.picture("b.png")
    writer.contents.pop(0)
    writer.at(1, lambda: (first.rename(path), writer.hint(path)))
    writer.at(1.5, lambda: (second.rename(path), writer.hint(path)))


def renamed_inside(writer: Writer) -> None:
    source, path = writer.picture("a.png"), writer.folder.root / "a.png"
    part = path.with_name("a.png.part")
    writer.at(1, lambda: (shutil.copy(source, part), writer.hint(part, is_complete=True)))
    writer.at(40, lambda: (part.rename(path), writer.hint(path, is_complete=True)))


def rsynced(writer: Writer) -> None:
    source, path = writer.picture("a.png"), writer.folder.root / "a.png"
    hidden = path.with_name(".a.png.Xa81Zq")
    writer.at(1, lambda: (shutil.copy(source, hidden), writer.hint(hidden)))
    writer.at(50, lambda: (hidden.rename(path), writer.hint(path, is_complete=True)))


def trickled(writer: Writer) -> None:
    data, path = writer.picture("a.png").read_bytes(), writer.folder.root / "a.png"
    step = len(data) // 40 + 1
    for number, start in enumerate(range(0, len(data), step)):
        piece = data[start : start + step]
        # Slower than `settle`: each piece looks like a finished file.
        writer.at(1 + 3.0 * number, lambda piece=piece: append(writer, path, piece))


def stalled(writer: Writer) -> None:
    data, path = writer.picture("a.png").read_bytes(), writer.folder.root / "a.png"
    writer.at(1, lambda: append(writer, path, data[:200]))
    # Longer than patience: it was given up by then, and comes back.
    writer.at(100, lambda: append(writer, path, data[200:]))


def zero_bytes_first(writer: Writer) -> None:
    data, path = writer.picture("a.png").read_bytes(), writer.folder.root / "a.png"
    writer.at(1, lambda: append(writer, path, b"", is_last=True))
    writer.at(20, lambda: append(writer, path, data, is_last=True))


def hard_linked(writer: Writer) -> None:
    source, path = writer.picture("a.png"), writer.folder.root / "a.png"
    writer.at(1, lambda: (os.link(source, path), writer.hint(path)))


def soft_linked(writer: Writer) -> None:
    source, path = writer.picture("a.png"), writer.folder.root / "a.png"
    writer.at(1, lambda: (path.symlink_to(source), writer.hint(path)))


def moved_in_as_a_folder(writer: Writer) -> None:
    for place in ("batch/a.png", "batch/deep/b.png"):
        writer.picture(place)
    target = writer.folder.root / "batch"
    writer.at(1, lambda: ((writer.away / "batch").rename(target), writer.hint(target)))


def oddly_named(writer: Writer) -> None:
    names = ["a b.png", "-r.png", "é.png", "\n.png", "'\".png", os.fsdecode(b"\xff.png"), "#.png"]
    for number, name in enumerate(names):
        source, path = writer.picture(f"{number}.png"), writer.folder.root / name

        def move(source: Path = source, path: Path = path) -> None:
            source.rename(path)
            writer.hint(path)

        writer.at(1, move)


def touched_again(writer: Writer) -> None:
    moved_in(writer)
    path = writer.folder.root / "a.png"
    writer.at(30, lambda: (os.utime(path, (1, 1)), writer.hint(path)))


WRITERS = [
    copied, moved_in, moved_over_another, renamed_inside, rsynced, trickled, stalled,
    zero_bytes_first, hard_linked, soft_linked, moved_in_as_a_folder, oddly_named, touched_again,
]  # fmt: skip


@pytest.mark.parametrize("has_events", [True, False], ids=["events", "rescans"])
@pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__)
def test_each_picture_is_coloured_exactly_once(
    folder: Folder, write: Callable[[Writer], None], has_events: bool
) -> None:
    folder.choices = {"rescan": 300.0 if has_events else 7.0}
    writer = Writer(folder, has_events=has_events)
    write(writer)
    folder.watch(290)
    expected = Counter(sha256(data) for data in writer.contents)
    assert colored(folder) == expected
    assert Counter(digest for _, digest in folder.work.seen) == expected
    folder.drain()
    assert colored(folder) == expected
    assert set(folder.states().values()) == {"done"}


def test_a_picture_is_done_soon_after_it_was_closed(folder: Folder) -> None:
    writer = Writer(folder, has_events=True)
    copied(writer)
    folder.watch(1.5)
    assert folder.outputs() == ["a.png"]


def test_two_thousand_pictures_in_a_second(folder: Folder) -> None:
    seen: Counter[bytes] = Counter()

    def work(source: Path, target: Path, *, is_new: bool) -> Made:
        data = source.read_bytes()
        target.write_bytes(data)
        seen[data] += 1
        return Made()

    folder.work = work
    template = write_picture(folder.top / "a.png")
    for number in range(2000):
        path = folder.root / f"{number}.png"
        path.write_bytes(template + number.to_bytes(2))
        folder.dirty.mark(path, is_complete=True)
    folder.watch(10)
    assert len(folder.outputs()) == 2000
    assert len(seen) == seen.total() == 2000


def test_more_hints_than_are_held_become_a_scan(folder: Folder) -> None:
    folder.dirty = DirtySet(greatest=5)
    folder.clock.plan(1, lambda: None)
    for number in range(20):
        write_picture(folder.root / f"{number}.png", number)
    folder.clock.plan(
        2, lambda: [folder.dirty.mark(path) for path in sorted(folder.root.glob("*.png"))]
    )
    folder.watch(10)
    assert len(folder.outputs()) == 20
    assert TOO_MANY in [event.reason for event in folder.told.of(Rescan)]


def test_a_picture_deleted_while_queued_is_no_failure(folder: Folder) -> None:
    path = folder.root / "a.png"
    folder.clock.plan(1, lambda: (write_picture(path), folder.dirty.mark(path)))
    folder.clock.plan(2, path.unlink)
    folder.watch(100)
    assert [event.reason for event in folder.told.of(Skipped)] == ["gone"]
    assert folder.told.of(Failed) == folder.told.of(Retry) == []
    assert folder.states() == {}


def test_a_picture_that_changes_while_it_is_coloured_is_coloured_as_it_is_now(
    folder: Folder,
) -> None:
    path = folder.root / "a.png"
    write_picture(path, 1)
    work = FakeWork()
    folder.work = work

    def change(source: Path, target: Path) -> None:
        if len(work.seen) == 1:
            write_picture(source, 2)

    work.after = change
    folder.drain()
    assert colored(folder) == {sha256(path.read_bytes()): 1}
    assert folder.totals.failed == 0


class Slow(InlineExecutor):
    """Tells what came of the work five seconds after it was done."""

    def __init__(self, folder: Folder) -> None:
        self.clock = folder.clock

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        late: Future[Any] = Future()
        result = super().submit(fn, *args, **kwargs).result()
        self.clock.plan(5, lambda: late.set_result(result))
        return late


def test_a_change_just_before_the_end_is_not_overlooked(folder: Folder) -> None:
    path = folder.root / "a.png"
    write_picture(path, 1)
    folder.clock.plan(4, lambda: (write_picture(path, 2), folder.dirty.mark(path)))
    folder.choices = {"rescan": 0.0}
    folder.watch(60, executor=Slow(folder))
    assert colored(folder) == {sha256(path.read_bytes()): 1}


@pytest.mark.parametrize("by", ["hints", "rescans"])
def test_a_picture_in_hand_is_not_begun_a_second_time(folder: Folder, by: str) -> None:
    """The journal has no word of it yet: only those who have it in hand know."""
    path = folder.root / "a.png"
    write_picture(path, 1)
    begun: list[Path] = []

    class Stuck(Slow):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
            begun.append(path)
            return Future()

    folder.choices = {"threads": 4, "rescan": 1.0 if by == "rescans" else 0.0, "grace": 0.0}
    for second in range(3, 20):
        folder.clock.plan(second, lambda: by == "hints" and folder.dirty.mark(path))
    folder.watch(30, executor=Stuck(folder))
    assert begun == [path]


def test_a_picture_that_is_edited_later_is_coloured_again_in_place(folder: Folder) -> None:
    path = folder.root / "a.png"
    write_picture(path, 1)
    folder.drain()
    write_picture(path, 2)
    folder.drain()
    assert folder.outputs() == ["a.png"]
    assert colored(folder) == {sha256(path.read_bytes()): 1}


def test_the_same_content_at_another_place_is_another_picture(folder: Folder) -> None:
    data = write_picture(folder.root / "a.png")
    folder.drain()
    (folder.root / "sub").mkdir()
    (folder.root / "sub" / "a.png").write_bytes(data)
    (folder.root / "a.png").rename(folder.root / "b.png")
    folder.drain()
    assert folder.outputs() == ["a.png", "b.png", "sub/a.png"]


def test_an_output_that_somebody_took_away_is_not_made_again(folder: Folder) -> None:
    write_picture(folder.root / "a.png")
    folder.drain()
    (folder.output / "a.png").unlink()
    folder.drain()
    assert folder.outputs() == []


def test_another_model_colours_anew_and_replaces_what_the_first_made(folder: Folder) -> None:
    from colorize_cli.core.existing_outputs import Making

    write_picture(folder.root / "a.png")
    folder.drain()
    other = Making(model_sha256="1" * 64, options="strength=1")
    folder.choices, folder.work = {"making": other}, FakeWork(making=other)
    folder.drain()
    mark = read_provenance(folder.output / "a.png")
    assert mark is not None
    assert (mark.model_sha256, folder.outputs()) == ("1" * 64, ["a.png"])


def test_a_backlog_can_be_left_until_it_changes(folder: Folder) -> None:
    folder.choices = {"has_backlog": False}
    old, other = folder.root / "old.png", folder.root / "other.png"
    for number, path in enumerate((old, other)):
        write_picture(path, number)
    new = folder.root / "new.png"
    folder.clock.plan(10, lambda: (write_picture(new, 2), folder.dirty.mark(new)))
    folder.clock.plan(20, lambda: (write_picture(old, 3), folder.dirty.mark(old)))
    folder.watch(700)
    assert folder.outputs() == ["new.png", "old.png"]
    folder.choices = {}
    folder.drain()
    assert folder.outputs() == ["new.png", "old.png", "other.png"]


def test_the_root_may_go_and_come_back(folder: Folder) -> None:
    away = folder.top / "elsewhere"
    folder.choices = {"rescan": 10.0, "output": folder.top / "out"}
    folder.clock.plan(15, lambda: folder.root.rename(away))
    folder.clock.plan(25, lambda: write_picture(away / "a.png"))
    folder.clock.plan(35, lambda: away.rename(folder.root))
    folder.watch(60)
    assert places_in(folder.top / "out") == ["a.png"]
    notices = [event.text for event in folder.told.events if hasattr(event, "text")]
    assert len(notices) == 2
    assert "gone" in notices[0]
    assert "there again" in notices[1]


def test_what_is_no_picture_is_looked_at_once(folder: Folder) -> None:
    (folder.root / "notes.txt").write_text("hello")
    (folder.root / "empty").touch()
    write_picture(folder.root / "a.tif")
    (folder.root / "a.tif").rename(folder.root / "photo")
    folder.watch(1000)
    assert folder.states() == {"empty": "ignored", "notes.txt": "ignored", "photo": "done"}
    assert folder.told.names(Queued) == ["empty", "notes.txt", "photo"]
    assert folder.told.names(Done) == ["photo"]


def test_idle_time_costs_only_the_rescans(folder: Folder) -> None:
    write_picture(folder.root / "a.png")
    folder.watch(10)
    before = folder.clock.waits
    folder.watch(3000)
    # Ten rescans, the start, the end.
    assert folder.clock.waits - before <= 40
    assert len(folder.work.seen) == 1


def test_an_empty_file_waits_then_is_reported_and_comes_back(folder: Folder) -> None:
    path = folder.root / "a.png"
    path.touch()
    folder.choices = {"quarantine": folder.top / "bad"}
    folder.watch(20)
    assert folder.told.of(Failed) == []
    folder.watch(100)
    assert [str(event.error.reason) for event in folder.told.of(Failed)] == ["empty file"]
    assert path.exists()
    write_picture(path)
    folder.drain()
    assert folder.outputs() == ["a.png"]


def test_a_drain_leaves_what_is_written_on_and_on(folder: Folder) -> None:
    write_picture(folder.root / "a.png")
    log = folder.root / "log.txt"

    def grow() -> None:
        with log.open("a") as file:
            file.write("more\n")
        folder.clock.plan(0.5, grow)

    grow()
    totals = folder.drain()
    assert (totals.done, totals.waiting, totals.status) == (1, 1, 75)
