"""Where results go when others are there: never over another's, never twice."""

import hashlib
import threading
from pathlib import Path

import pytest

from colorize_cli.core.errors import ExitStatus
from colorize_cli.core.output_plan import Naming
from colorize_cli.core.provenance import read_provenance
from colorize_cli.watch.events import Done, Failed, Made, Skipped
from watching import FakeWork, Folder, write_picture


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def source_of(path: Path) -> str:
    mark = read_provenance(path)
    assert mark is not None
    return mark.source_sha256


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_the_tree_is_mirrored_under_the_names_of_run(folder: Folder) -> None:
    for place in ("a/b.jpg", "a/c.TIF", "d.png"):
        write_picture(folder.root / place.lower())
    (folder.root / "a" / "c.tif").rename(folder.root / "a" / "c.TIF")
    folder.choices = {"naming": Naming(template="{name}.color{ext}")}
    folder.drain()
    assert folder.outputs() == ["a/b.jpg.color.png", "a/c.TIF.color.TIF", "d.png.color.png"]


def test_of_two_inputs_with_one_output_the_second_is_refused(folder: Folder) -> None:
    first = write_picture(folder.root / "b.jpg", 1)
    write_picture(folder.root / "b.png", 2)
    totals = folder.drain()
    (failed,) = folder.told.of(Failed)
    assert failed.path.name == "b.png"
    assert "both 'b.jpg' and 'b.png' would become this file" in str(failed.error)
    assert (failed.code, totals.status) == (ExitStatus.CANNOT_CREATE, ExitStatus.SOME_FAILED)
    assert source_of(folder.output / "b.png") == digest(first)
    folder.drain()
    assert len(folder.told.of(Failed)) == 1, "it is told once, not again by each rescan"


def test_the_second_is_done_when_its_place_is_free(folder: Folder) -> None:
    write_picture(folder.root / "b.jpg", 1)
    second = write_picture(folder.root / "b.png", 2)
    folder.drain()
    (folder.root / "b.jpg").unlink()
    (folder.output / "b.png").unlink()
    folder.drain()
    assert source_of(folder.output / "b.png") == digest(second)


def test_identical_files_with_one_output_are_two_inputs_all_the_same(folder: Folder) -> None:
    data = write_picture(folder.root / "b.png", 1)
    (folder.root / "b.jpeg").write_bytes(data)
    folder.drain()
    assert folder.told.names(Done) == ["b.jpeg"]
    assert folder.told.names(Failed) == ["b.png"]


def test_a_file_that_colorize_did_not_make_is_never_replaced(folder: Folder) -> None:
    write_picture(folder.root / "a.png", 1)
    mine = write_picture(folder.output / "a.png", 2)
    folder.drain()
    (failed,) = folder.told.of(Failed)
    assert "exists already, and colorize did not make it" in str(failed.error)
    assert (folder.output / "a.png").read_bytes() == mine
    (folder.output / "a.png").unlink()
    folder.drain()
    assert folder.told.names(Done) == ["a.png"]


def test_nor_is_one_that_appears_while_the_picture_is_coloured(folder: Folder) -> None:
    write_picture(folder.root / "a.png", 1)
    work = FakeWork()
    folder.work = work
    work.before = lambda source, target: target.write_bytes(b"somebody's")
    totals = folder.drain()
    assert (folder.output / "a.png").read_bytes() == b"somebody's"
    assert (totals.done, totals.failed) == (0, 1)


@pytest.mark.parametrize("then", ["move", "delete"])
@pytest.mark.parametrize("is_marked", [True, False])
def test_a_scanner_that_uses_a_name_again_loses_nothing(
    folder: Folder, then: str, is_marked: bool
) -> None:
    folder.work = FakeWork(is_marked=is_marked)
    folder.choices = {"then": then, "move_to": folder.top / "old" if then == "move" else None}
    for number in range(4):
        write_picture(folder.root / "scan.jpg", number)
        folder.drain()
    assert folder.outputs() == ["scan-2.png", "scan-3.png", "scan-4.png", "scan.png"]
    contents = {(folder.output / place).read_bytes() for place in folder.outputs()}
    assert len(contents) == 4
    assert folder.told.of(Failed) == []


