import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.metrics import structural_similarity

from colorize_cli.core import structural_similarity as module
from colorize_cli.core.structural_similarity import structural_similarities


def noise(seed: int, height: int, width: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def of_scikit_image(picture: np.ndarray, truth: np.ndarray) -> float:
    return structural_similarity(
        picture,
        truth,
        channel_axis=-1,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=255,
    )


@settings(deadline=None, max_examples=15)
@given(
    seed=st.integers(0, 99), height=st.integers(11, 24), width=st.integers(11, 24),
    share=st.floats(0, 1),
)  # fmt: skip
def test_it_agrees_with_scikit_image(seed: int, height: int, width: int, share: float) -> None:
    truth = noise(seed, height, width)
    mixed = share * truth + (1 - share) * noise(seed + 1, height, width)
    picture = np.round(mixed).astype(np.uint8)
    (likeness,) = structural_similarities([picture], truth)
    assert likeness == pytest.approx(of_scikit_image(picture, truth), abs=1e-6)


def test_equal_pictures_have_a_likeness_of_one() -> None:
    truth = noise(3, 16, 12)
    assert structural_similarities([truth, truth], truth) == pytest.approx([1, 1], abs=1e-12)


def test_flat_pictures_are_as_the_formula_says() -> None:
    # No variance: only the first factor is left, (2 x y + C1) / (x^2 + y^2 + C1), C1 = 2.55^2.
    flat, other = (np.full((11, 11, 3), value, np.uint8) for value in (100, 50))
    expected = (2 * 100 * 50 + 6.5025) / (100**2 + 50**2 + 6.5025)
    assert structural_similarities([flat], other) == pytest.approx([expected])


def test_lost_colour_is_seen_though_lightness_is_kept() -> None:
    truth = noise(4, 20, 20)
    gray = np.repeat(truth.mean(axis=-1, keepdims=True).astype(np.uint8), 3, axis=-1)
    (likeness,) = structural_similarities([gray], truth)
    assert likeness < 0.9


def test_strips_do_not_change_it(monkeypatch: pytest.MonkeyPatch) -> None:
    truth, picture = noise(5, 40, 15), noise(6, 40, 15)
    whole = structural_similarities([picture], truth)
    monkeypatch.setattr(module, "STRIP_PIXELS", 20)
    assert structural_similarities([picture], truth) == pytest.approx(whole, abs=1e-12)
