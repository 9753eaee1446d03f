"""What becomes of inputs: kept, moved, deleted, quarantined; and otherwise never touched."""

import errno
import json
import os
from pathlib import Path

import pytest

from colorize_cli.core import outputs
from colorize_cli.watch.endings import has_end
from colorize_cli.watch.events import Done, Failed, Retry, Skipped
from colorize_cli.watch.moving import moved
from watching import FakeWork, Folder, places_in, write_picture


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def to_move(folder: Folder) -> Path:
    folder.choices = {"then": "move", "move_to": folder.root / "done"}
    return folder.root / "done"


def test_inputs_that_are_kept_are_not_touched(folder: Folder) -> None:
    path = folder.root / "a.png"
    write_picture(path)
    path.chmod(0o400)
    before = path.stat()
    folder.drain()
    after = path.stat()
    assert (before.st_mtime_ns, before.st_ctime_ns, before.st_mode, before.st_ino) == (
        after.st_mtime_ns, after.st_ctime_ns, after.st_mode, after.st_ino,
    )  # fmt: skip


def test_inputs_are_moved_into_the_same_sub_folders(folder: Folder) -> None:
    place = to_move(folder)
    data = write_picture(folder.root / "sub" / "a.png")
    folder.drain()
    folder.drain()
    assert (place / "sub" / "a.png").read_bytes() == data
    assert places_in(folder.root) == ["color/sub/a.png", "done/sub/a.png"]
    (done,) = folder.told.of(Done)
    assert done.moved_to == place / "sub" / "a.png"


def test_a_moved_input_never_replaces_another_file(folder: Folder) -> None:
    place = to_move(folder)
    (place / "a.png").parent.mkdir()
    (place / "a.png").write_bytes(b"precious")
    (place / "a-2.png").symlink_to("nowhere")
    data = write_picture(folder.root / "a.png")
    folder.drain()
    assert (place / "a.png").read_bytes() == b"precious"
    assert (place / "a-3.png").read_bytes() == data


