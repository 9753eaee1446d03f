"""`colorize eval` as a process: the table, the JSON, the files beside it, the errors."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from PIL import Image

from colorize_cli.commands.eval_report import SCHEMA
from colorize_cli.core.model_file import write_model
from command_line import run_colorize
from photos import make_photo, save_photos
from tiny_models import make_model, write_tiny_model

MAKERS = ["model", "gray", "mean-ab", "truth"]
PERFECT = {
    "ab_error": 0,
    "psnr": 108.130804,
    "psnr_ab": 108.130804,
    "ssim": 1,
    "de2000": 0,
    "de2000_p95": 0,
    "auc": 100,
    "auc_rebalanced": 100,
    "colorfulness_error": 0,
    "colorfulness_gap": 0,
    "frechet_distance": 0,
    "kernel_distance": 0,
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prepare photos of 16 pixels, and write a model of 16 pixels."""
    home = tmp_path_factory.mktemp("eval")
    save_photos(home / "birds" / "finch", range(6))
    save_photos(home / "birds" / "owl", range(6, 12))
    ended = run_colorize(home, "prep", "birds", "--size", "16", "--test-share", "0.5")
    assert ended.returncode == 0, ended.stderr
    write_tiny_model(home / "tiny.safetensors")
    return home


def evaluate(home: Path, *arguments: str) -> tuple[dict[str, Any], str]:
    """Run it to success; return the JSON and what was on stderr."""
    ended = run_colorize(home, "eval", *arguments)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout, parse_constant=pytest.fail), ended.stderr.decode()


@pytest.fixture(scope="module")
def told(home: Path) -> tuple[dict[str, Any], str]:
    return evaluate(
        home, "tiny.safetensors", "colorize-data", "--per-photo", "all.csv", "--precision", "auto"
    )


def test_what_is_printed_is_what_the_schema_says(
    home: Path, told: tuple[dict[str, Any], str]
) -> None:
    printed = run_colorize(home, "eval", "--json-schema")
    assert (printed.returncode, printed.stderr) == (0, b"")
    validator = Draft202012Validator(json.loads(printed.stdout))
    validator.check_schema(validator.schema)
    validator.validate(told[0])
    loose = evaluate(home, "tiny.safetensors", "birds", "--limit", "2")[0]
    assert loose["data"]["kind"] == "photos"
    validator.validate(loose)
    assert {*told[0], *loose} == set(validator.schema["properties"])


@pytest.mark.parametrize(
    "damage",
    [
        {"format_version": 2},
        {"scores": {}},
        {"scores": {"model": {"psnr": {"value": "good"}}}},
        {"better_than_gray_on": {"model": {"psnr": 0.5}}},
        {"data": {"kind": "other"}},
    ],
)
def test_the_schema_refuses_what_is_not_so(
    told: tuple[dict[str, Any], str], damage: dict[str, Any]
) -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    assert not Draft202012Validator(schema).is_valid({**told[0], **damage})


def test_photos_that_a_model_was_trained_on_are_told_of(home: Path) -> None:
    fingerprint = json.loads((home / "colorize-data/dataset.json").read_text())["fingerprint"]
    model = replace(make_model(), training={"data_fingerprint": fingerprint})
    write_model(home / "trained.safetensors", model)
    for side, is_told in (("train", True), ("all", True), ("test", False)):
        _, table = evaluate(home, "trained.safetensors", "colorize-data", "--side", side)
        assert ("was trained on photos of this folder's train side" in table) == is_told
    _, table = evaluate(home, "tiny.safetensors", "colorize-data", "--side", "train")
    assert "was trained on" not in table


def test_features_of_too_few_photos_are_refused_before_any_work(home: Path) -> None:
    points = np.random.default_rng(0).normal(size=(5, 3))
    np.savez(home / "five.npz", model=points, truth=points)
    arguments = ["--features", "five.npz", "--pictures", "judged"]
    ended = run_colorize(home, "eval", "tiny.safetensors", "colorize-data", *arguments)
    assert ended.returncode == 78
    assert b"holds features of 5 photos; 6 are judged" in ended.stderr
    assert not (home / "judged").exists()


