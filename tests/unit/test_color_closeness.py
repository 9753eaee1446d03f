import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colorize_cli.core.color_closeness import (
    BINS,
    by_class,
    class_weights,
    closeness,
    color_classes,
)


def random_ab(seed: int, count: int = 200) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-100, 90, (count, 2)).astype(np.float32)


def area_by_thresholds(distances: np.ndarray, steps: int = 15000) -> float:
    """Sum up the share of pixels within each threshold, as the paper describes it."""
    thresholds = np.linspace(0, 150, steps + 1)
    shares = np.searchsorted(np.sort(distances), thresholds, side="right") / len(distances)
    return float(np.trapezoid(shares, thresholds) / 150)


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 99))
def test_its_mean_is_the_area_under_the_cumulative_shares(seed: int) -> None:
    ab, true_ab = random_ab(seed), random_ab(seed + 100)
    distances = np.linalg.norm(ab.astype(np.float64) - true_ab, axis=-1)
    expected = area_by_thresholds(distances)
    assert closeness(ab, true_ab).mean() == pytest.approx(expected, abs=1e-4)


def test_it_falls_from_the_truth_to_a_distance_of_150() -> None:
    true_ab = np.zeros((4, 2), np.float32)
    ab = np.array([[0, 0], [30, 40], [90, -120], [300, 0]], np.float32)
    assert closeness(ab, true_ab) == pytest.approx([1, 2 / 3, 0, 0])


def test_classes_are_the_nearest_points_of_a_grid_of_ten() -> None:
    ab = np.array([[0, 0], [4.9, -4.9], [5.1, 0], [-110, 110], [0, 14]], np.float32)
    classes = color_classes(ab)
    centre = BINS * (BINS // 2) + BINS // 2
    assert list(classes) == [centre, centre, centre + BINS, BINS - 1, centre + 1]


def test_sums_by_class_are_shares_of_all_pixels() -> None:
    classes = np.array([3, 3, 5, 3])
    assert by_class(classes)[[3, 5, 4]] == pytest.approx([0.75, 0.25, 0])
    sums = by_class(classes, np.array([1, 0, 1, 0.5]))
    assert sums[[3, 5]] == pytest.approx([1.5 / 4, 1 / 4])


def test_far_classes_weigh_by_the_inverse_of_their_share() -> None:
    # Too far apart to be smoothed into each other: each class then counts the same as a whole.
    shares = np.zeros((2, BINS**2))
    neutral, far = color_classes(np.array([[0, 0], [80, 60]], np.float32))
    shares[:, neutral], shares[:, far] = (0.9, 0.8), (0.1, 0.2)
    weights = class_weights(shares)
    assert weights[neutral] * 0.85 == pytest.approx(0.5)
    assert weights[far] * 0.15 == pytest.approx(0.5)
    assert np.count_nonzero(weights) == 2


def test_weights_are_the_inverse_of_the_smoothed_probability_with_mean_one() -> None:
    ab = random_ab(1, 3000) * np.float32(0.3)
    classes = color_classes(ab)
    shares = by_class(classes)[None].astype(np.float64)
    weights = class_weights(shares)
    # Written another way: every occupied point of the plane gives to every other.
    points = np.unique(classes)
    places = np.stack([points // BINS, points % BINS], axis=1) * 10.0
    squares = np.square(places[:, None] - places).sum(axis=-1)
    smooth = (np.exp(-squares / (2 * 5**2)) * shares[0, points]).sum(axis=1)
    expected = 1 / smooth
    expected /= (expected * shares[0, points]).sum()
    assert weights[points] == pytest.approx(expected, rel=1e-6)
    assert weights[classes].mean() == pytest.approx(1, rel=1e-6)
