import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from skimage.color import lab2rgb, rgb2lab

from colorize_cli.core.architecture import GeneratorSpec
from colorize_cli.core.errors import NoInputError, NotAnImageError
from colorize_cli.core.palette import (
    NEUTRAL,
    Palette,
    distribution,
    read_palette,
    with_palette,
)
from colorize_cli.core.picture import Picture
from colorize_cli.core.pipeline import colorize
from pictures import SmoothColorizer, gray_picture, lightness_error, saved

SPEC = GeneratorSpec(output="ab", base_width=2, size=16)
SIDE = 48


def smooth_ab(strength: float = 20) -> np.ndarray:
    """Return colours of all hues `(2, SIDE, SIDE)` that change slowly."""
    rows, columns = np.mgrid[:SIDE, :SIDE] / 7
    return (strength * np.stack([np.sin(rows + columns), np.cos(rows * 2)])).astype(np.float32)


def mid_tones() -> np.ndarray:
    """Return L* `(SIDE, SIDE)` at which sRGB holds such colours."""
    return np.tile(np.linspace(45, 75, SIDE, dtype=np.float32), (SIDE, 1))


def photo_of(lightness: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """Return sRGB codes of a lightness and a chroma, by scikit-image."""
    lab = np.concatenate([lightness[..., None], np.moveaxis(ab, 0, -1)], axis=-1)
    return np.rint(lab2rgb(lab) * 255).astype(np.uint8)


@pytest.fixture
def read(tmp_path):
    """Read a palette from codes."""

    def read_codes(codes: np.ndarray) -> Palette:
        path = tmp_path / "reference.png"
        path.write_bytes(saved(Image.fromarray(codes)))
        return read_palette(path)

    return read_codes


def test_the_palette_of_the_picture_itself_changes_next_to_nothing(read):
    ab, lightness = smooth_ab(), mid_tones()
    result = with_palette(ab, lightness, read(photo_of(lightness, ab)))
    assert np.abs(result - ab).mean() < 0.2
    assert np.abs(result - ab).max() < 0.6


def test_a_blue_palette_makes_all_colours_blue(read):
    reference = photo_of(mid_tones(), smooth_ab(2) + np.array([5, -30], np.float32)[:, None, None])
    ab = smooth_ab()
    result = with_palette(ab, mid_tones(), read(reference))
    is_colored = np.hypot(*ab) > 10
    assert (result[1][is_colored] < -18).all()
    np.testing.assert_allclose(result[:, is_colored].mean(axis=1), [5, -29], atol=2)


def test_mean_and_spread_of_the_colours_become_those_of_the_reference(read):
    # Twice as far in b as in a, about another mean; strong enough that all counts as colour.
    wanted = smooth_ab() * np.array([0.4, 0.8])[:, None, None] + np.array([12, 25])[:, None, None]
    present = smooth_ab() * np.array([0.8, 0.5])[:, None, None] - np.array([25, 25])[:, None, None]
    lightness = np.full((SIDE, SIDE), 62, np.float32)
    reference = read(photo_of(lightness, wanted))
    result = with_palette(present.astype(np.float32), lightness, reference)
    np.testing.assert_allclose(result.mean(axis=(1, 2)), [12, 25], atol=0.8)
    np.testing.assert_allclose(result.std(axis=(1, 2)), wanted.std(axis=(1, 2)), rtol=0.08)


def test_a_pale_prediction_is_stretched_three_times_at_most(read):
    ab = smooth_ab(3) + np.array([12, 12], np.float32)[:, None, None]
    lightness = np.full((SIDE, SIDE), 62, np.float32)
    result = with_palette(ab, lightness, read(photo_of(lightness, smooth_ab(32))))
    assert (np.ptp(result, axis=(1, 2)) > 1.5 * np.ptp(ab, axis=(1, 2))).all()
    assert (np.ptp(result, axis=(1, 2)) < 3.1 * np.ptp(ab, axis=(1, 2))).all()


def test_dark_and_light_take_the_colours_of_dark_and_light(read):
    lightness = np.full((SIDE, SIDE), 30, np.float32)
    lightness[:, SIDE // 2 :] = 75
    blue, orange = np.array([5, -30]), np.array([15, 35])
    wanted = np.where(lightness < 50, blue[:, None, None], orange[:, None, None])
    result = with_palette(smooth_ab(), lightness, read(photo_of(lightness, wanted)))
    is_colored = np.hypot(*smooth_ab()) > 12
    assert (result[1][is_colored & (lightness < 50)] < -10).all()
    assert (result[1][is_colored & (lightness > 50)] > 15).all()


def test_what_is_neutral_stays_so(read):
    ab = smooth_ab()
    ab[:, 10:20, 10:20] = 0
    result = with_palette(ab, mid_tones(), read(photo_of(mid_tones(), smooth_ab() + 20)))
    assert (result[:, 10:20, 10:20] == 0).all()
    nothing = np.zeros_like(ab)
    np.testing.assert_array_equal(
        with_palette(nothing, mid_tones(), read(photo_of(mid_tones(), smooth_ab()))), nothing
    )


@settings(deadline=None, max_examples=30)
@given(
    mean=st.tuples(st.floats(-30, 30), st.floats(-30, 30)),
    spread=st.floats(0.1, 3),
    seed=st.integers(0, 2**32),
)
def test_like_colours_stay_alike_and_keep_their_order(mean, spread, seed):
    ab, lightness = smooth_ab(), np.full((SIDE, SIDE), 55, np.float32)
    wanted = smooth_ab(20 * spread) + np.array(mean, np.float32)[:, None, None]
    palette = Palette(colors=distribution(wanted, lightness, NEUTRAL))
    result = with_palette(ab, lightness, palette)
    first, second = np.random.default_rng(seed).integers(0, SIDE**2, (2, 300))
    flat, moved = ab.reshape(2, -1), result.reshape(2, -1)
    is_colored = (np.hypot(*flat) > 16)[first] & (np.hypot(*flat) > 16)[second]
    before = (flat[:, first] - flat[:, second])[:, is_colored]
    after = (moved[:, first] - moved[:, second])[:, is_colored]
    # No step: at most the greatest stretch, and what fading to neutral adds.
    assert (np.hypot(*after) <= 3.1 * np.hypot(*before) + 4).all()
    # No two colours change places: neither turns round the other by a right angle.
    apart = np.hypot(*before) > 12
    assert ((before * after).sum(axis=0)[apart] > -20).all()


def test_the_result_is_the_same_every_time_and_does_not_depend_on_where_things_are(read):
    palette = read(photo_of(mid_tones(), smooth_ab() + 10))
    ab, lightness = smooth_ab(), mid_tones()
    result = with_palette(ab, lightness, palette)
    np.testing.assert_array_equal(result, with_palette(ab, lightness, palette))
    mirrored = with_palette(ab[..., ::-1], lightness[..., ::-1], palette)
    np.testing.assert_allclose(mirrored[..., ::-1], result, atol=1e-4)


def test_a_coloured_picture_keeps_its_lightness_in_the_colours_of_another(read):
    palette = read(photo_of(mid_tones(), smooth_ab(10) + np.array([0, 25])[:, None, None]))
    gray = gray_picture(48, 64)
    result = colorize(Picture(codes=gray), SPEC, SmoothColorizer(), palette=palette).codes
    assert lightness_error(result, gray) <= 1 + 1e-6
    before = colorize(Picture(codes=gray), SPEC, SmoothColorizer()).codes
    assert rgb2lab(result)[..., 2].mean() > rgb2lab(before)[..., 2].mean() + 15


def test_a_palette_knows_its_file(tmp_path):
    path = tmp_path / "reference.png"
    path.write_bytes(saved(Image.fromarray(photo_of(mid_tones(), smooth_ab()))))
    assert read_palette(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_colours_that_transparency_hides_are_none_of_the_palette(tmp_path):
    codes = photo_of(mid_tones(), smooth_ab())
    alpha = np.full((SIDE, SIDE, 1), 255, np.uint8)
    for name, hidden in (("black.png", (0, 0, 0)), ("green.png", (0, 255, 0))):
        beside = np.tile(np.array(hidden, np.uint8), (SIDE, SIDE, 1))
        both = np.concatenate([codes, beside], axis=1)
        seen = np.concatenate([alpha, alpha * 0], axis=1)
        saved_bytes = saved(Image.fromarray(np.concatenate([both, seen], axis=2)))
        (tmp_path / name).write_bytes(saved_bytes)
    black, green = (read_palette(tmp_path / name).colors for name in ("black.png", "green.png"))
    np.testing.assert_allclose(green.mean, black.mean, atol=1e-6)
    np.testing.assert_allclose(green.covariance, black.covariance, atol=1e-6)


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_gray_reference_is_refused_also_with_the_noise_of_jpeg(tmp_path, mode):
    path = tmp_path / "reference.jpg"
    noise = np.random.default_rng(0).normal(0, 2, (64, 64, 3)) if mode == "RGB" else 0
    codes = gray_picture(64, 64)[..., None] + noise
    codes = np.clip(codes, 0, 255).astype(np.uint8)
    image = Image.fromarray(codes if mode == "RGB" else codes[..., 0])
    path.write_bytes(saved(image, "JPEG", quality=80))
    with pytest.raises(NotAnImageError, match="is gray: a reference needs colours"):
        read_palette(path)


def test_an_animation_is_no_reference(tmp_path):
    path = tmp_path / "reference.png"
    frame = Image.fromarray(photo_of(mid_tones(), smooth_ab()))
    path.write_bytes(saved(frame, save_all=True, append_images=[frame.rotate(90)]))
    with pytest.raises(NotAnImageError, match="2 frames"):
        read_palette(path)


def test_a_reference_that_is_not_there_is_no_input(tmp_path):
    with pytest.raises(NoInputError):
        read_palette(tmp_path / "gone.jpg")
