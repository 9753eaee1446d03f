import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import lab2rgb

from colorize_cli.core.gamut import (
    CodesInParts,
    Colors,
    fit_to_gamut,
    lightness_of,
    realize,
)
from colorize_cli.core.lab import lab_from_linear, linear_from_lab
from pictures import as_rgb, lightness, lightness_error

GRAYS_8 = np.arange(256, dtype=np.uint8)
seeds = st.integers(0, 2**32 - 1)


def random_ab(seed: int, count: int, spread: float) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-spread, spread, (2, count)).astype(np.float32)


@settings(deadline=None, max_examples=30)
@given(seed=seeds, spread=st.sampled_from([3.0, 25.0, 128.0]))
def test_any_colour_on_every_8_bit_gray_keeps_its_lightness_to_half_a_code(seed, spread):
    grays = np.tile(GRAYS_8, 8)
    codes = realize(lightness_of(grays[None])[0], random_ab(seed, grays.size, spread), bit_depth=8)
    assert lightness_error(codes, grays) <= 1


@settings(deadline=None, max_examples=30)
@given(seed=seeds, spread=st.sampled_from([3.0, 25.0, 128.0]))
def test_any_colour_on_16_bit_grays_keeps_their_lightness_to_half_a_code(seed, spread):
    grays = np.random.default_rng(seed).integers(0, 65536, 2000).astype(np.uint16)
    codes = realize(lightness_of(grays[None])[0], random_ab(seed, 2000, spread), bit_depth=16)
    assert lightness_error(codes, grays) <= 1


@settings(deadline=None, max_examples=20)
@given(seed=seeds)
def test_the_lightness_of_a_coloured_input_is_kept_to_half_a_code(seed):
    before = np.random.default_rng(seed).integers(0, 256, (40, 30, 3)).astype(np.uint8)
    ab = random_ab(seed, 1200, 60.0).reshape(2, 40, 30)
    after = realize(lightness_of(before), ab, bit_depth=8)
    grays = lightness(as_rgb(GRAYS_8))
    # Half the step between the grays that the pixel's lightness lies between.
    half_steps = np.diff(grays, append=grays[-1] + 1)[np.searchsorted(grays, lightness(before)) - 1]
    assert (np.abs(lightness(after) - lightness(before)) <= half_steps / 2).all()


@pytest.mark.parametrize(("bit_depth", "dtype"), [(8, np.uint8), (16, np.uint16)])
def test_no_chroma_gives_the_very_gray_back(bit_depth, dtype):
    grays = np.arange(2**bit_depth).astype(dtype)
    ab = np.zeros((2, grays.size), np.float32)
    codes = realize(lightness_of(grays[None])[0], ab, bit_depth=bit_depth)
    np.testing.assert_array_equal(codes, as_rgb(grays))


def test_colours_within_srgb_agree_with_scikit_image():
    random = np.random.default_rng(1)
    lab = np.stack([np.full(500, 55.0), *random.uniform(-20, 20, (2, 500))], axis=-1)
    codes = realize(lab[:, 0].astype(np.float32), lab[:, 1:].T.astype(np.float32), bit_depth=8)
    # Its white point differs by a ten-thousandth, and our green makes up for rounding.
    assert np.abs(codes - lab2rgb(lab) * 255).max() < 2


def test_colours_outside_srgb_lose_chroma_at_constant_hue():
    lightness_of_all = np.linspace(5, 95, 200, dtype=np.float32)
    angles = np.linspace(0, 2 * np.pi, 200)
    ab = (120 * np.stack([np.cos(angles), np.sin(angles)])).astype(np.float32)
    linear = fit_to_gamut(lightness_of_all, ab)
    assert linear.min() > -1e-6
    assert linear.max() < 1 + 1e-5
    lab = lab_from_linear(np.clip(linear.T, 0, 1))
    np.testing.assert_allclose(lab[:, 0], lightness_of_all, atol=0.01)
    cross = lab[:, 1] * ab[1] - lab[:, 2] * ab[0]
    assert np.abs(cross / 120).max() < 0.05


def test_colours_within_srgb_are_left_as_they_are():
    lab = np.array([[50, 20, 10], [80, -10, 30]], np.float32)
    linear = fit_to_gamut(lab[:, 0], lab[:, 1:].T)
    np.testing.assert_allclose(linear.T, linear_from_lab(lab), atol=1e-6)


def test_lightness_of_gray_is_that_of_the_same_gray_as_rgb():
    np.testing.assert_allclose(
        lightness_of(GRAYS_8[None]), lightness_of(as_rgb(GRAYS_8)[None]), atol=1e-4
    )


def test_lightness_of_a_value_is_the_same_at_both_depths():
    wide = GRAYS_8.astype(np.uint16) * 257
    np.testing.assert_array_equal(lightness_of(GRAYS_8[None]), lightness_of(wide[None]))


def test_lightness_agrees_with_the_cie_formula():
    codes = np.random.default_rng(0).integers(0, 256, (20, 20, 3)).astype(np.uint8)
    np.testing.assert_allclose(lightness_of(codes), lightness(codes), atol=1e-4)


@settings(deadline=None, max_examples=20)
@given(seed=seeds, cut=st.integers(0, 600))
def test_colours_realized_in_parts_are_those_realized_at_once(seed, cut):
    lightness_of_all = np.random.default_rng(seed).uniform(0, 100, 600).astype(np.float32)
    ab = random_ab(seed, 600, 90.0)
    codes = np.empty((600, 3), np.uint8)
    parts = CodesInParts(codes)
    for part in (slice(0, cut), slice(cut, 600)):
        parts.write(Colors(lightness=lightness_of_all[part], ab=ab[:, part]), first=part.start)
    parts.finish()
    np.testing.assert_array_equal(codes, realize(lightness_of_all, ab, bit_depth=8))
