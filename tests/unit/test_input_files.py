import os
from pathlib import Path, PurePath

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colorize_cli.core.errors import NoInputError, NoPermissionError, UsageError
from colorize_cli.core.input_files import (
    InputFile,
    file_id,
    find_inputs,
    looks_like_a_picture,
    names_in,
    read_input,
)
from pictures import encoded

PNG = encoded(np.zeros((2, 2), np.uint8))


def fill(root: Path, *names: str, data: bytes = PNG) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)


def found(root: Path, *names: str, **choices) -> list[tuple[str, str]]:
    """Return the inputs as they are reached, and where their results belong."""
    inputs = find_inputs([str(root / name) for name in names], is_recursive=True, **choices)
    return [(str(file.path.relative_to(root)), str(file.place)) for file in inputs.files]


def test_names_come_one_a_line():
    assert names_in(b"a b.png\n\nc.png", is_null_separated=False) == ["a b.png", "c.png"]


def test_lines_may_end_as_on_windows_but_zero_bytes_leave_names_alone() -> None:
    assert names_in(b"a.png\r\n\r\nb.png\r\n", is_null_separated=False) == ["a.png", "b.png"]
    assert names_in(b"odd\r\r\n", is_null_separated=False) == ["odd\r"]
    assert names_in(b"odd\r\0", is_null_separated=True) == ["odd\r"]


def test_names_that_end_in_zero_bytes_may_hold_line_breaks():
    assert names_in(b"two\nlines\0-x\0", is_null_separated=True) == ["two\nlines", "-x"]


@given(st.lists(st.binary(min_size=1).filter(lambda name: b"\0" not in name), max_size=4))
@settings(deadline=None, max_examples=50)
def test_names_of_any_bytes_come_through_a_list(names):
    listed = names_in(b"\0".join(names), is_null_separated=True)
    assert [os.fsencode(name) for name in listed] == names


def test_zero_bytes_in_a_list_of_lines_are_told():
    with pytest.raises(UsageError, match="--null"):
        names_in(b"a\0b\0", is_null_separated=False)


def test_a_named_file_is_always_tried_and_goes_to_the_top(tmp_path):
    fill(tmp_path, "sub/notes.txt", data=b"no picture")
    assert found(tmp_path, "sub/notes.txt", "gone.png") == [
        ("sub/notes.txt", "notes.txt"),
        ("gone.png", "gone.png"),
    ]


def test_a_folder_is_walked_in_natural_order_with_its_tree(tmp_path):
    fill(tmp_path, "in/10.png", "in/9.png", "in/a/2.png", "in/A.png")
    assert [place for _, place in found(tmp_path, "in")] == ["9.png", "10.png", "a/2.png", "A.png"]


def test_several_folders_keep_their_own_names(tmp_path):
    fill(tmp_path, "in/a.png", "x/more/sub/b.png", "c.png")
    assert found(tmp_path, "in", "x/more", "c.png") == [
        ("in/a.png", "in/a.png"),
        ("x/more/sub/b.png", "more/sub/b.png"),
        ("c.png", "c.png"),
    ]


def test_the_content_decides_in_folders_not_the_name(tmp_path):
    fill(tmp_path, "in/photo", "in/scan.txt")
    fill(tmp_path, "in/header.h", "in/list", data=b"#define WIDTH 3\n")
    inputs = find_inputs([str(tmp_path / "in")], is_recursive=True)
    assert [file.path.name for file in inputs.files] == ["photo", "scan.txt"]
    assert [path.name for path in inputs.not_pictures] == ["header.h", "list"]


def test_a_file_named_as_a_photo_is_tried_so_that_no_lost_one_goes_unnoticed(tmp_path):
    fill(tmp_path, "in/scan17.JPG", data=b"")
    fill(tmp_path, "in/scan18.tif", data=b"nothing of a picture is left")
    inputs = find_inputs([str(tmp_path / "in")], is_recursive=True)
    assert [file.path.name for file in inputs.files] == ["scan17.JPG", "scan18.tif"]


