"""Which files of a tree are inputs, and that no walk runs in circles."""

import os
from pathlib import Path

import pytest

from colorize_cli.core.errors import UsageError
from colorize_cli.watch.settings import WatchSettings
from colorize_cli.watch.tree import Tree, is_ignored
from watching import MAKING, FakeWork, Folder, places_in, write_picture


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def walked(folder: Folder) -> list[str]:
    """Return the places of what a scan brings up."""
    tree = Tree(folder.settings, unreadable=lambda path, error: pytest.fail(str(error)))
    return [str(Path(found.place) / name) for found in tree.walk() for name in found.names]


@pytest.mark.parametrize(
    "name",
    [
        ".a.jpg", "a.jpg.part", "a.jpg.crdownload", "a.jpg.PART", "a.jpg.tmp", "a.jpg~",
        "a.jpg.filepart", "a.jpg.download", ".a.jpg.Xa81Zq", ".a.png.colorize.tmp",
        ".syncthing.a.jpg.tmp", ".nfs000001", "a.jpg.partial",
    ],
)  # fmt: skip
def test_unfinished_and_hidden_names_are_ignored(name: str) -> None:
    assert is_ignored(name)


@pytest.mark.parametrize("name", ["a.jpg", "part.jpg", "a.part.jpg", "tmp", "scan 1.TIF", "ü.png"])
def test_other_names_are_not(name: str) -> None:
    assert not is_ignored(name)


def test_a_walk_leaves_out_what_is_ours_and_what_is_hidden(folder: Folder) -> None:
    for place in ("a.png", "x.png", "sub/b.png", "color/a.png", ".hidden/c.png", "sub/d.png.part"):
        path = folder.root / place
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    assert walked(folder) == ["a.png", "x.png", "sub/b.png"]


def test_a_walk_enters_no_folder_twice_whatever_links_there_are(folder: Folder) -> None:
    outside = folder.top / "outside"
    for path in (folder.root / "sub" / "a.png", outside / "b.png", folder.output / "c.png"):
        write_picture(path)
    links = {
        "into-itself": folder.root,
        "sub/up": folder.root / "sub",
        "around": folder.top,
        "again": folder.root / "sub",
        "to-output": folder.output,
        "far": outside,
        "far-too": outside,
    }
    for name, target in links.items():
        (folder.root / name).symlink_to(target)
    (outside / "back").symlink_to(folder.root)
    (folder.root / "result.png").symlink_to(folder.output / "c.png")
    (folder.root / "circle").symlink_to(folder.root / "circle")
    assert sorted(walked(folder)) == ["circle", "far/b.png", "sub/a.png"]


def test_hints_about_places_that_are_none_of_ours_are_told_apart(folder: Folder) -> None:
    tree = Tree(folder.settings, unreadable=lambda path, error: None)
    folder.output.mkdir()
    (folder.root / "link").symlink_to(folder.output)
    assert tree.place_of(folder.root) == ""
    assert tree.place_of(folder.root / "sub" / "a.png") == "sub/a.png"
    for path in (
        folder.output,
        folder.output / "a.png",
        folder.root / "link" / "a.png",
        folder.root / ".hidden" / "a.png",
        folder.root / "a.png.part",
        folder.top / "elsewhere.png",
    ):
        assert tree.place_of(path) is None


def test_without_recursion_only_the_folder_itself_is_looked_at(folder: Folder) -> None:
    folder.choices = {"is_recursive": False}
    for place in ("a.png", "sub/b.png"):
        write_picture(folder.root / place)
    folder.drain()
    folder.dirty.mark(folder.root / "sub" / "b.png")
    folder.drain()
    assert folder.outputs() == ["a.png"]


@pytest.mark.parametrize("which", ["output", "move_to", "quarantine"])
@pytest.mark.parametrize("place", [".", "..", "link"])
def test_folders_around_the_watched_one_are_refused(folder: Folder, which: str, place: str) -> None:
    (folder.top / "link").symlink_to(folder.root)
    around = {".": folder.root, "..": folder.top, "link": folder.top / "link"}[place]
    choices = {"output": folder.output, "then": "move" if which == "move_to" else "keep"}
    choices[which] = around
    with pytest.raises(UsageError, match="contains the watched folder"):
        WatchSettings(root=folder.root, making=MAKING, **choices)


def test_moving_needs_a_place(folder: Folder) -> None:
    with pytest.raises(UsageError, match="needs a folder"):
        WatchSettings(root=folder.root, output=folder.output, making=MAKING, then="move")


def test_results_that_are_copied_back_are_not_coloured_again(folder: Folder) -> None:
    write_picture(folder.root / "a.png")
    folder.drain()
    (folder.root / "again.png").write_bytes((folder.output / "a.png").read_bytes())
    folder.drain()
    folder.drain()
    assert folder.outputs() == ["a.png"]
    assert folder.states() == {"a.png": "done", "again.png": "ignored"}


def test_an_output_folder_inside_the_tree_is_no_input_even_without_marks(folder: Folder) -> None:
    folder.work = FakeWork(is_marked=False)
    folder.choices = {"output": folder.root / "deep" / "out"}
    write_picture(folder.root / "deep" / "a.png")
    for _ in range(3):
        folder.drain()
        folder.dirty.mark(folder.root / "deep" / "out" / "deep" / "a.png", is_complete=True)
    assert places_in(folder.root) == ["deep/a.png", "deep/out/deep/a.png"]


def test_a_folder_that_cannot_be_read_is_told_once_and_stops_nothing(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("closed/a.png", "open/b.png"):
        write_picture(folder.root / place)
    scandir = os.scandir

    def refuse(path: Path) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    folder.watch(1000)
    monkeypatch.undo()
    assert folder.outputs() == ["open/b.png"]
    notices = [event for event in folder.told.events if "cannot be read" in str(event)]
    assert len(notices) == 1