def test_the_table_is_on_stderr_with_the_baselines_beside_the_model(
    told: tuple[dict[str, Any], str],
) -> None:
    document, table = told
    lines = table.splitlines()
    assert lines[0] == "tiny on 6 test photos of colorize-data"
    assert lines[1].split() == [*MAKERS, "gain", "over", "gray"]
    errors = [f"{document['scores'][maker]['ab_error']['value']:.2f}" for maker in MAKERS]
    assert lines[2].split()[:6] == ["ab", "error", *errors]
    gain = document["gain_over_gray"]["model"]["ab_error"]
    assert lines[2].endswith(f"{gain['value']:+.2f} ({gain['low']:.2f} to {gain['high']:.2f})")
    assert max(len(line) for line in lines) <= 80


def test_the_json_says_what_was_judged_by_what_and_how(
    told: tuple[dict[str, Any], str],
) -> None:
    document, _ = told
    assert document["format_version"] == 1
    assert document["model"]["name"] == "tiny"
    assert document["model"]["sha256"] == make_model().identity
    assert document["engine"] == {"backend": "onnx", "device": "cpu", "precision": "float32"}
    data = document["data"]
    assert (data["kind"], data["side"], data["size"], data["photos"]) == ("prepared", "test", 16, 6)
    assert document["way"].startswith("network:")
    names = set(document["metrics"])
    assert all(set(document["scores"][maker]) == names for maker in MAKERS)
    assert "Wang et al. 2004" in document["metrics"]["ssim"]["how"]


def test_the_truth_has_perfect_scores(told: tuple[dict[str, Any], str]) -> None:
    truth = told[0]["scores"]["truth"]
    assert {name: truth[name]["value"] for name in PERFECT} == pytest.approx(PERFECT, abs=1e-6)


def test_what_gray_lacks_is_the_whole_chroma_of_the_truth(
    told: tuple[dict[str, Any], str],
) -> None:
    scores = told[0]["scores"]
    assert scores["gray"]["chroma"]["value"] == 0
    assert scores["gray"]["ab_error"] == scores["truth"]["chroma"]


def test_of_constant_colours_the_mean_of_the_training_photos_is_nearest_to_them(
    home: Path,
) -> None:
    evaluate(home, "tiny.safetensors", "colorize-data", "--side", "train", "--per-photo", "t.csv")
    # Least squares: gray is a constant, too.
    gray, mean_ab = (
        np.mean([10 ** (-float(row["psnr_ab"]) / 10) for row in rows_of(home / "t.csv", maker)])
        for maker in ("gray", "mean-ab")
    )
    assert mean_ab < gray


def rows_of(table: Path, maker: str) -> list[dict[str, str]]:
    with table.open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["maker"] == maker]