@pytest.mark.parametrize("form", ["BMP", "GIF", "JPEG", "PNG", "PPM", "TGA", "TIFF", "WEBP"])
def test_every_common_format_is_known_by_its_start(tmp_path, form):
    fill(tmp_path, "picture", data=encoded(np.zeros((8, 8), np.uint8), form))
    assert looks_like_a_picture(tmp_path / "picture")


def test_a_damaged_picture_is_still_one(tmp_path):
    fill(tmp_path, "cut.png", data=PNG[:20])
    assert looks_like_a_picture(tmp_path / "cut.png")


def test_hidden_and_temporary_files_are_ignored(tmp_path):
    fill(tmp_path, "in/.hidden.png", "in/.a.png.colorize.tmp", "in/.git/b.png", "in/c.png")
    inputs = find_inputs([str(tmp_path / "in")], is_recursive=True)
    assert [file.path.name for file in inputs.files] == ["c.png"]
    assert inputs.not_pictures == ()


def test_links_that_lead_in_a_circle_end(tmp_path):
    fill(tmp_path, "in/a.png")
    (tmp_path / "in/loop").symlink_to(tmp_path / "in")
    (tmp_path / "in/self").symlink_to("self")
    assert found(tmp_path, "in") == [("in/a.png", "a.png"), ("in/self", "self")]


def test_pipes_in_folders_are_not_opened(tmp_path):
    fill(tmp_path, "in/a.png")
    os.mkfifo(tmp_path / "in/pipe.png")
    assert found(tmp_path, "in") == [("in/a.png", "a.png")]


def test_where_results_go_is_not_walked(tmp_path):
    fill(tmp_path, "in/a.png", "in/out/a.png")
    assert found(tmp_path, "in", excluded=tmp_path / "in/out") == [("in/a.png", "a.png")]


def test_results_beside_the_inputs_are_told_by_their_mark(tmp_path):
    fill(tmp_path, "in/a.png", "in/a.color.png")
    inputs = find_inputs(
        [str(tmp_path / "in")],
        is_recursive=True,
        excluded=tmp_path / "in",
        is_own_output=lambda path: path.name == "a.color.png",
    )
    assert [file.path.name for file in inputs.files] == ["a.png"]
    assert inputs.own_outputs == (tmp_path / "in/a.color.png",)


def test_a_folder_without_recursion_is_an_input_with_a_problem(tmp_path):
    (file,) = find_inputs([str(tmp_path)], is_recursive=False).files
    assert isinstance(file.problem, NoInputError)
    assert "-r" in file.problem.reason


def test_a_file_that_is_named_twice_is_done_once(tmp_path):
    fill(tmp_path, "in/a.png")
    assert found(tmp_path, "in", "in/a.png") == [("in/a.png", "a.png")]
    assert len(found(tmp_path, "in/a.png", "in/../in/a.png")) == 1


def test_stdin_can_be_named_once():
    assert find_inputs(["-"], is_recursive=True).files == (InputFile(path=None, place=PurePath()),)
    with pytest.raises(UsageError, match="once"):
        find_inputs(["-", "-"], is_recursive=False)


def test_names_that_no_system_can_have_are_missing_files(tmp_path):
    (file,) = find_inputs(["x" * 5000], is_recursive=True).files
    with pytest.raises(NoInputError):
        read_input(file.path)


def test_what_cannot_be_read_says_why(tmp_path, monkeypatch):
    with pytest.raises(NoInputError, match="no such file"):
        read_input(tmp_path / "nothing")
    with pytest.raises(NoInputError, match="is a folder"):
        read_input(tmp_path)

    def refuse(_):
        raise PermissionError

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(NoPermissionError):
        read_input(tmp_path / "locked")


def test_a_file_is_the_same_under_all_its_names(tmp_path):
    fill(tmp_path, "a")
    (tmp_path / "hard").hardlink_to(tmp_path / "a")
    (tmp_path / "soft").symlink_to("a")
    assert file_id(tmp_path / "a") == file_id(tmp_path / "hard") == file_id(tmp_path / "soft")
    assert file_id(tmp_path / "b") is None
