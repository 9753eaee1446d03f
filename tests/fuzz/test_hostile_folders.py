"""Folders from strangers: what SECURITY.md says of them, tried."""

import os
import socket
from pathlib import Path

import numpy as np
import pytest

from colorize_cli.core import outputs
from colorize_cli.core.architecture import GeneratorSpec
from colorize_cli.core.errors import BadConfigError, CannotCreateError, ColorizeError
from colorize_cli.core.picture import Picture
from colorize_cli.core.pipeline import colorize
from same_process import SameProcess
from tiny_models import write_tiny_model
from watching import Folder, write_picture

ODD_NAME = "a\n\x1b]0;owned\x07\u202egnp.exe.png"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: object) -> SameProcess:
    write_tiny_model(tmp_path / "m.safetensors")
    return SameProcess(tmp_path, monkeypatch, capfd)


def color_all(program: SameProcess, *words: str) -> object:
    command = ["run", "-r", "in", "--output-dir", "out", "--model", "m.safetensors", "--jobs", "1"]
    return program([*command, *words])


def test_pipes_sockets_devices_and_links_to_them_are_not_opened(
    tmp_path: Path, program: SameProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "in"
    write_picture(folder / "a.png")
    os.mkfifo(folder / "pipe.png")
    (folder / "zero.png").symlink_to("/dev/zero")
    (folder / "round").symlink_to(folder)
    with socket.socket(socket.AF_UNIX) as held:
        # The path of a socket has 107 bytes at most.
        monkeypatch.chdir(folder)
        held.bind("s.png")
        monkeypatch.chdir(tmp_path)
        ended = color_all(program)
    assert ended.status == 0, ended.err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.png"]


def test_names_and_what_files_say_reach_the_terminal_escaped(
    tmp_path: Path, program: SameProcess
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / ODD_NAME).write_bytes(b"no picture")
    ended = color_all(program, "-vv")
    assert ended.status == 1
    assert all(line.isprintable() for line in ended.lines)
    assert r"a\n\x1b]0;owned\x07\u202egnp.exe.png" in ended.err


def test_a_result_replaces_a_link_and_not_what_it_leads_to(
    tmp_path: Path, program: SameProcess
) -> None:
    write_picture(tmp_path / "in" / "a.png")
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.png").symlink_to(precious)
    assert color_all(program).status != 0
    assert color_all(program, "--force").status == 0
    assert precious.read_text() == "mine"
    assert not (tmp_path / "out" / "a.png").is_symlink()


def test_a_link_put_in_the_place_of_the_temporary_file_is_not_written_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    made_writable = outputs._made_writable

    def swapped(descriptor: int) -> int:
        temporary = outputs.temporary_name(tmp_path / "a.png")
        temporary.unlink()
        temporary.symlink_to(precious)
        return made_writable(descriptor)

    monkeypatch.setattr(outputs, "_made_writable", swapped)
    with pytest.raises(ColorizeError) as caught:
        outputs.write_bytes(tmp_path / "a.png", b"x")
    assert isinstance(caught.value, CannotCreateError)
    assert precious.read_text() == "mine"


def test_an_input_with_several_names_is_never_written_to(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    data = write_picture(tmp_path / "original.png")
    os.link(tmp_path / "original.png", folder.root / "a.png")
    folder.choices["then"] = "delete"
    assert folder.drain().done == 1
    assert (tmp_path / "original.png").read_bytes() == data
    assert not (folder.root / "a.png").exists()


def test_settings_of_a_foreign_folder_cannot_have_files_replaced_or_deleted(
    tmp_path: Path, program: SameProcess
) -> None:
    write_picture(tmp_path / "in" / "a.png")
    for text in ("[run]\nforce = true", '[watch]\nthen = "delete"', '[watch]\nquarantine = "/"'):
        (tmp_path / "colorize.toml").write_text(text)
        ended = color_all(program)
        assert ended.status == 78, text
        assert "cannot be set here" in ended.err


def test_a_network_that_predicts_no_numbers_is_refused() -> None:
    class Endless:
        device = "cpu"

        def __call__(self, gray: np.ndarray) -> np.ndarray:
            return np.full((1, 2, *gray.shape[2:]), np.nan, np.float32)

    spec = GeneratorSpec(output="ab", base_width=1, size=16)
    with pytest.raises(BadConfigError, match="no number"):
        colorize(Picture(codes=np.full((10, 12), 90, np.uint8)), spec, Endless())
