"""What goes wrong: told, tried again with growing pauses, and never in the way of others."""

from collections.abc import Callable
from pathlib import Path

import pytest

from colorize_cli.core.errors import (
    BadConfigError,
    ColorizeError,
    NoInputError,
    NoPermissionError,
    OutputError,
    TemporaryError,
)
from colorize_cli.watch.events import Done, Failed, Made, Retry, Skipped, Started
from colorize_cli.watch.journal import Entry, Journal, Signature
from colorize_cli.watch.settings import BackOff
from watching import FakeWork, Folder, InlineExecutor, write_picture


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def raising(make: Callable[[Path, Path], Exception], *, times: int = 10**9) -> FakeWork:
    """Return work that fails at first."""
    work, rest = FakeWork(), [times]

    def fail(source: Path, target: Path) -> None:
        if rest[0] > 0:
            rest[0] -= 1
            raise make(source, target)

    work.before = fail
    return work


def test_one_corrupt_file_among_a_hundred_stops_nothing(folder: Folder) -> None:
    for number in range(99):
        write_picture(folder.root / f"{number}.png", number)
    (folder.root / "bad.jpg").write_bytes(b"\xff\xd8\xff\xe0 not a picture \xff\xd9")
    folder.watch(100)
    assert len(folder.outputs()) == 99
    assert folder.told.names(Failed) == ["bad.jpg"]


def test_a_truncated_file_is_retried_with_growing_pauses(folder: Folder) -> None:
    path = folder.root / "a.png"
    data = write_picture(path, size=64)
    path.write_bytes(data[:-100])
    folder.watch(100)
    assert [event.delay for event in folder.told.of(Retry)] == [1, 2, 4, 8, 13], (
        "30 in all, 2 to settle"
    )
    (failed,) = folder.told.of(Failed)
    assert failed.attempts == 6
    path.write_bytes(data)
    folder.watch(400)
    assert folder.told.names(Done) == ["a.png"]


def test_a_file_that_was_truncated_for_a_day_is_given_up_at_once(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder.root / "a.jpg").write_bytes(b"\xff\xd8\xff")
    touched = (folder.root / "a.jpg").stat().st_ctime
    monkeypatch.setattr(folder.clock, "wall", lambda: touched + 86401)
    start = folder.clock.now
    folder.drain()
    assert len(folder.told.of(Failed)) == 1
    assert folder.clock.now == start


def test_a_full_disk_pauses_and_goes_on(folder: Folder) -> None:
    for number in range(20):
        write_picture(folder.root / f"{number}.png", number)
    folder.work = raising(lambda _, target: OutputError("no space", path=target), times=5)
    folder.choices = {"quarantine": folder.top / "bad"}
    folder.watch(200)
    assert len(folder.outputs()) == 20
    assert folder.told.of(Failed) == []
    assert not (folder.top / "bad").exists()
    # One picture at a time finds out whether it is over.
    assert len(folder.told.of(Retry)) == 5


def test_nothing_is_tried_in_vain_while_the_disk_is_full(folder: Folder) -> None:
    for number in range(20):
        write_picture(folder.root / f"{number}.png", number)
    folder.work = raising(lambda _, target: OutputError("no space", path=target))
    folder.choices = {"threads": 4}
    folder.watch(3600)
    # Four begin at once, which makes three pauses more of the first; from then on, one picture
    # for each pause of 1, 2, 4, ... 256, 300, 300, ... seconds.
    assert 18 <= len(folder.told.of(Started)) <= 24


def test_an_output_folder_without_permission_holds_up_only_its_own(folder: Folder) -> None:
    for place in ("a/1.png", "b/1.png", "b/2.png"):
        write_picture(folder.root / place)
    work = FakeWork()
    folder.work = work

    def refuse(source: Path, target: Path) -> None:
        if target.parent.name == "a" and folder.clock.now < 1100:
            raise NoPermissionError("no permission to write here", path=target)

    work.before = refuse
    folder.watch(50)
    assert folder.outputs() == ["b/1.png", "b/2.png"]
    folder.watch(200)
    assert len(folder.outputs()) == 3
    assert folder.told.of(Failed) == []


