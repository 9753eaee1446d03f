import numpy as np
import pytest

from colorize_cli.core import confidence
from colorize_cli.core.confidence import estimate, resampled_ratios


def test_intervals_of_means_are_those_of_the_normal_law() -> None:
    values = np.random.default_rng(0).normal(3, 2, (400, 1))
    found = estimate(values.mean(), resampled_ratios(values, np.ones((400, 1)))[:, 0])
    half = 1.96 * values.std() / np.sqrt(400)
    assert found.value == values.mean()
    assert found.low == pytest.approx(values.mean() - half, abs=0.15 * half)
    assert found.high == pytest.approx(values.mean() + half, abs=0.15 * half)


def test_columns_see_the_same_photos() -> None:
    values = np.random.default_rng(1).normal(size=(20, 1)) * [1, 1] + [0, 5]
    resampled = resampled_ratios(values, np.ones((20, 2)))
    assert resampled[:, 1] - resampled[:, 0] == pytest.approx(5)
    assert resampled[:, 0].std() > 0


def test_ratios_weigh_photos_by_their_denominators() -> None:
    # Two photos: drawn are (first, first), one of each, or (second, second).
    tops, bottoms = np.array([[1.0], [6.0]]), np.array([[1.0], [3.0]])
    resampled = resampled_ratios(tops, bottoms)[:, 0]
    assert set(np.round(resampled, 9)) == {1, 7 / 4, 2}


def test_the_seed_decides_the_resamples() -> None:
    values, ones = np.random.default_rng(2).normal(size=(9, 1)), np.ones((9, 1))
    first = resampled_ratios(values, ones, seed=1, resamples=50)
    assert (first == resampled_ratios(values, ones, seed=1, resamples=50)).all()
    assert (first != resampled_ratios(values, ones, seed=2, resamples=50)).any()


@pytest.mark.parametrize("resamples", [3, 4, 7])
def test_as_many_are_drawn_as_asked(monkeypatch: pytest.MonkeyPatch, resamples: int) -> None:
    monkeypatch.setattr(confidence, "BLOCK", 3)
    ones = np.ones((5, 2))
    assert resampled_ratios(ones, ones, resamples=resamples).shape == (resamples, 2)


def test_one_photo_leaves_nothing_to_be_unsure_of() -> None:
    found = estimate(4.0, resampled_ratios(np.array([[4.0]]), np.ones((1, 1)))[:, 0])
    assert (found.value, found.low, found.high) == (4, 4, 4)
