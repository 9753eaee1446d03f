"""Many pictures: what is found, what it is called, what is said."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from batch_folders import PNG, fill, summary, tree
from colorize_cli.core.image_io import decode
from pictures import encoded, gray_picture

GRAY = gray_picture()


def test_a_folder_is_coloured_with_its_tree(run, tmp_path):
    fill(tmp_path, "in/a.png", "in/sub/b.png", "in/.hidden.png")
    fill(tmp_path, "in/notes.txt", data=b"Dear diary")
    ended = run("-r", "in", "--output-dir", "out")
    assert ended.status == 0
    assert summary(ended) == "2 coloured, 0 skipped, 0 failed; left out: 1 other file"
    assert tree(tmp_path / "out") == ["a.png", "sub/b.png"]
    assert not decode((tmp_path / "out/sub/b.png").read_bytes()).is_gray


def test_the_last_line_names_model_backend_device_and_time(run, tmp_path):
    fill(tmp_path, "in/a.png")
    (line,) = run("-r", "in", "--output-dir", "out").lines
    assert line.startswith("colorize: 1 coloured, 0 skipped, 0 failed; model tiny, onnx on cpu, ")
    assert line.endswith(" s")


def test_a_list_of_names_ends_in_zero_bytes_if_asked(run, tmp_path):
    names = [b"-dash.png", b"two\nlines.png", b"latin-\xe9.png"]
    fill(tmp_path, *map(os.fsdecode, names))
    (tmp_path / "list").write_bytes(b"\0".join(names))
    ended = run("--files-from", "list", "-0", "--output-dir", "out")
    assert ended.status == 0
    assert {os.fsencode(path.name) for path in (tmp_path / "out").iterdir()} == set(names)


def test_a_list_of_lines_adds_to_the_names(run, tmp_path):
    fill(tmp_path, "a.png", "b.png", "-")
    (tmp_path / "list").write_text("b.png\n-\n")
    ended = run("a.png", "--files-from", "list", "--output-dir", "out")
    assert summary(ended) == "3 coloured, 0 skipped, 0 failed"
    assert tree(tmp_path / "out") == ["-.png", "a.png", "b.png"]


def test_an_empty_list_is_nothing_to_do(run, tmp_path):
    (tmp_path / "list").touch()
    ended = run("--files-from", "list", "--output-dir", "out")
    assert (ended.status, summary(ended)) == (0, "0 coloured, 0 skipped, 0 failed")


def test_a_bad_file_costs_one_line_and_the_rest_is_done(run, tmp_path):
    fill(tmp_path, "gray.png", "sub/deep.png")
    fill(tmp_path, "text.jpg", data=b"Dear reader")
    fill(tmp_path, "other.bmp", data=encoded(GRAY, "BMP"))
    ended = run("gray.png", "text.jpg", "gone.png", "sub", "other.bmp", "--output-dir", "out")
    assert ended.status == 1
    assert ended.lines[:-1] == [
        "colorize: 'text.jpg': not an image that can be read",
        "colorize: 'gone.png': no such file",
        "colorize: 'sub': is a folder: use -r to colour the pictures in it",
    ]
    assert summary(ended) == "2 coloured, 0 skipped, 3 failed"
    assert tree(tmp_path / "out") == ["gray.png", "other.png"]


def test_one_bad_file_of_a_walk_is_some_of_them(run, tmp_path):
    fill(tmp_path, "in/cut.png", data=PNG[:80])
    assert run("-r", "in", "--output-dir", "out").status == 1


FIVE = ("a.jpg", "a.png", "sub/a.webp", "b.jpg")


def five_files(folder: Path) -> None:
    for name in FIVE:
        form = {".jpg": "JPEG", ".png": "PNG", ".webp": "WEBP"}[Path(name).suffix]
        fill(folder, f"in/{name}", data=encoded(GRAY, form))
    fill(folder, "in/broken.jpg", data=encoded(GRAY, "JPEG")[:200])


@pytest.mark.parametrize(
    "arguments", [("-r", "in"), tuple(f"in/{name}" for name in (*FIVE, "broken.jpg"))]
)
def test_of_five_files_that_collide_none_is_begun(run, tmp_path, arguments):
    five_files(tmp_path)
    ended = run(*arguments, "--output-dir", "out")
    assert ended.status == 73
    (line,) = ended.lines
    assert "'in/a.jpg'" in line
    assert "'in/a.png'" in line
    assert not (tmp_path / "out").exists()


def test_of_five_files_under_names_of_their_own_four_are_coloured_and_one_told(run, tmp_path):
    five_files(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*") if path.is_file()}
    ended = run("-r", "in", "--output-dir", "out", "--name", "{name}{ext}")
    assert ended.status == 1
    assert summary(ended) == "4 coloured, 0 skipped, 1 failed"
    assert "'in/broken.jpg'" in ended.err
    assert tree(tmp_path / "out") == sorted(f"{name}.png" for name in FIVE)
    assert {path: path.read_bytes() for path in before} == before


def test_tiff_stays_tiff_and_all_else_becomes_png(run, tmp_path):
    fill(tmp_path, "a.TIF", data=encoded(GRAY, "TIFF"))
    fill(tmp_path, "b.jpg", data=encoded(GRAY, "JPEG"))
    run("a.TIF", "b.jpg", "--output-dir", "out")
    assert decode((tmp_path / "out/a.TIF").read_bytes()).format == "TIFF"
    assert decode((tmp_path / "out/b.png").read_bytes()).format == "PNG"
    run("a.TIF", "b.jpg", "--output-dir", "web", "--format", "webp")
    assert tree(tmp_path / "web") == ["a.webp", "b.webp"]
    assert decode((tmp_path / "web/a.webp").read_bytes()).format == "WEBP"


def test_strip_leaves_metadata_out(run, tmp_path):
    exif = Image.Exif()
    exif[0x013B] = "Ann"
    fill(tmp_path, "a.jpg", data=encoded(GRAY, "JPEG", exif=exif))
    run("a.jpg", "-o", "kept.png")
    run("a.jpg", "-o", "bare.png", "--strip")
    assert b"Ann" in (tmp_path / "kept.png").read_bytes()
    assert b"Ann" not in (tmp_path / "bare.png").read_bytes()


def test_larger_pictures_than_allowed_are_refused_with_the_option(run, tmp_path):
    fill(tmp_path, "large.png", data=encoded(np.zeros((50, 100), np.uint8)))
    ended = run("large.png", "-o", "color.png", "--max-pixels", "0.004")
    assert ended.status == 65
    assert "--max-pixels" in ended.err
    assert run("large.png", "-o", "color.png", "--max-pixels", "0.005").status == 0


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_any_number_of_jobs_gives_the_same_files_in_the_same_order(run, tmp_path, jobs):
    names = [f"in/{number}.png" for number in range(12)]
    for number, name in enumerate(names):
        fill(tmp_path, name, data=encoded(np.roll(GRAY, number, axis=0)))
    run("-r", "in", "--output-dir", "one", "--jobs", "1")
    ended = run("-r", "in", "--output-dir", "out", "--jobs", jobs, "-v")
    told = [line.split("'")[1] for line in ended.lines if " -> " in line]
    assert told == names
    for path in (tmp_path / "one").iterdir():
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()


def test_levels_of_telling(run, tmp_path):
    fill(tmp_path, "in/a.png")
    fill(tmp_path, "in/notes.txt", data=b"Dear diary")
    deep = encoded(GRAY.astype(np.uint16) * 257)
    fill(tmp_path, "in/deep.png", data=deep)
    lines = {
        level: run(
            "-r", "in", "--output-dir", f"out{level}", "--format", "jpeg", *level.split()
        ).lines
        for level in ("-q", "", "-v", "-vv")
    }
    assert lines["-q"] == []
    assert ["warning" in line for line in lines[""]] == [True, False]
    assert [line.split()[0] for line in lines["-v"]] == [
        "backend", "'in/notes.txt'", "'in/a.png'", "colorize:", "'in/deep.png'", "colorize:",
    ]  # fmt: skip
    for part in ("decode", "network", "encode"):
        assert part in lines["-vv"][2]
        assert part not in lines["-v"][2]


def test_an_engine_that_cannot_be_loaded_fails_the_whole(run, tmp_path):
    fill(tmp_path, "a.png", "b.png")
    ended = run("a.png", "b.png", "--output-dir", "out", "--device", "warp")
    assert (ended.status, len(ended.lines)) == (69, 1)
