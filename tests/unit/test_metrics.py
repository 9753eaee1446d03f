import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.metrics import peak_signal_noise_ratio

from colorize_cli.core.lab import lab_from_srgb8
from colorize_cli.core.metrics import (
    Scores,
    colorfulness,
    colorfulness_of_absolutes,
    mean_scores,
    psnr,
    psnr_of_ab,
    score,
)

PHOTOS = np.random.default_rng(1).integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)


def test_the_truth_scores_perfectly() -> None:
    lab = lab_from_srgb8(PHOTOS)
    scores = score(lab[..., 1:], lab)
    assert scores.ab_error == 0
    assert scores.psnr == pytest.approx(10 * np.log10(255**2 / 1e-6))


def test_the_ab_error_is_the_mean_distance_in_the_plane() -> None:
    lab = lab_from_srgb8(PHOTOS)
    shifted = lab[..., 1:] + np.array([3, 4], np.float32)
    assert score(shifted, lab).ab_error == pytest.approx(5, abs=1e-4)


def test_the_chroma_of_gray_is_nothing() -> None:
    lab = lab_from_srgb8(PHOTOS)
    scores = score(np.zeros_like(lab[..., 1:]), lab)
    assert scores.chroma == 0
    assert scores.colorfulness == pytest.approx(0, abs=1e-9)
    assert scores.ab_error == pytest.approx(np.linalg.norm(lab[..., 1:], axis=-1).mean(), rel=1e-5)


def test_psnr_agrees_with_scikit_image() -> None:
    one, other = PHOTOS[0], PHOTOS[1]
    expected = peak_signal_noise_ratio(one, other, data_range=255)
    assert psnr(one.astype(np.float32), other.astype(np.float32)) == pytest.approx(expected)


def test_colorfulness_of_two_halves_is_as_worked_by_hand() -> None:
    # Half red, half green: rg is +255 and -255 (mean 0, deviation 255); yb is 127.5 everywhere.
    picture = np.zeros((2, 2, 3), np.float32)
    picture[0, :, 0] = 255
    picture[1, :, 1] = 255
    assert colorfulness(picture) == pytest.approx(255 + 0.3 * 127.5)


def test_colorfulness_keeps_the_sign_of_the_opponents() -> None:
    # With absolute values, as many scripts have it, the spread of rg would vanish.
    picture = np.zeros((2, 1, 3), np.float32)
    picture[0, 0], picture[1, 0] = (100, 0, 50), (0, 100, 50)
    assert colorfulness(picture) == pytest.approx(100)


def test_the_variant_of_programs_takes_absolute_opponents() -> None:
    # rg is 100 and -100: as absolutes without spread, so that only the mean is left; yb is 0.
    picture = np.zeros((2, 1, 3), np.float32)
    picture[0, 0], picture[1, 0] = (100, 0, 50), (0, 100, 50)
    assert colorfulness_of_absolutes(picture) == pytest.approx(0.3 * 100)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 999))
def test_both_colourfulnesses_agree_where_no_opponent_changes_its_sign(seed: int) -> None:
    red = np.random.default_rng(seed).integers(100, 256, (6, 6, 3), dtype=np.uint8) // [1, 4, 8]
    assert (red[..., 0] > red[..., 1]).all()
    codes = red.astype(np.uint8)
    assert colorfulness_of_absolutes(codes) == pytest.approx(colorfulness(codes))


def test_psnr_of_ab_has_a_peak_of_255_units_over_both_planes() -> None:
    true_ab = np.zeros((4, 4, 2), np.float32)
    wrong = true_ab + np.array([6, 8], np.float32)
    # scikit-image's, of the two planes as one picture.
    expected = peak_signal_noise_ratio(true_ab, wrong, data_range=255)
    assert psnr_of_ab(wrong, true_ab) == pytest.approx(expected)


@settings(deadline=None, max_examples=20)
@given(cuts=st.integers(1, 2))
def test_scores_of_parts_join_to_the_scores_of_the_whole(cuts: int) -> None:
    lab = lab_from_srgb8(PHOTOS)
    ab = lab[..., 1:] * np.float32(0.5)
    parts = [(len(lab[s]), score(ab[s], lab[s])) for s in (slice(None, cuts), slice(cuts, None))]
    joined, whole = mean_scores(parts), score(ab, lab)
    for name, value in whole.as_dict().items():
        assert joined.as_dict()[name] == pytest.approx(value, rel=1e-3)
    assert isinstance(joined, Scores)