@pytest.mark.parametrize("number", [errno.EXDEV, errno.EPERM])
def test_across_disks_the_input_is_copied_with_its_times(
    folder: Folder, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = to_move(folder)
    path = folder.root / "a.png"
    data = write_picture(path)
    os.utime(path, ns=(10**18, 10**18))
    link = os.link

    def refuse(source: Path, target: Path) -> None:
        if ".colorize.tmp" not in str(source):
            raise OSError(number, os.strerror(number))
        link(source, target)

    monkeypatch.setattr(os, "link", refuse)
    folder.drain()
    assert (place / "a.png").read_bytes() == data
    assert (place / "a.png").stat().st_mtime_ns == 10**18
    assert not path.exists()
    assert places_in(place) == ["a.png"]


def test_half_a_move_is_finished_by_the_next(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(b"1")
    os.link(source, target)
    assert moved(source, target) == target
    source.write_bytes(b"1")
    assert moved(source, target) == target, "a copy that was not followed by the removal"
    assert places_in(tmp_path) == ["b"]


def test_of_a_link_what_it_leads_to_is_moved_and_the_original_stays(tmp_path: Path) -> None:
    (tmp_path / "original").write_bytes(b"1")
    (tmp_path / "link").symlink_to("original")
    moved(tmp_path / "link", tmp_path / "sub" / "link")
    assert not (tmp_path / "sub" / "link").is_symlink()
    assert places_in(tmp_path) == ["original", "sub/link"]
    (tmp_path / "link").symlink_to("original")
    moved(tmp_path / "link", tmp_path / "original")
    assert places_in(tmp_path) == ["original", "original-2", "sub/link"]


def test_inputs_are_deleted_when_their_output_can_be_read_back(folder: Folder) -> None:
    folder.choices = {"then": "delete"}
    write_picture(folder.root / "a.png")
    folder.drain()
    assert places_in(folder.root) == ["color/a.png"]
    (done,) = folder.told.of(Done)
    assert done.is_deleted


def test_an_input_is_not_deleted_if_its_output_cannot_be_read_back(folder: Folder) -> None:
    folder.choices = {"then": "delete"}
    write_picture(folder.root / "a.png", size=64)
    work = FakeWork()
    folder.work = work
    work.after = lambda source, target: os.truncate(target, target.stat().st_size // 2)
    folder.watch(20)
    assert (folder.root / "a.png").exists()
    assert "cannot be read back" in str(folder.told.of(Retry)[0].error)


def test_an_input_that_changed_after_it_was_coloured_stays(folder: Folder) -> None:
    folder.choices = {"then": "delete"}
    path = folder.root / "a.png"
    write_picture(path, 1)
    work = FakeWork()
    folder.work = work
    check = outputs.sync

    def change(synced: Path) -> None:
        check(synced)
        if synced.parent == folder.output and len(work.seen) == 1 and not state:
            state.append(write_picture(path, 2))

    state: list[bytes] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("colorize_cli.watch.afterwards.sync", change)
        folder.watch(3)
    assert path.read_bytes() == state[0]
    folder.drain()
    assert folder.outputs() == ["a-2.png", "a.png"]
    assert not path.exists()


def test_an_input_that_cannot_be_moved_yet_is_moved_later(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = to_move(folder)
    write_picture(folder.root / "a.png")
    place.write_bytes(b"in the way")
    folder.clock.plan(20, place.unlink)
    folder.watch(100)
    assert places_in(place) == ["a.png"]
    assert len(folder.work.seen) == len(folder.told.of(Done)) == 1


def test_a_restart_finishes_what_was_done_and_not_deleted(folder: Folder) -> None:
    write_picture(folder.root / "a.png")
    folder.drain()
    folder.choices = {"then": "delete"}
    folder.drain()
    assert places_in(folder.root) == ["color/a.png"]
    assert len(folder.work.seen) == 1


def test_a_picture_that_failed_goes_into_quarantine_with_its_reason(folder: Folder) -> None:
    place = folder.root / "bad"
    folder.choices = {"quarantine": place}
    data = write_picture(folder.root / "sub" / "a.png", size=64)[:-100]
    (folder.root / "sub" / "a.png").write_bytes(data)
    write_picture(folder.root / "good.png")
    totals = folder.drain()
    assert (totals.done, totals.failed) == (1, 1)
    assert (place / "sub" / "a.png").read_bytes() == data
    note = json.loads((place / "sub" / "a.png.error.json").read_text())
    assert note["status"] == 65
    assert "truncated" in note["reason"]
    assert note["input"] == str(folder.root / "sub" / "a.png")
    assert len(note["sha256"]) == 64
    (failed,) = folder.told.of(Failed)
    assert failed.quarantined == place / "sub" / "a.png"
    folder.drain()
    assert folder.told.of(Skipped) == []


def test_a_quarantine_keeps_all_that_ever_failed(folder: Folder) -> None:
    folder.choices = {"quarantine": folder.top / "bad"}
    for number in range(3):
        (folder.root / "a.jpg").write_bytes(b"\xff\xd8\xff%d" % number)
        folder.drain()
    names = ["a-2.jpg", "a-2.jpg.error.json", "a-3.jpg", "a-3.jpg.error.json", "a.jpg"]
    assert places_in(folder.top / "bad") == [*names, "a.jpg.error.json"]


def test_what_failed_and_stays_is_tried_again_only_when_it_changes(folder: Folder) -> None:
    path = folder.root / "a.jpg"
    path.write_bytes(b"\xff\xd8\xff")
    folder.watch(1000)
    assert len(folder.told.of(Failed)) == 1
    folder.told.events.clear()
    folder.watch(1000)
    assert folder.told.of(Failed) == folder.told.of(Retry) == []
    write_picture(path, 1)
    folder.watch(400)
    assert folder.told.names(Done) == ["a.jpg"]


def test_a_quarantine_that_cannot_be_written_loses_nothing(folder: Folder) -> None:
    folder.choices = {"quarantine": folder.top / "bad"}
    (folder.top / "bad").write_bytes(b"a file where the folder should be")
    (folder.root / "a.jpg").write_bytes(b"\xff\xd8\xff")
    folder.clock.plan(100, (folder.top / "bad").unlink)
    folder.watch(50)
    assert (folder.root / "a.jpg").exists()
    folder.watch(900)
    assert places_in(folder.top / "bad") == ["a.jpg", "a.jpg.error.json"]


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_file_without_its_last_bytes_has_no_end(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    data = write_picture(path)
    assert has_end(path)
    path.write_bytes(data + b"appended by a phone" * 100)
    assert has_end(path)
    path.write_bytes(data[:-1])
    assert not has_end(path)


def test_a_webp_is_as_long_as_it_says(tmp_path: Path) -> None:
    path = tmp_path / "a.webp"
    data = b"RIFF" + (30).to_bytes(4, "little") + b"WEBP" + bytes(26)
    path.write_bytes(data)
    assert has_end(path)
    path.write_bytes(data[:-1])
    assert not has_end(path)


def test_a_picture_that_never_gets_its_end_is_coloured_when_patience_is_over(
    folder: Folder,
) -> None:
    path = folder.root / "a.png"
    path.write_bytes(write_picture(path)[:-1])
    folder.watch(29)
    assert folder.told.of(Done) == []
    folder.watch(60)
    assert folder.told.names(Done) == ["a.png"]
