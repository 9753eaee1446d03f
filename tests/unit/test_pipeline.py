import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import lab2rgb, rgb2lab

from colorize_cli.core.architecture import GeneratorSpec
from colorize_cli.core.image_io import Picture, decode
from colorize_cli.core.pipeline import colorize, seen_lightness, small_lightness
from pictures import (
    ConstantColorizer,
    SmoothColorizer,
    as_rgb,
    encoded,
    gray_picture,
    lightness,
    lightness_error,
)

SPEC = GeneratorSpec(output="ab", base_width=2, size=16)
RGB_SPEC = GeneratorSpec(output="rgb", base_width=2, size=16)
GRAY = gray_picture()


@settings(deadline=None, max_examples=25)
@given(height=st.integers(1, 70), width=st.integers(1, 70), seed=st.integers(0, 99))
def test_any_size_keeps_its_size_and_lightness(height, width, seed):
    codes = np.random.default_rng(seed).integers(0, 256, (height, width)).astype(np.uint8)
    result = colorize(Picture(codes=codes), SPEC, SmoothColorizer())
    assert result.codes.shape == (height, width, 3)
    assert lightness_error(result.codes, codes) <= 1


def test_16_bit_stays_16_bit_with_its_lightness():
    codes = np.random.default_rng(0).integers(0, 65536, (30, 40)).astype(np.uint16)
    result = colorize(Picture(codes=codes), SPEC, SmoothColorizer())
    assert result.bit_depth == 16
    assert lightness_error(result.codes, codes) <= 1


def test_alpha_and_metadata_are_untouched():
    alpha = np.random.default_rng(0).integers(0, 256, GRAY.shape).astype(np.uint8)
    picture = Picture(codes=GRAY, alpha=alpha)
    result = colorize(picture, SPEC, SmoothColorizer())
    assert result.alpha is alpha
    assert result.metadata is picture.metadata


def test_no_colour_gives_the_input_back():
    result = colorize(Picture(codes=GRAY), SPEC, ConstantColorizer(0, 0))
    np.testing.assert_array_equal(result.codes, as_rgb(GRAY))


def test_strength_zero_gives_the_input_back():
    result = colorize(Picture(codes=GRAY), SPEC, SmoothColorizer(), strength=0)
    np.testing.assert_array_equal(result.codes, as_rgb(GRAY))


def test_strength_multiplies_the_chroma():
    gray = np.full((20, 20), 128, np.uint8)
    for strength in (0.5, 1.0, 2.0):
        result = colorize(
            Picture(codes=gray), SPEC, ConstantColorizer(0.1, -0.1), strength=strength
        )
        ab = rgb2lab(result.codes)[..., 1:]
        np.testing.assert_allclose(ab.mean(axis=(0, 1)), np.array([11, -11]) * strength, atol=0.6)


def test_the_same_picture_gives_the_same_bytes():
    first, second = (colorize(Picture(codes=GRAY), SPEC, SmoothColorizer()) for _ in range(2))
    np.testing.assert_array_equal(first.codes, second.codes)


def test_gray_as_rgb_and_as_16_bits_gets_the_same_colours():
    expected = colorize(decode(encoded(GRAY)), SPEC, SmoothColorizer()).codes
    as_colour = colorize(decode(encoded(as_rgb(GRAY))), SPEC, SmoothColorizer()).codes
    np.testing.assert_array_equal(as_colour, expected)
    deep = colorize(decode(encoded(GRAY.astype(np.uint16) * 257)), SPEC, SmoothColorizer()).codes
    # Rounding finer moves red and blue by less than green has to make up for at 8 bits.
    assert np.abs(deep / 257 - expected).max() < 4.5


def test_a_sepia_print_gets_about_the_same_colours():
    gray = np.clip(GRAY, 30, 220)
    lab = rgb2lab(as_rgb(gray))
    lab[..., 1:] += (6, 18)
    sepia = np.rint(lab2rgb(lab) * 255).astype(np.uint8)
    expected = colorize(Picture(codes=gray), SPEC, SmoothColorizer(strength=0.2)).codes
    result = colorize(Picture(codes=sepia), SPEC, SmoothColorizer(strength=0.2)).codes
    assert np.abs(result.astype(int) - expected).mean() < 1.5
    np.testing.assert_allclose(lightness(result), lightness(sepia), atol=0.26)