def test_each_photo_has_its_line_in_the_csv(home: Path, told: tuple[dict[str, Any], str]) -> None:
    document, _ = told
    rows = rows_of(home / "all.csv", "model")
    assert [row["number"] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert {row["photo"].split("/")[0] for row in rows} <= {"finch", "owl"}
    for name in ("ab_error", "psnr", "ssim", "de2000", "colorfulness"):
        mean = np.mean([float(row[name]) for row in rows])
        assert mean == pytest.approx(document["scores"]["model"][name]["value"], rel=1e-4)


def test_a_model_that_gives_gray_reproduces_the_gray_baseline(home: Path) -> None:
    model = make_model()
    silent = {
        name: array if name.endswith("running_var") else np.zeros_like(array)
        for name, array in model.weights.items()
    }
    (home / "run").mkdir()
    write_model(home / "run" / "model.safetensors", replace(model, weights=silent))
    document, table = evaluate(home, "run", "colorize-data")
    assert document["model"]["name"] == "run"
    assert document["scores"]["model"] == document["scores"]["gray"]
    zero = {"value": 0, "low": 0, "high": 0}
    assert all(gain == zero for gain in document["gain_over_gray"]["model"].values())
    assert "Less ab error than gray on 0 of 6 photos." in table


def test_the_same_seed_gives_the_same_bytes(home: Path) -> None:
    arguments = ("eval", "tiny.safetensors", "colorize-data", "--limit", "3", "--only", "owl")
    first, again, other = (
        run_colorize(home, *arguments, "--side", "all", "--seed", seed) for seed in ("1", "1", "2")
    )
    assert first.stdout == again.stdout
    assert first.stdout != other.stdout
    assert json.loads(first.stdout)["data"]["photos"] == 3


def test_a_plain_folder_is_judged_the_whole_way_and_odd_photos_are_told(
    home: Path, tmp_path: Path
) -> None:
    save_photos(tmp_path / "photos", range(2))
    make_photo(2).convert("L").save(tmp_path / "photos" / "gray.png")
    document, table = evaluate(tmp_path, str(home / "tiny.safetensors"), "photos")
    assert document["way"].startswith("pipeline:")
    assert (document["data"]["photos"], document["data"]["skipped"]) == (2, 1)
    assert list(document["scores"]) == ["model", "gray", "truth"]
    assert "'photos/gray.png': skipped: has no colour of its own" in table


def test_prepared_photos_of_another_size_go_the_whole_way(home: Path) -> None:
    ended = run_colorize(home, "prep", "birds", "--size", "32", "-o", "large")
    assert ended.returncode == 0, ended.stderr
    document, _ = evaluate(home, "tiny.safetensors", "large", "--side", "train", "--limit", "2")
    assert document["way"].startswith("pipeline:")
    assert list(document["scores"]) == MAKERS


def test_pictures_can_be_taken_elsewhere_and_their_features_brought_back(home: Path) -> None:
    common = ("tiny.safetensors", "colorize-data")
    plain, _ = evaluate(home, *common, "--pictures", "pictures")
    folders = {path.name: sorted(path.iterdir()) for path in (home / "pictures").iterdir()}
    assert set(folders) == set(MAKERS)
    assert [path.name for path in folders["truth"]] == [f"{n:05}.png" for n in range(1, 7)]
    # One feature, the mean of green: the distance is then (difference of means)^2 + (of sigmas)^2.
    green = {
        name: np.array([[np.asarray(Image.open(path))[..., 1].mean()] for path in paths])
        for name, paths in folders.items()
    }
    np.savez(home / "features.npz", **green)
    document, _ = evaluate(home, *common, "--features", "features.npz")
    one, truth = green["gray"][:, 0], green["truth"][:, 0]
    expected = (one.mean() - truth.mean()) ** 2 + (one.std(ddof=1) - truth.std(ddof=1)) ** 2
    found = document["scores"]["gray"]
    assert found["frechet_distance"]["value"] == pytest.approx(expected, rel=1e-4, abs=1e-6)
    assert document["features"] == "features.npz"
    assert plain["features"] == "color_layout"
    assert found["ab_error"] == plain["scores"]["gray"]["ab_error"]


def test_a_table_that_is_there_is_replaced_only_by_force(home: Path) -> None:
    (home / "mine.csv").write_text("mine")
    arguments = ("eval", "tiny.safetensors", "colorize-data", "--per-photo", "mine.csv")
    refused = run_colorize(home, *arguments)
    assert (refused.returncode, refused.stdout) == (73, b"")
    assert (home / "mine.csv").read_text() == "mine"
    assert run_colorize(home, *arguments, "--force").returncode == 0
    assert (home / "mine.csv").read_text().startswith("number,photo,maker,ab_error")


@pytest.mark.parametrize(
    ("arguments", "status", "reason"),
    [
        (["none", "colorize-data"], 66, b"no such model file"),
        (["tiny.safetensors", "none"], 66, b"no such folder"),
        (["tiny.safetensors", "colorize-data", "--only", "emu"], 66, b"no photos to judge"),
        (["tiny.safetensors", "birds", "--side", "all"], 2, b"no sides"),
        (["tiny.safetensors", "colorize-data", "--limit", "0"], 2, b"--limit"),
        (["tiny.safetensors", "colorize-data", "--side", "left"], 2, b"--side"),
        (["tiny.safetensors", "colorize-data", "--backend", "abacus"], 2, b"abacus"),
        (["tiny.safetensors", "colorize-data", "--device", "cuda:99"], 69, b"cuda:99"),
        (["tiny.safetensors", "colorize-data", "--features", "none.npz"], 66, b"no such file"),
        (["tiny.safetensors", "colorize-data", "--features", "notes.txt"], 78, b"not an npz"),
        (["tiny.safetensors", "colorize-data", "--pictures", "birds"], 73, b"it exists already"),
        (["tiny.safetensors", "colorize-data", "--per-photo", "no/a.csv"], 73, b"no/a.csv"),
        (["notes.txt", "colorize-data"], 78, b"not a whole safetensors file"),
    ],
)
def test_errors_are_one_line_with_their_status(
    home: Path, arguments: list[str], status: int, reason: bytes
) -> None:
    (home / "notes.txt").write_text("neither a model nor features")
    ended = run_colorize(home, "eval", *arguments)
    assert (ended.returncode, ended.stdout) == (status, b"")
    assert reason in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
