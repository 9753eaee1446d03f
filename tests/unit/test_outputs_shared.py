"""Several who write the same file, or have written it."""

import errno
import fcntl
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from colorize_cli.core.errors import CannotCreateError
from colorize_cli.core.outputs import replacing, write_bytes


def fail_with(number):
    def fail(*arguments, **named):
        raise OSError(number, os.strerror(number))

    return fail


def write_while(path, happens, **settings):
    with replacing(path, **settings) as temporary:
        temporary.write_bytes(b"new")
        happens()


def test_a_new_file_does_not_replace_one_that_has_appeared(tmp_path):
    appear = partial((tmp_path / "out").write_bytes, b"of somebody else")
    with pytest.raises(CannotCreateError, match="has appeared meanwhile") as caught:
        write_while(tmp_path / "out", appear, is_new=True)
    assert caught.value.path == tmp_path / "out"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out").read_bytes() == b"of somebody else"


def test_a_new_file_does_not_replace_a_link_to_nowhere(tmp_path):
    (tmp_path / "out").symlink_to("nowhere")
    with pytest.raises(CannotCreateError, match="has appeared"):
        write_bytes(tmp_path / "out", b"new", is_new=True)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP])
def test_without_links_a_new_file_is_renamed_unless_one_is_there(tmp_path, monkeypatch, number):
    monkeypatch.setattr("os.link", fail_with(number))
    write_bytes(tmp_path / "out", b"first", is_new=True)
    with pytest.raises(CannotCreateError, match="has appeared"):
        write_bytes(tmp_path / "out", b"second", is_new=True)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out").read_bytes() == b"first"


def test_a_new_file_is_one_file_of_one_name(tmp_path):
    write_bytes(tmp_path / "out", b"new", is_new=True)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out").stat().st_nlink == 1


def test_many_threads_write_the_same_file_and_one_of_them_is_last(tmp_path):
    contents = [bytes([number]) * 5000 for number in range(100)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(partial(write_bytes, tmp_path / "out"), contents))
    assert (tmp_path / "out").read_bytes() in contents
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_a_killed_process_left_is_cleared_away(tmp_path):
    (tmp_path / ".out.colorize.tmp").write_bytes(b"half")
    write_bytes(tmp_path / "out", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_a_living_process_writes_is_left_alone(tmp_path):
    with replacing(tmp_path / "out") as temporary:
        temporary.write_bytes(b"first")
        write_bytes(tmp_path / "out", b"second")
        assert (tmp_path / "out").read_bytes() == b"second"
        assert temporary.read_bytes() == b"first"
    assert (tmp_path / "out").read_bytes() == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_link_in_the_temporary_files_place_is_not_followed(tmp_path):
    (tmp_path / "precious").write_bytes(b"precious")
    (tmp_path / ".out.colorize.tmp").symlink_to("precious")
    write_bytes(tmp_path / "out", b"new")
    assert (tmp_path / "precious").read_bytes() == b"precious"
    assert not (tmp_path / "out").is_symlink()


def test_a_temporary_file_that_another_replaces_before_it_is_locked_is_given_up(
    tmp_path, monkeypatch
):
    lock, other = fcntl.flock, tmp_path / ".out.colorize.tmp"

    def replace_and_lock(descriptor, operation):
        monkeypatch.undo()
        other.unlink()
        other.write_bytes(b"of another")
        lock(descriptor, operation)

    monkeypatch.setattr("fcntl.flock", replace_and_lock)
    write_bytes(tmp_path / "out", b"new")
    assert (tmp_path / "out").read_bytes() == b"new"
    assert other.read_bytes() == b"of another"


def test_a_temporary_file_that_another_began_after_the_rename_is_left_alone(tmp_path, monkeypatch):
    rename, other = os.replace, tmp_path / ".out.colorize.tmp"

    def rename_and_begin(*paths):
        rename(*paths)
        other.write_bytes(b"of another")

    monkeypatch.setattr("os.replace", rename_and_begin)
    write_bytes(tmp_path / "out", b"new")
    assert other.read_bytes() == b"of another"
