"""`colorize report` as the shell sees it: real processes, files, exit statuses."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from command_line import run_colorize
from finished_runs import make_finished_run
from packed_data import pack_photos
from photos import make_photo, save_photos

HEAVY = ("numpy", "PIL", "matplotlib", "onnxruntime", "colorize_trainers")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with two runs on the same data, and photos."""
    home = tmp_path_factory.mktemp("home")
    data = pack_photos(home / "data", train=12, test=9)
    make_finished_run(home / "runs/plain", data, output="rgb")
    make_finished_run(home / "runs/skip", data, epochs=5)
    make_finished_run(home / "runs/light", data, has_metrics=False)
    save_photos(home / "album", range(2))
    make_photo(7, width=120, height=200).save(home / "portrait.jpg")
    return home


@pytest.fixture(scope="module")
def page(home: Path) -> Path:
    """Report on one run, with photos, once for all tests that look at the page."""
    album = ("--photos", "album", "--photos", "album/../portrait.jpg")
    ended = run_colorize(home, "report", "runs/skip", *album)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == b""
    assert ended.stderr == b"done: runs/skip/report/report.html\n"
    return home / "runs/skip/report/report.html"


def test_a_report_goes_into_the_run_and_says_where(page: Path) -> None:
    names = {path.name for path in page.parent.iterdir()}
    figures = {f"{name}.png" for name in ("losses", "scores", "samples", "test", "outside")}
    assert names == {"report.html", *figures, *(f"outside-0{number}.png" for number in (1, 2, 3))}


def test_photos_from_outside_are_coloured_as_run_colours_them(home: Path, page: Path) -> None:
    Image.open(home / "album/0.png").convert("L").save(home / "gray.png")
    ended = run_colorize(home, "run", "--model", "runs/skip", "gray.png", "-o", "color.png")
    assert ended.returncode == 0, ended.stderr
    figure = np.asarray(Image.open(page.with_name("outside-01.png"))).astype(int)
    generated = figure[:, 96 + 8 : 2 * 96 + 8]
    color = np.asarray(Image.open(home / "color.png")).astype(int)
    # The gray of convert("L") is luma, that of the report the photo's lightness.
    assert np.abs(generated - color).mean() < 12
    assert np.array_equal(figure[:, -96:], np.asarray(Image.open(home / "album/0.png")))


def test_several_runs_are_compared(home: Path) -> None:
    ended = run_colorize(home, "report", "runs/plain", "runs/skip", "-o", "comparison")
    assert (ended.returncode, ended.stdout) == (0, b""), ended.stderr
    text = (home / "comparison/report.html").read_text("utf-8")
    assert "2 runs compared" in text
    assert (home / "comparison/test-2.png").exists()


def test_without_a_checkpoint_the_last_epochs_pictures_are_left_out(home: Path) -> None:
    ended = run_colorize(home, "report", "runs/light", "-o", "last", "--weights", "last")
    assert ended.returncode == 0
    assert b"last.safetensors" in ended.stderr
    assert b"; pictures that need the model are left out" in ended.stderr
    assert not (home / "last/test.png").exists()


def test_no_run_is_no_input(tmp_path: Path) -> None:
    ended = run_colorize(tmp_path, "report", "nowhere")
    assert (ended.returncode, ended.stdout) == (66, b"")
    assert ended.stderr == b"colorize: 'nowhere': no training run here\n"
    assert list(tmp_path.iterdir()) == []


def test_a_run_without_epochs_is_said_to_have_nothing_yet(home: Path, tmp_path: Path) -> None:
    make_finished_run(tmp_path / "new", home / "data", epochs=0)
    ended = run_colorize(tmp_path, "report", "new")
    assert ended.returncode == 0
    assert ended.stderr.splitlines() == [
        b"colorize: warning: new: nothing to report yet: no epoch of this run is finished",
        b"done: new/report/report.html",
    ]


def test_photos_that_fail_are_told_and_the_report_is_made(home: Path) -> None:
    (home / "broken.jpg").write_bytes((home / "portrait.jpg").read_bytes()[:200])
    photos = ("--photos", "broken.jpg", "--photos", "gone.png", "--photos", "album/0.png")
    ended = run_colorize(home, "report", "runs/light", "-o", "partly", *photos)
    assert (ended.returncode, ended.stdout) == (1, b"")
    # The first line is that of a run without metrics.
    _, *lines = ended.stderr.decode().splitlines()
    assert [line.partition(":")[2].partition(":")[0] for line in lines[:2]] == [
        " 'gone.png'",
        " 'broken.jpg'",
    ]
    assert lines[-2:] == [
        "done: partly/report.html",
        "colorize: 2 of --photos could not be shown",
    ]
    assert (home / "partly/outside-01.png").exists()


def test_a_damaged_model_leaves_out_its_pictures(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home / "runs/light", tmp_path / "run")
    (tmp_path / "run/model.safetensors").write_bytes(b"{")
    ended = run_colorize(tmp_path, "report", "run", "-o", "out")
    assert ended.returncode == 0
    assert b"model.safetensors" in ended.stderr
    assert b"Traceback" not in ended.stderr
    assert (tmp_path / "out/samples.png").exists()
    assert not (tmp_path / "out/test.png").exists()


def test_a_folder_that_holds_other_things_is_left_alone(home: Path) -> None:
    ended = run_colorize(home, "report", "runs/skip", "-o", "album")
    assert ended.returncode == 73
    assert {path.name for path in (home / "album").iterdir()} == {"0.png", "1.png"}


@pytest.mark.parametrize(
    "options",
    [["--count", "5"], ["--weights", "middle"], ["--seed", "-1"], ["--backend", "abacus"]],
)
def test_options_that_make_no_sense_are_usage_errors(home: Path, options: list[str]) -> None:
    assert run_colorize(home, "report", "runs/skip", "-o", "usage", *options).returncode == 2
    assert not (home / "usage").exists()


def test_without_matplotlib_the_remedy_is_named(home: Path, tmp_path: Path) -> None:
    package = tmp_path / "matplotlib"
    package.mkdir()
    (package / "__init__.py").write_text("raise ModuleNotFoundError('no matplotlib')")
    variables = {"PYTHONPATH": str(tmp_path)}
    ended = run_colorize(home, "report", "runs/skip", "-o", "bare", variables=variables)
    assert ended.returncode == 69
    assert b"pip install 'colorize-gan[report]'" in ended.stderr
    assert not (home / "bare").exists()


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    ended = run_colorize(tmp_path, "report", "--help", variables={"PYTHONPROFILEIMPORTTIME": "1"})
    assert ended.returncode == 0
    imported = re.findall(r"\| +([\w.]+)$", ended.stderr.decode(), re.MULTILINE)
    assert "colorize_cli.manual.quick_help" in imported
    assert not {name.partition(".")[0] for name in imported} & set(HEAVY)
