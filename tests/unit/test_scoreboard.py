import re
from pathlib import Path

import numpy as np
import pytest

from colorize_cli.core.lab import lab_from_srgb8
from colorize_cli.core.photo_scores import JudgedPhoto, RenderedPhoto, joined, judge, shown
from colorize_cli.core.scoreboard import (
    GRAY,
    METRICS,
    MODEL,
    TRUTH,
    Scoreboard,
    build_scoreboard,
    photo_values,
)

PERFECT = {
    "ab_error": 0,
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


def judged_photos(count: int = 6, share: float = 0.5) -> list[JudgedPhoto]:
    """Judge a model that finds a share of all chroma."""
    random = np.random.default_rng(0)
    photos = []
    for number in range(count):
        codes = random.integers(0, 256, (12, 12 + number, 3), dtype=np.uint8)
        lab = lab_from_srgb8(codes)
        made = {
            MODEL: joined(lab[..., 0], lab[..., 1:] * np.float32(share)),
            GRAY: joined(lab[..., 0], lab[..., 1:] * np.float32(0)),
            TRUTH: shown(codes),
        }
        rendered = RenderedPhoto(label=str(number), truth=shown(codes), renderings=made)
        photos.append(judge(rendered))
    return photos


def value(board: Scoreboard, maker: str, metric: str) -> float:
    return board.scores[maker][metric].value


def test_the_truth_has_perfect_scores_and_no_uncertainty() -> None:
    board = build_scoreboard(judged_photos())
    for metric, expected in PERFECT.items():
        found = board.scores[TRUTH][metric]
        assert found.value == pytest.approx(expected, abs=1e-6), metric
        if found.low is not None:
            assert (found.low, found.high) == pytest.approx((expected, expected), abs=1e-6)


def test_a_model_that_gives_gray_scores_as_gray_does() -> None:
    board = build_scoreboard(judged_photos(share=0))
    assert board.scores[MODEL] == board.scores[GRAY]
    assert all(gain.value == 0 for gain in board.gains[MODEL].values())
    assert set(board.nearer[MODEL].values()) == {0}


def test_every_metric_has_a_value_for_every_maker() -> None:
    board = build_scoreboard(judged_photos())
    names = {metric.name for metric in METRICS}
    assert all(set(entries) == names for entries in board.scores.values())
    values = [found.value for entries in board.scores.values() for found in entries.values()]
    assert np.isfinite(values).all()


def test_means_count_every_photo_the_same() -> None:
    judged = judged_photos()
    board = build_scoreboard(judged)
    errors = [photo.scores[MODEL].values["ab_error"] for photo in judged]
    assert value(board, MODEL, "ab_error") == pytest.approx(sum(errors) / len(errors))
    found = board.scores[MODEL]["ab_error"]
    assert min(errors) < found.low < found.value < found.high < max(errors)


def test_gains_are_positive_where_the_model_is_better() -> None:
    board = build_scoreboard(judged_photos())
    # Half the chroma is half the error at every pixel, and higher PSNR; each photo gains.
    gain = board.gains[MODEL]["ab_error"]
    assert gain.value == pytest.approx(value(board, GRAY, "ab_error") / 2, rel=1e-5)
    assert board.gains[MODEL]["psnr"].low > 0
    assert board.nearer[MODEL]["ab_error"] == board.photos == 6


def test_gains_are_paired() -> None:
    # The error differs much from photo to photo, the share that is gained does not.
    board = build_scoreboard(judged_photos())
    gain, gray = board.gains[MODEL]["ab_error"], board.scores[GRAY]["ab_error"]
    assert gain.high - gain.low == pytest.approx((gray.high - gray.low) / 2, rel=1e-4)


def test_the_gap_of_colourfulness_is_that_of_the_means() -> None:
    board = build_scoreboard(judged_photos())
    means = [value(board, maker, "colorfulness") for maker in (MODEL, TRUTH)]
    assert value(board, MODEL, "colorfulness_gap") == pytest.approx(means[1] - means[0])
    assert value(board, GRAY, "colorfulness_gap") == pytest.approx(means[1])


def test_rebalanced_closeness_lifts_rare_colours() -> None:
    judged = judged_photos(share=0)
    rebalanced = value(build_scoreboard(judged), GRAY, "auc_rebalanced")
    # Gray is nearest to what is common, so it loses most where colours count by their rarity.
    assert rebalanced < value(build_scoreboard(judged), GRAY, "auc")


def test_one_photo_has_scores_but_no_distances() -> None:
    board = build_scoreboard(judged_photos(count=1))
    assert "frechet_distance" not in board.scores[MODEL]
    found = board.scores[MODEL]["auc_rebalanced"]
    assert found.low == pytest.approx(found.value) == found.high


def test_given_features_take_the_place_of_the_bundled_ones() -> None:
    truth = np.array([[0.0], [2], [4], [6], [8], [10]])
    board = build_scoreboard(judged_photos(), features={MODEL: truth + 3, TRUTH: truth})
    assert value(board, MODEL, "frechet_distance") == pytest.approx(9)
    assert "frechet_distance" not in board.scores[GRAY]


def test_values_of_photos_are_there_for_every_photo_metric() -> None:
    judged = judged_photos()
    board, values = build_scoreboard(judged), photo_values(judged)
    assert values[MODEL]["psnr"].mean() == pytest.approx(value(board, MODEL, "psnr"))
    assert values[TRUTH]["auc_rebalanced"] == pytest.approx(np.full(6, 100))


def test_the_page_on_evaluation_explains_every_metric_by_its_names() -> None:
    page = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text("utf-8")
    rows = re.findall(r"^\| (.+) \| `(\w+)` \| .+ \| (.+) \|$", page, re.MULTILINE)
    found = [(title.replace("\\|", "|"), name, better) for title, name, better in rows]
    assert found == [(m.title, m.name, m.better or "the truth's") for m in METRICS]
