import errno
import os
import shutil
import stat
import subprocess
import sys
from functools import partial

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


def write_while(path, happens, **settings):
    with replacing(path, **settings) as temporary:
        temporary.write_bytes(b"new")
        happens()


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


def test_a_writer_that_puts_a_file_of_its_own_there_gets_the_same_permissions(tmp_path):
    before = os.umask(0o022)
    try:
        with replacing(tmp_path / "out") as temporary:
            other = tmp_path / "other"
            other.touch(mode=0o600)
            other.replace(temporary)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o644


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


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o222, 0o777])
def test_any_umask_can_be_written_under(tmp_path, mask):
    before = os.umask(mask)
    try:
        write_bytes(tmp_path / "out", b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o666 & ~mask


def test_the_umask_is_never_touched(tmp_path, monkeypatch):
    # It belongs to all threads: one that reads it by setting it spoils what others create.
    monkeypatch.delattr("os.umask")
    write_bytes(tmp_path / "out", b"new")


def test_names_of_the_greatest_length_in_any_script_can_be_written(tmp_path):
    for name in ("鳥" * 85, "🐦" * 63, "é" * 127):
        write_bytes(tmp_path / name, b"new")
        assert (tmp_path / name).read_bytes() == b"new"


def test_a_folder_that_vanishes_is_reported(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(CannotCreateError, match="no such file or directory"):
        write_while(tmp_path / "folder" / "out", partial(shutil.rmtree, tmp_path / "folder"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_reported(tmp_path):
    (tmp_path / "folder").mkdir(mode=0o555)
    with pytest.raises(NoPermissionError, match="no permission to write here"):
        write_bytes(tmp_path / "folder" / "out", b"new")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_be_written_but_not_read_gets_its_file(tmp_path):
    (tmp_path / "folder").mkdir(mode=0o333)
    write_bytes(tmp_path / "folder" / "out", b"new")
    assert (tmp_path / "folder" / "out").read_bytes() == b"new"


def test_the_greatest_size_of_a_file_is_reported_and_nothing_left(tmp_path):
    # As `ulimit -f` has it: the system answers EFBIG, and sends SIGXFSZ, which kills by default.
    program = """
import resource, sys
from pathlib import Path
from colorize_cli.core.errors import OutputError
from colorize_cli.core.outputs import write_bytes
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_bytes(Path("out"), bytes(5000))
except OutputError as error:
    print(error)
"""
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, timeout=60, check=False
    )
    assert result.stdout == b"'out': cannot be written: file too large\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP])
def test_a_file_system_that_cannot_sync_is_written_all_the_same(tmp_path, monkeypatch, number):
    monkeypatch.setattr("os.fsync", fail_with(number))
    write_bytes(tmp_path / "out", b"new")
    assert (tmp_path / "out").read_bytes() == b"new"


@pytest.mark.parametrize("number", [errno.ENAMETOOLONG, errno.ELOOP])
def test_a_name_that_cannot_be_is_no_fault_of_the_disk(tmp_path, monkeypatch, number):
    monkeypatch.setattr("os.open", fail_with(number))
    with pytest.raises(CannotCreateError, match="cannot be created"):
        write_bytes(tmp_path / "out", b"new")


@pytest.mark.parametrize("is_new", [False, True])
def test_what_is_no_file_is_never_replaced(tmp_path, is_new):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(CannotCreateError, match="a device or a pipe, not a file"):
        write_bytes(pipe, b"model", is_new=is_new)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert list(tmp_path.iterdir()) == [pipe]
