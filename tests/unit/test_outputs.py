import errno
import os
import stat

import pytest

from colorize_cli.core.errors import CannotCreateError, NoPermissionError, OutputError
from colorize_cli.core.outputs import make_folder, replacing, write_bytes, write_text


def fail_with(number):
    def fail(*arguments, **named):
        raise OSError(number, os.strerror(number))

    return fail


def write_half(path, interruption):
    with replacing(path) as temporary:
        temporary.write_bytes(b"half")
        raise interruption


def test_a_written_file_holds_the_bytes(tmp_path):
    write_bytes(tmp_path / "out", b"new")
    assert (tmp_path / "out").read_bytes() == b"new"


def test_text_is_written_as_utf8(tmp_path):
    write_text(tmp_path / "out", "é\n")
    assert (tmp_path / "out").read_bytes() == b"\xc3\xa9\n"


def test_an_old_file_is_replaced(tmp_path):
    (tmp_path / "out").write_bytes(b"old")
    write_bytes(tmp_path / "out", b"new")
    assert (tmp_path / "out").read_bytes() == b"new"


def test_the_old_file_is_there_until_the_new_one_is_whole(tmp_path):
    (tmp_path / "out").write_bytes(b"old")
    with replacing(tmp_path / "out") as temporary:
        temporary.write_bytes(b"half")
        assert (tmp_path / "out").read_bytes() == b"old"


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, ValueError, MemoryError])
def test_an_interruption_leaves_the_old_file_and_no_temporary_one(tmp_path, interruption):
    (tmp_path / "out").write_bytes(b"old")
    with pytest.raises(interruption):
        write_half(tmp_path / "out", interruption)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out").read_bytes() == b"old"


def test_the_data_is_on_the_disk_before_the_rename_and_the_rename_after(tmp_path, monkeypatch):
    events = []
    real_sync, real_replace = os.fsync, os.replace

    def sync(descriptor):
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        events.append("sync folder" if is_folder else "sync file")
        real_sync(descriptor)

    def rename(*paths):
        events.append("rename")
        real_replace(*paths)

    monkeypatch.setattr("os.fsync", sync)
    monkeypatch.setattr("os.replace", rename)
    write_bytes(tmp_path / "out", b"new")
    assert events == ["sync file", "rename", "sync folder"]


def test_permissions_follow_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        write_bytes(tmp_path / "out", b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o640


def test_a_name_of_the_greatest_length_can_be_written(tmp_path):
    write_bytes(tmp_path / ("x" * 255), b"new")
    assert (tmp_path / ("x" * 255)).read_bytes() == b"new"


def test_a_missing_folder_is_reported(tmp_path):
    with pytest.raises(CannotCreateError, match="no such file or directory"):
        write_bytes(tmp_path / "none" / "out", b"new")


def test_a_folder_in_the_way_is_reported(tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(CannotCreateError, match="is a directory"):
        write_bytes(tmp_path / "out", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize(
    ("number", "error", "reason"),
    [
        (errno.ENOSPC, OutputError, "no space left on device"),
        (errno.EIO, OutputError, "input/output error"),
        (errno.EACCES, NoPermissionError, "no permission to write here"),
    ],
)
def test_what_the_system_refuses_is_reported_with_the_file(
    tmp_path, monkeypatch, number, error, reason
):
    monkeypatch.setattr("os.fsync", fail_with(number))
    with pytest.raises(error, match=reason) as caught:
        write_bytes(tmp_path / "out", b"new")
    assert caught.value.path == tmp_path / "out"
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_made_with_those_above_it_and_may_be_there(tmp_path):
    for _ in range(2):
        make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()


def test_a_file_in_the_place_of_a_folder_is_reported(tmp_path):
    (tmp_path / "a").touch()
    with pytest.raises(CannotCreateError):
        make_folder(tmp_path / "a" / "b")