def test_a_drain_ends_at_a_full_disk_with_its_status(folder: Folder) -> None:
    for number in range(5):
        write_picture(folder.root / f"{number}.png", number)
    folder.work = raising(lambda _, target: OutputError("no space", path=target), times=1)
    totals = folder.drain()
    assert (totals.status, totals.done, totals.failed) == (74, 0, 1)
    assert folder.drain().done == 5


def test_short_memory_is_waited_for(folder: Folder) -> None:
    write_picture(folder.root / "a.png")
    folder.work = raising(lambda source, _: TemporaryError("no memory", path=source), times=8)
    folder.watch(1000)
    assert folder.told.names(Done) == ["a.png"]
    assert folder.told.of(Failed) == []


def test_an_input_without_permission_is_given_up_and_stays(folder: Folder) -> None:
    path = folder.root / "a.png"
    write_picture(path)
    folder.choices = {"quarantine": folder.top / "bad"}
    folder.work = raising(lambda source, _: NoPermissionError("no permission", path=source))
    folder.watch(100)
    assert folder.told.names(Failed) == ["a.png"]
    assert path.exists()
    folder.work = FakeWork()
    # A change of its mode is what cures it.
    path.chmod(0o600)
    path.chmod(0o644)
    folder.watch(100)
    assert folder.told.names(Done) == ["a.png"]


def test_a_mistake_in_the_program_costs_one_picture(folder: Folder) -> None:
    for number in range(3):
        write_picture(folder.root / f"{number}.png", number)
    work = FakeWork()
    folder.work = work

    def fail(source: Path, target: Path) -> None:
        if source.name == "1.png":
            raise ZeroDivisionError("a mistake")

    work.before = fail
    folder.watch(1000)
    (failed,) = folder.told.of(Failed)
    assert isinstance(failed.error.__cause__, ZeroDivisionError)
    assert (failed.code, failed.path.name) == (70, "1.png")
    assert folder.outputs() == ["0.png", "2.png"]


def test_a_damaged_journal_ends_the_watcher(folder: Folder) -> None:
    write_picture(folder.root / "a.png")
    folder.work = raising(lambda *_: BadConfigError("the journal is damaged", path="j"))
    with pytest.raises(BadConfigError):
        folder.drain()


