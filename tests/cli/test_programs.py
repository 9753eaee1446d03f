"""The programs that stand beside the package: benchmarks, and the maker of the README's picture."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from command_line import run_colorize
from photos import save_photos

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


def run_program(*arguments: object) -> subprocess.CompletedProcess[str]:
    result = subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    return result


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prepare two folders of random photos."""
    folder = tmp_path_factory.mktemp("programs")
    save_photos(folder / "birds" / "finch", range(10))
    save_photos(folder / "birds" / "owl", range(10, 20))
    ended = run_colorize(folder, "prep", "birds", "--size", "16", "--test-share", "0.5")
    assert ended.returncode == 0, ended.stderr
    return folder / "colorize-data"


def test_the_training_loop_is_compared_with_the_bare_step() -> None:
    pytest.importorskip("torch")
    ended = run_program(
        ROOT / "benchmarks" / "training_loop.py", "--backend", "torch", "--device", "cpu",
        "--size", "16", "--base-width", "2", "--batch-size", "4", "--batches", "3",
        "--rounds", "1", "--augmented",
    )  # fmt: skip
    rows = [line.split(" | ") for line in ended.stdout.splitlines() if line.startswith("| ")]
    bare, loop = (float(row[1]) for row in rows[1:])
    (said,) = re.findall(r"loop: ([\d.]+) .* of the bare step's images/s; limit 0.95", ended.stdout)
    assert float(said) == pytest.approx(bare / loop, rel=0.02)
    (waited,) = re.findall(r"([\d.]+)% of the loop's time no batch was ready", ended.stdout)
    assert 0 <= float(waited) < 100


def test_the_papers_models_are_trained_and_compared(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("matplotlib")
    paper, arms = ROOT / "benchmarks" / "paper", ("plain", "skip")
    chosen = [f"--arm={arm}" for arm in arms]
    scale = ("--base-width", "2", "--epochs", "1")
    # The second time there is nothing left to do.
    for _ in range(2):
        run_program(paper / "experiment.py", data, "-o", tmp_path / "runs", *scale, *chosen)
    runs = [tmp_path / "runs" / arm for arm in arms]
    photo = EXAMPLES / "nuthatch.jpg"
    ended = run_program(
        paper / "findings.py", data, *runs, "-o", tmp_path / "findings", "--photo", photo
    )
    report = json.loads(ended.stdout.splitlines()[-1])
    assert report["test_photos"] == 10
    assert [entry["run"] for entry in report["runs"]] == list(arms)
    assert [entry["epochs"] for entry in report["runs"]] == [1, 1]
    for picture in ("test.png", "train.png", "outside.png", "curves.png"):
        with Image.open(tmp_path / "findings" / picture) as made:
            made.verify()


def test_ways_to_enlarge_colour_are_compared_on_photos(tmp_path: Path) -> None:
    save_photos(tmp_path, range(4))
    ended = run_program(ROOT / "benchmarks" / "chroma_upsampling.py", tmp_path, "--factor", "4")
    report = json.loads(ended.stdout)
    assert report["photos"] == 4
    assert 0 <= report["nearer"] <= 4
    # Smooth patches lose something to averaging, and either way brings most of it back.
    assert 0 < report["bilinear"] < 20
    assert report["ratio"] == pytest.approx(report["ours"] / report["bilinear"], abs=2e-3)


def test_the_readmes_picture_shows_gray_coloured_and_original(tmp_path: Path) -> None:
    target = tmp_path / "row.png"
    program = ROOT / "docs" / "images" / "side_by_side.py"
    run_program(program, EXAMPLES / "mountains-gray.jpg", EXAMPLES / "mountains.jpg", target)
    with Image.open(target) as row, Image.open(ROOT / "docs/images/mountains.jpg") as committed:
        assert row.size == committed.size
        gray = np.asarray(row)[:, :480].astype(int)
        colored = np.asarray(row)[:, 486:966].astype(int)
    assert np.ptp(gray, axis=-1).max() == 0
    assert np.ptp(colored, axis=-1).mean() > 1
