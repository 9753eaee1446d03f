"""What people and other programs do to a watched folder that nobody would think of."""

import os
import pwd
import shutil
import sqlite3
from pathlib import Path

import pytest

from colorize_cli.core.errors import BadConfigError, NotAnImageError
from colorize_cli.watch import moving
from colorize_cli.watch.journal import default_path, opened
from watching import FakeWork, Folder, InlineExecutor, places_in, write_picture

LONGEST = 255
"""Bytes of a name, on nearly all file systems (pathconf(3), NAME_MAX)."""


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.mark.parametrize("letter", ["x", "é"])
def test_the_longest_name_fits_into_the_quarantine(folder: Folder, letter: str) -> None:
    place = folder.choices["quarantine"] = folder.top / "bad"
    stem = letter * ((LONGEST - 4) // len(letter.encode()))
    for data in (b"\xff\xd8\xff1", b"\xff\xd8\xff2"):
        (folder.root / f"{stem}.jpg").write_bytes(data)
        write_picture(folder.root / "good.png")
        totals = folder.drain()
        assert (totals.failed, totals.fatal) == (1, None)
    notes = [path for path in place.iterdir() if path.name.endswith(".error.json")]
    pictures = [path.read_bytes() for path in place.iterdir() if path not in notes]
    assert sorted(pictures) == [b"\xff\xd8\xff1", b"\xff\xd8\xff2"]
    assert len(notes) == 2
    assert folder.outputs() == ["good.png"]


def test_the_longest_name_can_be_moved_beside_its_like(folder: Folder) -> None:
    place = folder.top / "moved"
    folder.choices = {"then": "move", "move_to": place}
    contents = {write_picture(folder.top / f"{number}.png", number) for number in range(2)}
    for number in range(2):
        shutil.move(folder.top / f"{number}.png", folder.root / f"{'x' * (LONGEST - 4)}.png")
        folder.drain()
    assert {path.read_bytes() for path in place.iterdir()} == contents
    assert places_in(folder.root / "color") != []


def test_an_input_that_goes_just_before_it_is_moved_is_no_mistake_of_ours(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.choices = {"then": "move", "move_to": folder.top / "moved"}
    write_picture(folder.root / "a.png")

    def vanish(wanted: Path) -> list[Path]:
        (folder.root / "a.png").unlink()
        return [wanted]

    monkeypatch.setattr(moving, "free_names", vanish)
    totals = folder.drain()
    assert (totals.done, totals.failed, totals.status) == (1, 0, 0)


def test_what_was_too_large_is_tried_again_with_another_limit(folder: Folder) -> None:
    write_picture(folder.root / "a.png")
    work = FakeWork()
    folder.work = work

    def refuse(source: Path, target: Path) -> None:
        raise NotAnImageError("too large: --max-pixels 400 allows it", path=source)

    work.before = refuse
    assert folder.drain().failed == 1
    folder.work = FakeWork()
    assert folder.drain().done == 0
    folder.choices = {"max_pixels": 400_000_000}
    assert folder.drain().done == 1


def test_another_limit_alone_colours_nothing_anew(folder: Folder) -> None:
    write_picture(folder.root / "a.png")
    folder.work = FakeWork(is_marked=False)
    folder.drain()
    folder.choices = {"max_pixels": 400_000_000}
    assert folder.drain().done == 0


def written_in_place(path: Path, number: int) -> bytes:
    """Write other bytes into the same file, and set its time back, as `cp --preserve` may."""
    before = path.stat()
    other = path.with_name(".other.png")
    data = write_picture(other, number)
    other.unlink()
    data += b"\0" * (before.st_size - len(data))
    assert len(data) == before.st_size
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    return data


def padded_picture(path: Path) -> None:
    path.write_bytes(write_picture(path, 1).ljust(2000, b"\0"))


def test_other_content_with_the_times_of_the_old_is_noticed_by_its_event(folder: Folder) -> None:
    path = folder.root / "a.png"
    padded_picture(path)
    folder.drain()
    written_in_place(path, 2)
    folder.clock.plan(5, lambda: folder.dirty.mark(path, is_complete=True))
    folder.watch(20)
    assert len({digest for _, digest in folder.work.seen}) == 2


def test_other_content_with_the_times_of_the_old_is_not_deleted_for_it(folder: Folder) -> None:
    path = folder.root / "a.png"
    folder.choices = {"then": "delete"}
    padded_picture(path)
    work = FakeWork()
    folder.work, written = work, []

    def replace(source: Path, target: Path) -> None:
        if not written:
            written.append(written_in_place(path, 2))

    work.after = replace
    folder.watch(3)
    assert path.read_bytes() == written[0]
    folder.drain()
    assert not path.exists()
    assert len({digest for _, digest in work.seen}) == 2


@pytest.mark.parametrize("version", [0, 1])
def test_a_database_of_another_program_is_refused_and_left_alone(
    tmp_path: Path, version: int
) -> None:
    path = tmp_path / "places.sqlite"
    db = sqlite3.connect(path)
    db.executescript(f"CREATE TABLE bookmarks (url TEXT); PRAGMA user_version = {version};")
    db.close()
    before = path.read_bytes()
    with pytest.raises(BadConfigError, match="no journal of colorize"):
        opened(path, tmp_path).__enter__()
    assert path.read_bytes() == before
    assert not list(tmp_path.glob("places.sqlite.damaged*"))


def test_without_a_home_it_is_said_where_notes_may_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(pwd, "getpwuid", {}.__getitem__)
    with pytest.raises(BadConfigError, match="--state FILE"):
        default_path(tmp_path)
    with opened(tmp_path / "j", tmp_path):
        pass


def test_a_look_at_everything_knows_what_it_cost(folder: Folder) -> None:
    write_picture(folder.root / "a.png")
    with folder.watcher() as watcher:
        assert watcher.look_cost == 0
        watcher.run(stop=lambda: False, once=True, executor=InlineExecutor())
        assert watcher.look_cost > 0
