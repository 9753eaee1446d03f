"""The table of exit statuses, code by code, for a single picture."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from coloring import before_coloring
from colorize_cli.commands import run_picture
from colorize_cli.core.errors import ExitStatus, OutputError
from colorize_cli.core.outputs import replacing
from pictures import encoded, gray_picture
from same_process import Ended, SameProcess
from tiny_models import write_tiny_model

PNG = encoded(gray_picture())
NOTHING_NEW = {"gray.png", "cut.png", "text.png", "there.png", "tiny.safetensors", "sub"}


@pytest.fixture
def run(tmp_path, monkeypatch, capfd) -> Callable[..., Ended]:
    """Run the command in a folder with good and bad files."""
    files = {"gray.png": PNG, "cut.png": PNG[:80], "text.png": b"Dear reader", "there.png": b"!"}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "sub").mkdir()
    write_tiny_model(tmp_path / "tiny.safetensors")
    process = SameProcess(tmp_path, monkeypatch, capfd)
    return lambda *arguments: process(["run", "--model", "tiny.safetensors", *arguments])


def check_refusal(ended: Ended, status: ExitStatus, folder: Path) -> None:
    """Check that a run ended with a status and one line, and has left nothing behind."""
    assert ended.status == status
    (line,) = ended.lines
    assert line.startswith("colorize: ")
    assert {path.name for path in folder.iterdir()} == NOTHING_NEW


REFUSALS = [
    (2, ["gray.png", "gray.png"]),
    (2, ["gray.png", "-o", "a.png", "--output-dir", "b"]),
    (2, ["gray.png", "--format", "bmp"]),
    (2, ["gray.png", "-o", "color.bmp"]),
    (2, ["gray.png", "--strength", "3"]),
    (2, ["gray.png", "--size", "0"]),
    (2, ["gray.png", "--jobs", "0"]),
    (2, ["gray.png", "--backend", "abacus"]),
    (2, ["--output-dir", "out"]),
    (2, ["gray.png", "--null"]),
    (2, ["gray.png", "--name", "{stem}{ext}"]),
    (2, ["gray.png", "--output-dir", "out", "--name", "color{ext}"]),
    (2, ["gray.png", "--json"]),
    (2, ["gray.png", "-q", "-v"]),
    (2, ["gray.png", "-", "--output-dir", "out"]),
    (2, ["-r", "sub"]),
    (2, ["-", "--files-from", "-"]),
    (65, ["cut.png", "-o", "a.png"]),
    (65, ["text.png", "-o", "a.png"]),
    (66, ["gone.png", "-o", "a.png"]),
    (66, ["sub", "-o", "a.png"]),
    (66, ["--files-from", "gone", "--output-dir", "out"]),
    (66, ["gray.png", "-o", "a.png", "--model", "gone"]),
    (69, ["gray.png", "-o", "a.png", "--device", "warp"]),
    (69, ["gray.png", "-o", "a.png", "--precision", "bfloat16", "--backend", "onnx"]),
    (73, ["gray.png", "-o", "there.png"]),
    (73, ["gray.png", "-o", "there.png", "--update"]),
    (73, ["gray.png", "-o", "gone/a.png"]),
    (73, ["gray.png", "-o", "gray.png", "--force"]),
    (73, ["gray.png", "-o", "there.png/a.png"]),
    (73, ["gray.png", "--output-dir", "there.png"]),
    (73, ["gray.png", "--output-dir", "sub", "--json-file", "there.png"]),
    (78, ["gray.png", "-o", "a.png", "--model", "text.png"]),
]


@pytest.mark.parametrize(("status", "arguments"), REFUSALS, ids=lambda value: str(value))
def test_every_refusal_is_one_line_with_its_status(run, tmp_path, status, arguments):
    check_refusal(run(*arguments), status, tmp_path)


def test_a_full_disk_is_74(run, tmp_path, monkeypatch):
    def full(path: Path, data: bytes, **settings: bool) -> None:
        with replacing(path, **settings) as temporary:
            temporary.write_bytes(data[:10])
            raise OutputError("cannot be written: no space left on device", path=path)

    monkeypatch.setattr(run_picture, "write_bytes", full)
    check_refusal(run("gray.png", "-o", "a.png"), ExitStatus.IO_ERROR, tmp_path)


def test_lack_of_memory_is_75(run, tmp_path, monkeypatch):
    def short_of_memory() -> None:
        raise MemoryError

    before_coloring(monkeypatch, short_of_memory)
    check_refusal(run("gray.png", "-o", "a.png"), ExitStatus.TEMPORARY, tmp_path)


def test_no_permission_to_read_is_77(run, tmp_path, monkeypatch):
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", os.fspath(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    check_refusal(run("gray.png", "-o", "a.png"), ExitStatus.PERMISSION, tmp_path)


def test_all_is_well_is_0(run, tmp_path):
    ended = run("gray.png", "-o", "a.png")
    assert (ended.status, ended.lines) == (0, [])
    assert (tmp_path / "a.png").is_file()


def test_the_table_is_the_programs_own():
    """70 is a bug of ours and 1 is for several inputs: both have tests of their own."""
    tested = {status for status, _ in REFUSALS} | {0, 1, 70, 74, 75, 77}
    assert tested == set(ExitStatus)