def test_the_network_sees_lightness_in_its_range_at_its_size():
    colorizer = SmoothColorizer()
    codes = np.concatenate([np.zeros((40, 40)), np.full((40, 40), 255)], axis=1).astype(np.uint8)
    colorize(Picture(codes=codes), SPEC, colorizer)
    (gray,) = colorizer.seen
    assert gray.shape == (1, 1, 16, 16)
    assert gray.dtype == np.float32
    # 80 x 40 becomes 16 x 8, black and white halves; below it is reflected.
    np.testing.assert_allclose(gray[0, 0, :, :8], -1, atol=1e-5)
    np.testing.assert_allclose(gray[0, 0, :, 8:], 1, atol=1e-5)


def test_a_strip_is_reflected_as_often_as_needed():
    colorizer = SmoothColorizer()
    codes = np.tile(np.array([[0], [128], [255]], np.uint8), (1, 16))
    colorize(Picture(codes=codes), SPEC, colorizer)
    column = np.rint(colorizer.seen[0][0, 0, :, 0] * 10)
    np.testing.assert_array_equal(column, np.resize([-10, 1, 10, 1], 16))


def test_only_the_chroma_of_an_rgb_network_is_taken():
    gray = np.full((16, 16), 119, np.uint8)
    # sRGB (200, 60, 60) as the network gives it; its ab by scikit-image.
    code = np.array([200, 60, 60])
    colorizer = ConstantColorizer(*(code / 127.5 - 1))
    result = colorize(Picture(codes=gray), RGB_SPEC, colorizer).codes
    expected = rgb2lab(code.astype(np.uint8)[None])[0]
    np.testing.assert_allclose(rgb2lab(result[0, 0][None])[0, 1:], expected[1:], atol=1.0)
    assert lightness_error(result, gray) <= 1


def test_small_lightness_is_the_mean_over_areas():
    codes = np.random.default_rng(0).integers(0, 256, (48, 64)).astype(np.uint8)
    mean, variance = small_lightness(Picture(codes=codes), 16)
    blocks = lightness(as_rgb(codes)).reshape(12, 4, 16, 4)
    np.testing.assert_allclose(mean, blocks.mean(axis=(1, 3)), atol=1e-3)
    np.testing.assert_allclose(variance, blocks.var(axis=(1, 3)), atol=0.05)


@pytest.mark.parametrize("channels", [1, 3])
def test_the_network_sees_the_mean_gray_as_in_training(channels):
    codes = np.random.default_rng(0).integers(0, 256, (48, 64)).astype(np.uint8)
    means = codes.reshape(12, 4, 16, 4).mean(axis=(1, 3))
    levels = lightness(as_rgb(np.arange(256, dtype=np.uint8)))
    picture = Picture(codes=codes if channels == 1 else as_rgb(codes))
    expected = np.interp(means, np.arange(256), levels)
    np.testing.assert_allclose(seen_lightness(picture, 16), expected, atol=0.02)


def test_areas_of_broken_size_are_weighted_by_their_share():
    codes = np.tile(np.array([0, 255, 0], np.uint8), (3, 1))
    mean, _ = small_lightness(Picture(codes=np.repeat(codes, 8, axis=1)), 16)
    # 24 columns onto 16: one and a half of each; the sixth holds 7.5 to 9 of 8 white ones.
    assert mean.shape == (2, 16)
    np.testing.assert_allclose(mean[0, 5], 100 * 2 / 3, atol=0.01)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (700, 2)])
def test_the_thinnest_pictures_are_coloured(shape):
    codes = np.full(shape, 100, np.uint8)
    assert colorize(Picture(codes=codes), SPEC, SmoothColorizer()).codes.shape == (*shape, 3)