def test_the_same_file_dropped_again_is_done_already(folder: Folder) -> None:
    folder.choices = {"then": "delete"}
    for _ in range(2):
        write_picture(folder.root / "a.png", 1)
        folder.drain()
    assert folder.outputs() == ["a.png"]
    assert [event.reason for event in folder.told.of(Skipped)] == ["made before"]
    assert not (folder.root / "a.png").exists()


def test_inputs_that_do_not_stay_share_an_output_name_by_numbers(folder: Folder) -> None:
    folder.choices = {"then": "delete"}
    write_picture(folder.root / "b.jpg", 1)
    write_picture(folder.root / "b.png", 2)
    folder.drain()
    assert folder.outputs() == ["b-2.png", "b.png"]


def test_a_result_of_an_input_that_is_gone_is_kept(folder: Folder) -> None:
    first = write_picture(folder.root / "b.jpg", 1)
    folder.drain()
    (folder.root / "b.jpg").unlink()
    second = write_picture(folder.root / "b.png", 2)
    folder.drain()
    assert source_of(folder.output / "b.png") == digest(first)
    assert source_of(folder.output / "b-2.png") == digest(second)


def test_a_name_that_is_too_long_is_said(folder: Folder) -> None:
    folder.choices = {"naming": Naming(template="{name}.coloured{ext}")}
    write_picture(folder.root / f"{'a' * 245}.png")
    folder.drain()
    (failed,) = folder.told.of(Failed)
    assert "its name is too long" in str(failed.error)


def test_without_the_journal_the_marks_tell_what_is_done(folder: Folder) -> None:
    for number in range(3):
        write_picture(folder.root / f"{number}.png", number)
    folder.drain()
    folder.state.write_bytes(b"damaged" * 1000)
    folder.told.events.clear()
    folder.drain()
    assert {event.reason for event in folder.told.of(Skipped)} == {"made before"}
    assert len(folder.work.seen) == 3
    assert any("journal was damaged" in str(event) for event in folder.told.events)
    assert set(folder.states().values()) == {"done"}


@pytest.mark.parametrize("is_marked", [True, False])
def test_an_output_that_a_killed_process_has_left_is_not_made_again(
    folder: Folder, is_marked: bool
) -> None:
    write_picture(folder.root / "a.png", 1)
    work = FakeWork(is_marked=is_marked)
    folder.work = work

    def die(source: Path, target: Path) -> None:
        raise SystemExit(137)

    work.after = die
    with pytest.raises(SystemExit):
        folder.drain()
    folder.drain()
    assert len(work.seen) == 1
    assert folder.states() == {"a.png": "done"}


def test_outputs_of_an_earlier_run_count_as_done(folder: Folder) -> None:
    work = FakeWork()
    write_picture(folder.root / "a.png", 1)
    folder.output.mkdir()
    work(folder.root / "a.png", folder.output / "a.png", is_new=True)
    folder.drain()
    assert folder.told.names(Done) == []
    assert folder.states() == {"a.png": "done"}


def test_two_threads_never_have_the_same_output_in_hand(folder: Folder) -> None:
    """Each of eight threads gets inputs that all want one name; each result is its own."""
    from colorize_cli.watch.watcher import Watcher

    for index in range(4):
        for suffix in ("jpg", "png", "tif"):
            write_picture(folder.root / str(index) / f"b.{suffix}", index)
    for path in folder.root.rglob("*.tif"):
        path.rename(path.with_suffix(".jpeg"))
    folder.choices = {"threads": 8, "then": "delete", "settle": 0.0}
    busy, lock, clashes = set[Path](), threading.Lock(), list[Path]()
    fake = FakeWork()

    def work(source: Path, target: Path, *, is_new: bool) -> Made:
        with lock:
            clashes.extend({target} & busy)
            busy.add(target)
        made = fake(source, target, is_new=is_new)
        with lock:
            busy.remove(target)
        return made

    with folder.journal() as journal:
        watcher = Watcher(
            folder.settings,
            work=work,
            journal=journal,
            dirty=folder.dirty,
            listener=folder.told,
        )
        totals = watcher.run(stop=lambda: False, once=True)
    assert (totals.done, totals.failed, clashes) == (12, 0, [])
    assert len(folder.outputs()) == 12
