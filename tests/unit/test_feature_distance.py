import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm

from colorize_cli.core import feature_distance
from colorize_cli.core.feature_distance import color_layout, frechet_distance, kernel_distance


def points(seed: int, count: int = 30, size: int = 5) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.normal(size=(count, size)) @ random.normal(size=(size, size)) + random.normal()


def test_the_frechet_distance_agrees_with_the_formula_by_another_root() -> None:
    one, other = points(1), points(2, count=40)
    spreads = np.cov(one.T), np.cov(other.T)
    root = sqrtm(spreads[0] @ spreads[1]).real
    expected = np.square(one.mean(0) - other.mean(0)).sum() + np.trace(sum(spreads) - 2 * root)
    assert frechet_distance(one, other) == pytest.approx(expected, rel=1e-9)


def test_the_frechet_distance_on_a_line_is_as_worked_by_hand() -> None:
    # Means 1 and 5; deviations (of n - 1) sqrt 2 and 3 sqrt 2: 4^2 + (2 sqrt 2)^2.
    one, other = np.array([[0.0], [2.0]]), np.array([[2.0], [8.0]])
    assert frechet_distance(one, other) == pytest.approx(16 + 8)


def test_the_frechet_distance_bears_fewer_pictures_than_features() -> None:
    one, other = points(3, count=3, size=8), points(4, count=3, size=8)
    assert np.isfinite(frechet_distance(one, other))
    assert frechet_distance(one, one) == pytest.approx(0, abs=1e-6)


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 999), count=st.integers(2, 7))
def test_the_kernel_distance_agrees_with_a_sum_over_pairs(seed: int, count: int) -> None:
    one, other = points(seed, count, 3), points(seed + 1, count, 3)

    def kernel(x: np.ndarray, y: np.ndarray) -> float:
        return float((np.dot(x, y) / 3 + 1) ** 3)

    total = sum(
        kernel(one[i], one[j]) + kernel(other[i], other[j])
        - kernel(one[i], other[j]) - kernel(one[j], other[i])
        for i in range(count) for j in range(count) if i != j
    )  # fmt: skip
    expected = total / (count * (count - 1))
    assert kernel_distance(one, other) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 999))
def test_no_set_is_apart_from_itself(seed: int) -> None:
    set_of_points = points(seed)
    assert frechet_distance(set_of_points, set_of_points) == pytest.approx(0, abs=1e-9)
    assert kernel_distance(set_of_points, set_of_points) == pytest.approx(0, abs=1e-6)


def test_kernels_are_summed_the_same_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = points(5), points(6)
    whole = kernel_distance(one, other)
    monkeypatch.setattr(feature_distance, "CHUNK", 7)
    assert kernel_distance(one, other) == pytest.approx(whole)


def test_the_layout_of_colour_is_mean_and_deviation_of_nine_cells() -> None:
    # a is 20 in the upper left cell; b is 40 and -40 in turns, all over.
    ab = np.zeros((6, 6, 2), np.float32)
    ab[:2, :2, 0] = 20
    ab[:, ::2, 1], ab[:, 1::2, 1] = 40, -40
    features = color_layout(ab).reshape(9, 2, 2)
    assert features[0] == pytest.approx(np.array([[1, 0], [0, 2]]))
    assert features[1:] == pytest.approx(np.broadcast_to([[0, 0], [0, 2]], (8, 2, 2)))


@pytest.mark.parametrize("shape", [(11, 13, 2), (16, 300, 2)])
def test_gray_has_no_layout_of_colour(shape: tuple[int, ...]) -> None:
    assert (color_layout(np.zeros(shape, np.float32)) == np.zeros(36)).all()
