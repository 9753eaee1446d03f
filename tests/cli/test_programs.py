"""The programs that stand beside the package: benchmarks, and the maker of the README's picture."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from command_line import run_colorize
from photos import save_photos
from tiny_models import write_tiny_model

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


def run_program(*arguments: object) -> subprocess.CompletedProcess[str]:
    result = subprocess.run(
        [sys.executable, "-P", *map(str, arguments)],
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


def test_a_model_is_scored_beside_gray_and_the_truth(data: Path, tmp_path: Path) -> None:
    write_tiny_model(tmp_path / "tiny.safetensors")
    program = ROOT / "benchmarks" / "model_quality.py"
    ended = run_program(program, data, "--model", tmp_path / "tiny.safetensors")
    report = json.loads(ended.stdout.splitlines()[-1])
    assert report["pairs"] == 10
    assert set(report["scores"]) == {"gray", "tiny", "truth"}
    assert report["scores"]["gray"]["chroma"] == 0
    # What gray lacks is the whole chroma of the truth.
    truth = report["scores"]["truth"]
    assert report["scores"]["gray"]["ab_error"] == pytest.approx(truth["chroma"], rel=1e-3)


def test_the_photos_of_one_folder_are_scored_alone(data: Path, tmp_path: Path) -> None:
    write_tiny_model(tmp_path / "tiny.safetensors")
    counts = [
        json.loads(
            run_program(
                ROOT / "benchmarks" / "model_quality.py", data,
                "--model", tmp_path / "tiny.safetensors", "--only", folder,
            ).stdout.splitlines()[-1]
        )["pairs"]
        for folder in ("finch", "owl")
    ]  # fmt: skip
    assert sum(counts) == 10
    assert all(counts)


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
    run_program(program, EXAMPLES / "nuthatch-gray.jpg", EXAMPLES / "nuthatch.jpg", target)
    with Image.open(target) as row, Image.open(ROOT / "docs/images/nuthatch.jpg") as committed:
        assert row.size == committed.size
        gray = np.asarray(row)[:, :480].astype(int)
        colored = np.asarray(row)[:, 486:966].astype(int)
    assert np.ptp(gray, axis=-1).max() == 0
    assert np.ptp(colored, axis=-1).mean() > 1
