import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from photos import as_jpeg, make_photo, save_photos


def prep(*arguments: object, cwd: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "colorize_cli", "prep", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    save_photos(tmp_path / "photos/auk", range(4))
    save_photos(tmp_path / "photos/gull", range(4, 6))
    return tmp_path / "photos"


def test_prep_packs_a_folder_and_says_what_comes_next(source: Path, tmp_path: Path) -> None:
    (source / "auk/gray.jpg").write_bytes(as_jpeg(make_photo(9).convert("L")))
    done = prep("photos", "--size", 16, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert np.load(tmp_path / "colorize-data/train.npy").shape == (5, 16, 16, 3)
    assert np.load(tmp_path / "colorize-data/test.npy").shape == (1, 16, 16, 3)
    lines = [line.split() for line in done.stderr.splitlines()]
    assert [line[:4] for line in lines if line[0] in ("auk", "gull", "all")] == [
        ["auk", "5", "4", "1"],
        ["gull", "2", "2", "0"],
        ["all", "7", "6", "1"],
    ]
    assert "'auk/gray.jpg': gray: every pixel is gray" in done.stderr
    assert done.stderr.splitlines()[-1] == "Next: colorize train colorize-data"


def test_json_is_one_object_on_stdout_and_nothing_else(source: Path, tmp_path: Path) -> None:
    (source / "text.jpg").write_text("no photo")
    done = prep("photos", "-o", "data", "--size", 16, "--json", cwd=tmp_path)
    summary = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert (summary["path"], summary["found"], summary["kept"]) == ("data", 7, 6)
    assert [photo["path"] for photo in summary["dropped_photos"]] == ["text.jpg"]
    facts = json.loads((tmp_path / "data/dataset.json").read_text())
    assert facts.items() <= summary.items()


def test_names_of_odd_bytes_are_packed_and_shown_on_one_line(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(bytes(tmp_path) + b"/photos/class\n\xe9"))
    save_photos(folder, range(3))
    Path(os.fsdecode(bytes(folder) + b"/copy\n\xe9.png")).write_bytes(
        (folder / "0.png").read_bytes()
    )
    done = prep("photos", "-o", "data", "--size", 16, cwd=tmp_path)
    assert done.returncode == 0
    assert r"class\n\udce9" in done.stderr
    (dataset,) = json.loads((tmp_path / "data/dataset.json").read_text())["classes"]
    assert os.fsencode(dataset["class"]) == b"class\n\xe9"


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["nowhere"], 66, "colorize: 'nowhere': no such folder"),
        (["photos/auk/0.png"], 66, "not a folder"),
        (["empty"], 66, "no JPEG, PNG, WebP, TIFF or AVIF photos here"),
        (["photos", "-o", "photos"], 73, "the output is the folder of the photos"),
        (["photos", "-o", "photos/auk"], 73, "not a dataset of ours"),
        (["photos", "-o", "photos/auk/0.png"], 73, "not a folder"),
        (["photos", "--size", "100"], 2, "power of two"),
        (["photos", "--test-share", "1.5"], 2, "between 0 and 1"),
        (["photos", "--jobs", "0"], 2, "--jobs"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_a_status(
    source: Path, tmp_path: Path, arguments: list[str], status: int, message: str
) -> None:
    (tmp_path / "empty").mkdir()
    before = sorted(tmp_path.rglob("*"))
    done = prep(*arguments, cwd=tmp_path)
    assert done.returncode == status
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
    assert sorted(tmp_path.rglob("*")) == before


def test_ctrl_c_leaves_no_dataset(tmp_path: Path) -> None:
    # A check that waits for stdin keeps the program busy for as long as the test wants.
    save_photos(tmp_path / "photos", range(3))
    script = (
        "import os, pathlib, sys\n"
        "from colorize_cli.core import preparation\n"
        "check = preparation.check_photo\n"
        "def slow(path, size):\n"
        "    print('checking', flush=True)\n"
        "    sys.stdin.readline()\n"
        "    return check(path, size)\n"
        "preparation.check_photo = slow\n"
        "from colorize_cli.__main__ import main\n"
        "main()\n"
    )
    command = [sys.executable, "-c", script, "prep", "photos", "-j", "1", "--size", "16"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"checking\n"
        process.send_signal(signal.SIGINT)
        process.communicate()
    assert process.returncode == -signal.SIGINT
    assert [entry.name for entry in tmp_path.iterdir()] == ["photos"]
