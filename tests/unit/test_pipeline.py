import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import lab2rgb, rgb2lab

from colorize_cli.core.architecture import GeneratorSpec
from colorize_cli.core.image_io import decode
from colorize_cli.core.picture import Picture
from colorize_cli.core.pipeline import colorize
from colorize_cli.core.small_picture import small_picture
from pictures import (
    ConstantColorizer,
    SmoothColorizer,
    as_rgb,
    encoded,
    gray_picture,
    lightness,
    lightness_error,
)
from strokes import SidesColorizer

SPEC = GeneratorSpec(output="ab", base_width=2, size=16)
RGB_SPEC = GeneratorSpec(output="rgb", base_width=2, size=16)
GRAY = gray_picture()


class NoiseColorizer:
    """A network's stand-in whose colours are arbitrary, and often far outside sRGB."""

    device = "cpu"

    def __init__(self, seed: int, channels: int = 2) -> None:
        self.seed, self.channels = seed, channels

    def __call__(self, gray: np.ndarray) -> np.ndarray:
        shape = (len(gray), self.channels, *gray.shape[2:])
        return np.random.default_rng(self.seed).uniform(-1, 1, shape).astype(np.float32)


@st.composite
def pictures(draw):
    """Draw pictures of any size, depth and content, gray or not, with alpha or without."""
    size = draw(st.integers(1, 70)), draw(st.integers(1, 70))
    dtype = draw(st.sampled_from([np.uint8, np.uint16]))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    last = np.iinfo(dtype).max
    # Noise, nearly flat, and nothing but the ends of the range.
    low, high = draw(
        st.sampled_from([(0, last), (last // 3, last // 3 + 2), (0, 2), (last - 2, last)])
    )
    shape = size if draw(st.booleans()) else (*size, 3)
    codes = random.integers(low, high, shape, dtype=dtype, endpoint=True)
    alpha = random.integers(0, last, size, dtype=dtype) if draw(st.booleans()) else None
    return Picture(codes=codes, alpha=alpha)


def half_steps(codes: np.ndarray) -> np.ndarray:
    """Return half the step of L* between the grays next to each pixel's lightness."""
    last = np.iinfo(codes.dtype).max
    grays = lightness(as_rgb(np.arange(last + 1, dtype=codes.dtype)))
    if codes.ndim == 2:
        steps = np.diff(grays)
        nearer = np.minimum(np.append(steps, steps[-1]), np.insert(steps, 0, steps[0]))
        return nearer[codes] / 2
    place = np.clip(np.searchsorted(grays, lightness(codes)) - 1, 0, last - 1)
    return np.diff(grays)[place] / 2


@settings(deadline=None, max_examples=60)
@given(
    picture=pictures(),
    seed=st.integers(0, 2**32),
    output=st.sampled_from(["ab", "rgb"]),
    strength=st.sampled_from([0.3, 1.0, 2.0]),
    size=st.sampled_from([None, 1, 16, 33, 64]),
    quality=st.sampled_from(["standard", "best"]),
)
def test_any_picture_keeps_size_alpha_and_lightness_whatever_is_predicted(
    picture, seed, output, strength, size, quality
):
    spec = SPEC if output == "ab" else RGB_SPEC
    colorizer = NoiseColorizer(seed, 2 if output == "ab" else 3)
    result = colorize(picture, spec, colorizer, strength=strength, size=size, quality=quality)
    assert result.codes.shape == (*picture.codes.shape[:2], 3)
    assert result.codes.dtype == picture.codes.dtype
    assert result.alpha is picture.alpha
    before = picture.codes
    error = np.abs(
        lightness(result.codes) - lightness(as_rgb(before) if before.ndim == 2 else before)
    )
    assert (error <= half_steps(before) * (1 + 1e-6)).all()


@settings(deadline=None, max_examples=15)
@given(picture=pictures(), seed=st.integers(0, 2**32), workers=st.integers(1, 5))
def test_the_bytes_do_not_depend_on_who_works_or_how_often(picture, seed, workers):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("colorize_cli.core.pipeline.STRIP_PIXELS", 300)
        first = colorize(picture, SPEC, NoiseColorizer(seed), workers=workers).codes
    np.testing.assert_array_equal(first, colorize(picture, SPEC, NoiseColorizer(seed)).codes)


@settings(deadline=None, max_examples=15)
@given(picture=pictures(), block=st.integers(1, 40), averaged=st.integers(1, 400))
def test_the_bytes_do_not_depend_on_how_the_picture_is_cut(picture, block, averaged):
    expected = colorize(picture, SPEC, SmoothColorizer()).codes
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("colorize_cli.core.pipeline.BLOCK_WIDTH", block)
        patch.setattr("colorize_cli.core.area_means.AVERAGED_PIXELS", averaged)
        result = colorize(picture, SPEC, SmoothColorizer()).codes
    # Sums of more parts differ in the last bit, and colours by the rounding of one code.
    step = 1 if picture.bit_depth == 8 else 8
    assert np.abs(result.astype(int) - expected).max() <= 8 * step
    assert (np.abs(result.astype(int) - expected) <= step).mean() > 0.99


@pytest.mark.parametrize("shape", [(4000, 5000), (4, 1_000_000), (1_000_000, 4)])
def test_working_memory_does_not_grow_with_the_picture(shape):
    codes = np.full(shape, 120, np.uint8)
    spec = GeneratorSpec(output="ab", base_width=2, size=128)
    tracemalloc.start()
    result = colorize(Picture(codes=codes), spec, ConstantColorizer(0.1, 0.1), workers=2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Twice a picture of 20 megapixels, beside the result.
    assert peak - result.codes.nbytes < 40e6


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
        # Two hues: one alone would be taken for a tint.
        network = SidesColorizer((0.1, -0.1), (-0.1, 0.1))
        result = colorize(Picture(codes=gray), SPEC, network, strength=strength)
        ab = rgb2lab(result.codes[:, :8])[..., 1:]
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


def toned(codes: np.ndarray, a: float, b: float) -> np.ndarray:
    """Return gray codes in a tone of the same lightness, as nearly as their depth allows."""
    lab = rgb2lab(as_rgb(codes / np.iinfo(codes.dtype).max))
    lab[..., 1:] += (a, b)
    return np.rint(lab2rgb(lab) * np.iinfo(codes.dtype).max).astype(codes.dtype)


TONES = [(6, 18), (-4, -15), (0, 8)]


@pytest.mark.parametrize("tone", TONES)
def test_a_sepia_print_of_16_bits_gets_the_colours_of_the_gray_one(tone):
    # Where sRGB holds the tone: its ends hold none.
    gray = np.clip(GRAY, 60, 200).astype(np.uint16) * 257
    expected = colorize(Picture(codes=gray), SPEC, SmoothColorizer(strength=0.2)).codes
    result = colorize(Picture(codes=toned(gray, *tone)), SPEC, SmoothColorizer(strength=0.2)).codes
    # A thousandth of the range, a quarter of an 8-bit code.
    assert np.abs(result.astype(int) - expected).max() < 66


@pytest.mark.parametrize("tone", TONES)
def test_a_sepia_print_of_8_bits_gets_them_to_its_rounding(tone):
    gray = np.clip(GRAY, 60, 200)
    sepia = toned(gray, *tone)
    expected = colorize(Picture(codes=gray), SPEC, SmoothColorizer(strength=0.2)).codes
    result = colorize(Picture(codes=sepia), SPEC, SmoothColorizer(strength=0.2)).codes
    difference = np.abs(result.astype(int) - expected)
    assert difference.mean() < 0.7
    assert difference.max() <= 3
    np.testing.assert_allclose(lightness(result), lightness(sepia), atol=0.26)


@settings(deadline=None, max_examples=15)
@given(height=st.integers(1, 50), width=st.integers(1, 50), seed=st.integers(0, 2**32))
def test_a_gray_picture_saved_as_colour_is_the_same_picture(height, width, seed):
    gray = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    expected = colorize(Picture(codes=gray), SPEC, SmoothColorizer()).codes
    # Not collapsed to one channel, as decoding would do.
    result = colorize(Picture(codes=as_rgb(gray)), SPEC, SmoothColorizer()).codes
    difference = np.abs(result.astype(int) - expected)
    assert (difference <= 1).mean() > 0.99


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
    colorizer = SidesColorizer(tuple(code / 127.5 - 1), (-0.5, 0.2, 0.5))
    result = colorize(Picture(codes=gray), RGB_SPEC, colorizer).codes
    expected = rgb2lab(code.astype(np.uint8)[None])[0]
    np.testing.assert_allclose(rgb2lab(result[0, 0][None])[0, 1:], expected[1:], atol=1.0)
    assert lightness_error(result, gray) <= 1


def test_the_small_picture_is_the_mean_over_areas():
    codes = np.random.default_rng(0).integers(0, 256, (48, 64)).astype(np.uint8)
    small = small_picture(Picture(codes=codes), 16)
    blocks = lightness(as_rgb(codes)).reshape(12, 4, 16, 4)
    np.testing.assert_allclose(small.lightness, blocks.mean(axis=(1, 3)), atol=1e-3)
    np.testing.assert_allclose(small.variance, blocks.var(axis=(1, 3)), atol=0.05)


@pytest.mark.parametrize("channels", [1, 3])
def test_the_network_sees_the_mean_gray_as_in_training(channels):
    codes = np.random.default_rng(0).integers(0, 256, (48, 64)).astype(np.uint8)
    means = codes.reshape(12, 4, 16, 4).mean(axis=(1, 3))
    levels = lightness(as_rgb(np.arange(256, dtype=np.uint8)))
    picture = Picture(codes=codes if channels == 1 else as_rgb(codes))
    expected = np.interp(means, np.arange(256), levels)
    np.testing.assert_allclose(small_picture(picture, 16).seen, expected, atol=0.02)


def test_areas_of_broken_size_are_weighted_by_their_share():
    codes = np.tile(np.array([0, 255, 0], np.uint8), (3, 1))
    mean = small_picture(Picture(codes=np.repeat(codes, 8, axis=1)), 16).lightness
    # 24 columns onto 16: one and a half of each; the sixth holds 7.5 to 9 of 8 white ones.
    assert mean.shape == (2, 16)
    np.testing.assert_allclose(mean[0, 5], 100 * 2 / 3, atol=0.01)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (700, 2)])
def test_the_thinnest_pictures_are_coloured(shape):
    codes = np.full(shape, 100, np.uint8)
    assert colorize(Picture(codes=codes), SPEC, SmoothColorizer()).codes.shape == (*shape, 3)


def test_a_larger_size_shows_the_network_a_larger_picture_of_the_same_shape():
    colorizer = SmoothColorizer()
    colorize(Picture(codes=np.full((40, 80), 99, np.uint8)), SPEC, colorizer, size=64)
    # 64 x 32, both multiples of the stride.
    assert colorizer.seen[0].shape == (1, 1, 32, 64)


def test_at_best_quality_the_network_sees_the_mirror_image_as_well():
    colorizer = SmoothColorizer()
    colorize(Picture(codes=GRAY), SPEC, colorizer, quality="best")
    first, second = colorizer.seen
    np.testing.assert_array_equal(first[..., ::-1], second)


class SlantedColorizer:
    """A network's stand-in that sees what is left of things: its colours lean to one side."""

    device = "cpu"

    def __call__(self, gray: np.ndarray) -> np.ndarray:
        left = np.roll(gray, 3, axis=-1)
        return np.concatenate([gray - left, left * 0.3], axis=1).astype(np.float32)


def test_at_best_quality_a_mirrored_picture_gives_the_mirrored_result():
    gray = gray_picture(32, 32)

    def difference(quality):
        result = colorize(Picture(codes=gray), SPEC, SlantedColorizer(), quality=quality).codes
        mirror = Picture(codes=gray[:, ::-1].copy())
        mirrored = colorize(mirror, SPEC, SlantedColorizer(), quality=quality).codes
        return np.abs(mirrored[:, ::-1].astype(int) - result).max()

    assert difference("best") <= 1
    assert difference("standard") > 10


def test_a_tint_over_everything_is_reduced_and_black_stays_neutral():
    codes = np.tile(np.array([0, 120, 160, 255], np.uint8).repeat(16), (64, 1))
    result = colorize(Picture(codes=codes), SPEC, ConstantColorizer(0.1, 0.1)).codes
    np.testing.assert_array_equal(result[:, :8], 0)
    chroma = np.hypot(*np.moveaxis(rgb2lab(result[:, 24])[..., 1:], -1, 0))
    # Half of 11 in a and in b.
    np.testing.assert_allclose(chroma, 11 * np.sqrt(2) / 2, atol=0.7)
