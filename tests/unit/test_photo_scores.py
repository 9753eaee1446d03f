import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import deltaE_ciede2000
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from colorize_cli.core.lab import lab_from_srgb8
from colorize_cli.core.photo_scores import (
    PHOTO_METRICS,
    PhotoScores,
    RenderedPhoto,
    joined,
    judge,
    shown,
)


def photo(seed: int, height: int = 13, width: int = 17) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def judged(codes: np.ndarray, truth: np.ndarray) -> PhotoScores:
    rendered = RenderedPhoto(label="a", truth=shown(truth), renderings={"one": shown(codes)})
    return judge(rendered).scores["one"]


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 999))
def test_a_picture_is_scored_as_scikit_image_scores_it(seed: int) -> None:
    codes, truth = photo(seed), photo(seed + 1)
    values = judged(codes, truth).values
    assert values["psnr"] == pytest.approx(peak_signal_noise_ratio(truth, codes), abs=1e-6)
    expected = structural_similarity(
        truth, codes, channel_axis=-1, gaussian_weights=True, sigma=1.5,
        use_sample_covariance=False, data_range=255,
    )  # fmt: skip
    assert values["ssim"] == pytest.approx(expected, abs=1e-6)
    labs = (lab_from_srgb8(picture).astype(np.float64) for picture in (codes, truth))
    differences = deltaE_ciede2000(*labs)
    assert values["de2000"] == pytest.approx(differences.mean(), abs=1e-6)
    assert values["de2000_p95"] == pytest.approx(np.percentile(differences, 95), abs=1e-6)


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 999))
def test_the_truth_is_perfect(seed: int) -> None:
    values = judged(photo(seed), photo(seed)).values
    for name in ("ab_error", "de2000", "de2000_p95", "colorfulness_error"):
        assert values[name] == 0
    assert (values["ssim"], values["auc"]) == (pytest.approx(1, abs=1e-12), 100)
    # The cap of an error of 1e-6 code values squared: finite, so that means and JSON are.
    cap = 10 * np.log10(255**2 / 1e-6)
    assert values["psnr"] == values["psnr_ab"] == pytest.approx(cap)


def test_a_shift_of_all_ab_is_measured_in_the_plane() -> None:
    truth = shown(photo(1))
    moved = joined(lab_from_srgb8(truth.codes)[..., 0], truth.ab + np.array([3, 4], np.float32))
    rendered = RenderedPhoto(label="", truth=truth, renderings={"one": moved})
    values = judge(rendered).scores["one"].values
    assert values["ab_error"] == pytest.approx(5, rel=1e-5)
    assert values["auc"] == pytest.approx(100 * (1 - 5 / 150), rel=1e-6)
    # Mean square over both planes: (9 + 16) / 2.
    assert values["psnr_ab"] == pytest.approx(10 * np.log10(255**2 / 12.5), rel=1e-5)


def test_no_ab_is_gray_at_the_lightness_of_the_photo() -> None:
    lab = lab_from_srgb8(photo(2))
    gray = joined(lab[..., 0], np.zeros_like(lab[..., 1:]))
    assert (np.ptp(gray.codes, axis=-1) == 0).all()
    assert lab_from_srgb8(gray.codes)[..., 0] == pytest.approx(lab[..., 0], abs=0.6)


def test_a_photo_joined_again_from_its_own_ab_is_the_photo() -> None:
    codes = photo(3)
    lab = lab_from_srgb8(codes)
    assert (joined(lab[..., 0], lab[..., 1:]).codes == codes).all()


def test_the_names_of_metrics_are_those_of_the_values() -> None:
    names = {metric.name for metric in PHOTO_METRICS}
    assert names - set(judged(photo(4), photo(5)).values) == {"auc_rebalanced"}
    assert len(names) == len(PHOTO_METRICS)


def test_shares_of_classes_and_of_closeness_belong_together() -> None:
    truth, codes = photo(6), photo(7)
    rendered = RenderedPhoto(
        label="", truth=shown(truth), renderings={"one": shown(codes), "truth": shown(truth)}
    )
    result = judge(rendered)
    assert result.classes.sum() == pytest.approx(1)
    assert result.scores["truth"].closeness == pytest.approx(result.classes)
    near = result.scores["one"]
    assert 100 * near.closeness.sum() == pytest.approx(near.values["auc"], rel=1e-5)
