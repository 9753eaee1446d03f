"""`benchmarks/quality`: the table agrees with `colorize eval`, and it all starts again."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from command_line import run_colorize
from photos import make_photo, save_photos
from tiny_models import write_tiny_model

QUALITY = Path(__file__).parents[2] / "benchmarks" / "quality"


def run_program(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", QUALITY / name, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def table_of(text: str) -> list[dict[str, str]]:
    """Read a Markdown table; the bars of its second line are checked on the way."""
    lines = [line.strip("|").split("|") for line in text.splitlines()]
    titles = [title.strip() for title in lines[0]]
    assert set(lines[1]) == {"---"}
    assert {len(cells) for cells in lines} == {len(titles)}
    return [dict(zip(titles, map(str.strip, cells), strict=True)) for cells in lines[2:]]


def value_of(cell: str) -> float:
    """Read a value that lies within its interval, where it has one."""
    found = [float(number) for number in re.findall(r"-?\d+\.\d+", cell)]
    assert len(found) in (1, 3)
    assert len(found) == 1 or found[1] <= found[0] <= found[2]
    return found[0]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make photos, prepared data of 16 pixels, and two models of that size."""
    folder = tmp_path_factory.mktemp("quality")
    save_photos(folder / "photos", range(12))
    ended = run_colorize(folder, "prep", "photos", "--size", "16", "--test-share", "0.5")
    assert ended.returncode == 0, ended.stderr
    for seed, name in enumerate(("first", "second")):
        write_tiny_model(folder / f"{name}.safetensors", seed)
    return folder


def test_the_table_has_what_eval_says_of_each_model_beside_gray(home: Path) -> None:
    models = [home / "first.safetensors", home / "second.safetensors"]
    ended = run_program("compare.py", home / "colorize-data", "--model", models[0],
                        "--model", models[1])  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    rows = table_of(ended.stdout)
    assert [row["model"] for row in rows] == ["gray", "mean-ab", "first", "second"]
    assert {row["photos"] for row in rows} == {"colorize-data (6)"}
    for row, model in zip(rows[2:], models, strict=True):
        said = run_colorize(home, "eval", str(model), "colorize-data")
        scores = json.loads(said.stdout)["scores"]
        own, gray, truth = scores["model"], scores["gray"], scores["truth"]
        less = 1 - own["ab_error"]["value"] / gray["ab_error"]["value"]
        colorful = own["colorfulness"]["value"] / truth["colorfulness"]["value"]
        expected = {
            "ab error": own["ab_error"]["value"],
            "under gray %": 100 * less,
            "dE2000": own["de2000"]["value"],
            "CF / truth's": colorful,
            "AuC bal. %": own["auc_rebalanced"]["value"],
            "PSNR ab dB": own["psnr_ab"]["value"],
        }
        found = {title: value_of(row[title]) for title in expected}
        assert found == pytest.approx(expected, abs=0.06)
    assert rows[0]["under gray %"] == "0.0"
    assert value_of(rows[0]["CF / truth's"]) == 0


def test_models_that_are_judged_in_different_ways_are_not_put_side_by_side(home: Path) -> None:
    ended = run_program("compare.py", home / "colorize-data", "--model", "natural",
                        "--model", home / "first.safetensors")  # fmt: skip
    assert ended.returncode == 1
    assert "give a plain folder of photos" in ended.stderr


def test_change_with_size_is_measured_beside_that_of_the_gray_picture(
    home: Path, tmp_path: Path
) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    # Red and green whose gray (ITU-R BT.601) is the same 88, which resizing leaves alone.
    picture = Image.new("RGB", (48, 40), (200, 40, 40))
    picture.paste((40, 122, 38), (0, 0, 24, 40))
    picture.save(plain / "red and green.png")
    for folder, least, most in ((plain, 0, 0), (home / "photos", 0.01, 20)):
        ended = run_program("compare.py", folder, "--scales", "--limit", "2",
                            "--model", home / "first.safetensors")  # fmt: skip
        assert ended.returncode == 0, ended.stderr
        gray, model = table_of(ended.stdout)
        assert least <= value_of(gray["dE2000 of sizes"]) <= most
        assert value_of(model["dE2000 of sizes"]) >= value_of(gray["dE2000 of sizes"])


def test_recipes_are_trained_for_their_time_and_compared_and_go_on(home: Path) -> None:
    pytest.importorskip("torch")
    arguments = [
        home / "colorize-data", "--train", "5", "--runs", home / "compared",
        "--recipe", "compact", "--recipe", "paper-skip",
        "--set", "base-width=2", "--set", "epochs=1", "--set", "paper-skip:batch-size=2",
    ]  # fmt: skip
    first = run_program("compare.py", *arguments)
    assert first.returncode == 0, first.stderr
    names = [row["model"] for row in table_of(first.stdout)]
    assert names == ["gray", "mean-ab", "compact", "paper-skip"]
    sizes = {
        name: json.loads((home / "compared" / name / "config.json").read_text())["recipe"]
        for name in names[2:]
    }
    assert [sizes[name]["batch_size"] for name in names[2:]] == [32, 2]
    assert {recipe["epochs"] for recipe in sizes.values()} == {1}
    # As if one had been killed: it is gone on with, and its epochs are found done.
    record = home / "compared" / "compact.seconds"
    record.write_text("100")
    again = run_program("compare.py", *arguments[:7])
    assert again.returncode == 0, again.stderr
    commands = json.loads((home / "compared" / "compact" / "config.json").read_text())["commands"]
    assert "--resume" in commands[-1]
    assert "--max-time=200.0s" in commands[-1]
    assert table_of(again.stdout) == table_of(first.stdout)[:3]
    assert float(record.read_text()) >= 300


def test_a_training_that_fails_ends_the_comparison(home: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    ended = run_program("compare.py", home / "colorize-data", "--train", "1",
                        "--runs", tmp_path, "--recipe", "none-such")  # fmt: skip
    assert ended.returncode == 2
    assert "none-such" in ended.stderr
    assert ended.stdout == ""


def test_without_a_model_there_is_nothing_to_compare(home: Path) -> None:
    ended = run_program("compare.py", home / "colorize-data")
    assert ended.returncode == 1
    assert "--model" in ended.stderr


def test_the_gallery_has_a_row_for_gray_each_model_and_the_truth(
    home: Path, tmp_path: Path
) -> None:
    make_photo(1).convert("L").save(tmp_path / "old.png")
    make_photo(2, 40, 80).save(tmp_path / "tall.png")
    target = tmp_path / "sheet.png"
    ended = run_program("gallery.py", tmp_path / "old.png", tmp_path / "tall.png",
                        "--model", home / "first.safetensors", "--height", "40",
                        "-o", target)  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    sheet = np.asarray(Image.open(target)).astype(int)
    # Two columns, 48 and 20 wide; three rows of 40 under names of 14; gaps of 4.
    assert sheet.shape == (3 * (40 + 14 + 4) - 4, 48 + 4 + 20, 3)
    gray, made, truth = (sheet[top : top + 40] for top in (14, 72, 130))
    assert np.ptp(gray, axis=-1).max() == 0
    assert np.ptp(made, axis=-1).max() > 0
    assert (truth[:, :48] == 255).all()
    original = make_photo(2, 40, 80).resize((20, 40), Image.Resampling.LANCZOS)
    np.testing.assert_array_equal(truth[:, 52:], np.asarray(original))
