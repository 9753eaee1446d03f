import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from colorize_cli.core import color_cast
from colorize_cli.core.color_cast import evenness, neutral_ends, without_cast

SIDE = 40


def grays(lightness: float) -> np.ndarray:
    return np.full((SIDE, SIDE), lightness, np.float32)


def ramp(lowest: float = 0, highest: float = 100) -> np.ndarray:
    row = np.linspace(lowest, highest, SIDE, dtype=np.float32)
    return np.repeat(row[None], SIDE, axis=0)


def one_color(a: float, b: float) -> np.ndarray:
    return np.stack([grays(a), grays(b)])


def sky_over_meadow() -> tuple[np.ndarray, np.ndarray]:
    """A blue upper and a green lower half, each growing paler towards the horizon."""
    depth = np.linspace(1, 0.3, SIDE // 2, dtype=np.float32)[:, None]
    ab = np.zeros((2, SIDE, SIDE), np.float32)
    ab[:, : SIDE // 2] = np.array([-5, -30], np.float32)[:, None, None] * depth
    ab[:, SIDE // 2 :] = np.array([-25, 35], np.float32)[:, None, None] * depth[::-1]
    return ab, ramp(20, 90).T


def meadow_filling_the_frame() -> tuple[np.ndarray, np.ndarray]:
    """One hue whose chroma is that of light on grass: none in the shadow, most at L* 60."""
    lightness = ramp(5, 95)
    share = np.clip(1 - np.abs(lightness - 60) / 40, 0.02, 1)
    return np.stack([-25 * share, 35 * share]).astype(np.float32), lightness


def lengths(ab: np.ndarray) -> np.ndarray:
    return np.hypot(ab[0].astype(np.float64), ab[1].astype(np.float64))


lightnesses = arrays(np.float32, (6, 7), elements=st.floats(0, 100, width=32))
colors = arrays(np.float32, (2, 6, 7), elements=st.floats(-128, 128, width=32))


@pytest.mark.parametrize("lightness", [0, 100])
def test_black_and_white_have_no_colour(lightness: float) -> None:
    assert not neutral_ends(one_color(20, -30), grays(lightness)).any()


def test_colour_halfway_to_black_has_half_its_chroma() -> None:
    # Constants written again: the fade is 8 L* long in the dark and 2 in the light.
    np.testing.assert_allclose(neutral_ends(one_color(20, -30), grays(4)), one_color(10, -15))
    np.testing.assert_allclose(neutral_ends(one_color(20, -30), grays(99)), one_color(10, -15))


def test_chroma_grows_steadily_out_of_black_and_falls_steadily_into_white() -> None:
    along = lengths(neutral_ends(one_color(20, -30), ramp()))[0]
    assert (np.diff(along[: SIDE // 2]) >= 0).all()
    assert (np.diff(along[SIDE // 2 :]) <= 0).all()


@given(ab=colors, lightness=lightnesses)
@settings(deadline=None, max_examples=30)
def test_mid_tones_stay_bit_for_bit(ab: np.ndarray, lightness: np.ndarray) -> None:
    mid_tones = np.clip(lightness, 8, 98)
    np.testing.assert_array_equal(neutral_ends(ab, mid_tones), ab)


@given(ab=colors, lightness=lightnesses)
@settings(deadline=None, max_examples=30)
def test_chroma_never_grows_and_hue_is_kept(ab: np.ndarray, lightness: np.ndarray) -> None:
    for corrected in (neutral_ends(ab, lightness), without_cast(ab, lightness)):
        assert corrected.dtype == np.float32
        assert (lengths(corrected) <= lengths(ab) * (1 + 1e-6)).all()
        cross = ab[0].astype(np.float64) * corrected[1] - ab[1].astype(np.float64) * corrected[0]
        assert (np.abs(cross) <= 1e-5 * lengths(ab) * lengths(corrected) + 1e-30).all()
        inner = (ab.astype(np.float64) * corrected).sum(axis=0)
        assert (inner >= 0).all()


@pytest.mark.parametrize("hue", range(0, 360, 45))
def test_one_colour_over_everything_loses_half_its_chroma(hue: int) -> None:
    a, b = 12 * np.cos(np.radians(hue)), 12 * np.sin(np.radians(hue))
    tint = one_color(float(a), float(b))
    np.testing.assert_allclose(without_cast(tint, ramp()), tint / 2, atol=1e-5)


def test_a_tint_is_recognized_over_the_faint_colours_of_a_picture() -> None:
    ab, lightness = sky_over_meadow()
    tinted = ab * np.float32(0.1) + one_color(20, 5)
    np.testing.assert_allclose(without_cast(tinted, lightness), tinted / 2, rtol=1e-5)


@pytest.mark.parametrize("scene", [sky_over_meadow, meadow_filling_the_frame])
def test_the_colours_of_a_scene_are_left_alone(scene) -> None:
    ab, lightness = scene()
    assert without_cast(ab, lightness) is ab


def test_a_tint_that_spares_a_corner_is_the_pictures_own() -> None:
    ab = one_color(12, 9)
    ab[:, :5, :5] = 0  # 25 of 1,600 pixels: more than a hundredth
    assert without_cast(ab, grays(50)) is ab


def test_what_lies_in_black_and_white_does_not_count() -> None:
    ab, lightness = one_color(12, 9), grays(50)
    lightness[:, :10], lightness[:, -10:] = 3, 99
    ab[:, :, :10] = ab[:, :, -10:] = 0
    np.testing.assert_allclose(without_cast(ab, lightness), ab / 2)


@pytest.mark.parametrize(
    ("share", "left"), [(0.4, 1), (0.45, 1), (0.5, 0.921875), (0.55, 0.75), (0.65, 0.5), (0.7, 0.5)]
)
def test_the_evener_the_colour_the_more_it_is_reduced(share: float, left: float) -> None:
    ab = one_color(10, 0)
    # 32 of 1,600 pixels have the share of the mean, which they lower themselves.
    ab[0, 0, :32] = share * 9.8 / (1 - 0.02 * share)
    assert without_cast(ab, grays(50))[0, 20, 20] == pytest.approx(10 * left, abs=1e-4)


def test_the_reduction_sets_in_without_a_jump() -> None:
    """Fading the colour of a fiftieth of the pixels from that of all to none leads there."""
    left = []
    for share in np.linspace(1, 0, 101):
        ab = one_color(15, 0)
        ab[:, 0, :32] *= np.float32(share)
        left.append(float(without_cast(ab, grays(50))[0, -1, -1]))
    steps = np.diff(left)
    assert left[0] == pytest.approx(7.5)
    assert left[-1] == 15
    assert (steps >= 0).all()
    assert steps.max() < 0.7


@given(ab=colors, lightness=lightnesses)
@settings(deadline=None, max_examples=30)
def test_evenness_is_that_of_the_formula(ab: np.ndarray, lightness: np.ndarray) -> None:
    lightness = np.clip(lightness, 11, 97)
    colors = (ab[0] + 1j * ab[1].astype(np.float64)).ravel()
    mean, chroma = colors.mean(), np.abs(colors).mean()
    if abs(mean) < 1e-3:
        return
    along = np.sort((colors * np.conj(mean / abs(mean))).real)
    place = 0.01 * (len(along) - 1)
    least = along[0] + place * (along[1] - along[0])
    assert evenness(ab, lightness) == pytest.approx(least / chroma, rel=1e-3, abs=1e-3)


@pytest.mark.parametrize("lightness", [0, 50, 100])
def test_a_gray_picture_stays_gray(lightness: float) -> None:
    gray = one_color(0, 0)
    assert not without_cast(gray, grays(lightness)).any()
    assert evenness(gray, grays(lightness)) == 0


def test_a_picture_of_one_pixel_is_taken() -> None:
    pixel, lightness = np.array([[[12.0]], [[9.0]]], np.float32), np.array([[50.0]], np.float32)
    assert lengths(without_cast(pixel, lightness)) == pytest.approx(7.5)
    assert lengths(neutral_ends(pixel, lightness)) == 15


def test_corrections_leave_what_they_are_given_as_it_was() -> None:
    ab, lightness = one_color(12, 9), ramp()
    neutral_ends(ab, lightness)
    without_cast(ab, lightness)
    np.testing.assert_array_equal(ab, one_color(12, 9))
    np.testing.assert_array_equal(lightness, ramp())


@given(
    values=arrays(np.float64, st.integers(1, 60), elements=st.floats(-1e3, 1e3)),
    share=st.floats(0, 1),
)
@settings(deadline=None, max_examples=50)
def test_the_quantile_is_numpys_bit_for_bit(values, share):
    assert color_cast._quantile(values, share) == np.quantile(values, share)