def test_a_journal_on_a_full_disk_is_waited_for(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_picture(folder.root / "a.png")
    record, failures = Journal.record, [1, 1, 1]

    def full(journal: Journal, entry: Entry) -> None:
        if failures:
            failures.pop()
            raise OutputError("the journal cannot be written: full", path=journal.path)
        record(journal, entry)

    monkeypatch.setattr(Journal, "record", full)
    folder.watch(100)
    assert folder.states() == {"a.png": "done"}
    assert len(folder.told.of(Retry)) == 3


def test_what_the_process_died_over_is_done_after_all_else(folder: Folder) -> None:
    for number in range(4):
        write_picture(folder.root / f"{number}.png", number)
    died = Entry(place="1.png", state="working", signature=Signature(0, 0, 0, 0), starts=1)
    with folder.journal() as journal:
        journal.record(died)
    folder.drain()
    assert folder.told.names(Done) == ["0.png", "2.png", "3.png", "1.png"]


def test_a_hint_about_what_is_left_for_last_does_not_make_it_two(folder: Folder) -> None:
    for number in range(4):
        write_picture(folder.root / f"{number}.png", number)
    died = Entry(place="1.png", state="working", signature=Signature(0, 0, 0, 0), starts=1)
    with folder.journal() as journal:
        journal.record(died)
    work = FakeWork()
    folder.work = work
    work.before = lambda source, target: folder.dirty.mark(folder.root / "1.png")
    folder.drain()
    assert sorted(folder.told.names(Done)) == ["0.png", "1.png", "2.png", "3.png"]
    assert len(work.seen) == 4


def test_a_file_that_kills_the_process_again_and_again_is_given_up(folder: Folder) -> None:
    for number in range(3):
        write_picture(folder.root / f"{number}.png", number)
    folder.choices = {"quarantine": folder.top / "bad"}
    work = FakeWork()
    folder.work = work

    def die(source: Path, target: Path) -> None:
        if source.name == "1.png":
            raise SystemExit(137)

    work.before = die
    deaths = 0
    for _ in range(20):
        try:
            folder.drain()
        except SystemExit:
            deaths += 1
    assert deaths == 10
    assert folder.outputs() == ["0.png", "2.png"]
    assert (folder.top / "bad" / "1.png").exists()
    (failed,) = folder.told.of(Failed)
    assert "ended 10 times" in str(failed.error)


def test_what_is_gone_when_its_turn_comes_is_forgotten(folder: Folder) -> None:
    path = folder.root / "a.png"
    write_picture(path)
    work = FakeWork()
    folder.work = work
    work.before = lambda source, target: source.unlink()

    def gone(source: Path, target: Path, *, is_new: bool) -> Made:
        source.unlink()
        raise NoInputError("no such file", path=source)

    folder.work = gone
    totals = folder.drain()
    assert [event.reason for event in folder.told.of(Skipped)] == ["gone"]
    assert (totals.status, folder.states()) == (0, {})


def test_colourful_pictures_are_skipped_and_stay_whatever_then_says(folder: Folder) -> None:
    write_picture(folder.root / "a.png")
    folder.choices = {"then": "delete"}
    folder.work = lambda source, target, *, is_new: Made(is_skipped=True)
    folder.drain()
    folder.drain()
    assert [event.reason for event in folder.told.of(Skipped)] == ["has colours already"]
    assert (folder.root / "a.png").exists()


def test_a_root_that_is_not_there_is_an_error(folder: Folder) -> None:
    folder.root.rmdir()
    with pytest.raises(NoInputError, match="no such folder"):
        folder.drain()


def test_a_stop_finishes_what_is_in_hand_and_begins_nothing_more(folder: Folder) -> None:
    for number in range(5):
        write_picture(folder.root / f"{number}.png", number)
    asked: list[bool] = []
    work = FakeWork()
    folder.work = work
    work.after = lambda source, target: asked.append(True)
    with folder.watcher() as watcher:
        totals = watcher.run(stop=lambda: len(asked) >= 1, executor=InlineExecutor())
    assert (totals.done, totals.in_hand) == (1, 0)
    assert totals.waiting == 4


def test_grace_ends_the_waiting_for_a_picture_that_takes_too_long(folder: Folder) -> None:
    from concurrent.futures import Executor, Future

    class Never(Executor):
        def submit(self, fn: object, /, *args: object, **kwargs: object) -> Future:  # type: ignore[type-arg]
            return Future()

    write_picture(folder.root / "a.png")
    folder.clock.plan(10, folder.dirty.wake)
    begun = folder.clock.now
    with folder.watcher() as watcher:
        totals = watcher.run(stop=lambda: folder.clock.now >= begun + 10, executor=Never())
    assert totals.in_hand == 1
    assert folder.clock.now == begun + 10 + 30


def test_an_interruption_goes_through_at_once(folder: Folder) -> None:
    write_picture(folder.root / "a.png")

    def tick() -> float | None:
        raise KeyboardInterrupt

    with folder.watcher() as watcher, pytest.raises(KeyboardInterrupt):
        watcher.run(stop=lambda: False, tick=tick, executor=InlineExecutor())


def test_a_tick_is_called_as_often_as_it_asks(folder: Folder) -> None:
    times: list[float] = []

    def tick() -> float | None:
        times.append(folder.clock.now)
        return 5.0

    begun = folder.clock.now
    with folder.watcher() as watcher:
        watcher.run(stop=lambda: len(times) > 4, tick=tick, executor=InlineExecutor())
    assert [time - begun for time in times if time > begun] == [5, 10, 15, 20]


def test_a_first_delay_can_be_chosen(folder: Folder) -> None:
    folder.choices = {"back_off": BackOff(first=7.0)}
    (folder.root / "a.jpg").write_bytes(b"\xff\xd8\xff")
    folder.watch(100)
    assert [event.delay for event in folder.told.of(Retry)] == [7, 14, 7]


def test_errors_name_the_file(folder: Folder) -> None:
    write_picture(folder.root / "a.png")
    folder.work = raising(lambda *_: ColorizeError("odd"))
    folder.drain()
    (failed,) = folder.told.of(Failed)
    assert str(failed.error) == f"'{folder.root / 'a.png'}': odd"
