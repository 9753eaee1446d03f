import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.color import rgb2lab

from colorize_cli.core import lab
from pictures import lightness, luminance_weights

random_codes = arrays(np.uint8, (4, 5, 3))


@settings(deadline=None, max_examples=25)
@given(codes=random_codes)
def test_lab_agrees_with_scikit_image(codes):
    # scikit-image has rounded matrices and another white point: up to 0.02 apart.
    np.testing.assert_allclose(lab.lab_from_srgb8(codes), rgb2lab(codes), atol=0.03)


@settings(deadline=None, max_examples=25)
@given(codes=random_codes)
def test_lightness_agrees_with_the_cie_formula(codes):
    np.testing.assert_allclose(lab.lab_from_srgb8(codes)[..., 0], lightness(codes), atol=1e-4)


@settings(deadline=None, max_examples=25)
@given(codes=random_codes)
def test_srgb_comes_back_from_lab(codes):
    srgb = codes.astype(np.float32) / np.float32(255)
    np.testing.assert_allclose(lab.srgb_from_lab(lab.lab_from_srgb(srgb)), srgb, atol=1e-4)


def test_grays_have_no_chroma():
    grays = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    assert np.abs(lab.lab_from_srgb8(grays)[:, 1:]).max() < 1e-4


def test_the_luminance_row_follows_from_the_chromaticities():
    np.testing.assert_allclose(lab.RGB_TO_XYZ[1], luminance_weights(), atol=1e-12)


@pytest.mark.parametrize(
    ("code", "expected"),
    [((255, 0, 0), (53.24, 80.09, 67.20)), ((0, 0, 255), (32.30, 79.19, -107.86))],
)
def test_primaries_have_the_published_lab(code, expected):
    # Lindbloom's calculator, sRGB with D65 and no adaptation.
    result = lab.lab_from_srgb8(np.array([code], np.uint8))[0]
    np.testing.assert_allclose(result, expected, atol=0.05)


@given(st.floats(0, 100, width=32))
@settings(deadline=None, max_examples=50)
def test_lightness_comes_back_from_luminance(value):
    given_lightness = np.array([value], np.float32)
    luminance = lab.luminance_from_lightness(given_lightness)
    np.testing.assert_allclose(lab.lightness_from_luminance(luminance), given_lightness, atol=1e-4)


def test_many_colours_are_converted_as_few_are():
    codes = np.random.default_rng(0).integers(0, 256, (2, 30_000, 3)).astype(np.uint8)
    expected = lab.lab_from_srgb(codes.astype(np.float32) / np.float32(255))
    np.testing.assert_allclose(lab.lab_from_srgb8(codes), expected, atol=1e-4)


def test_arrays_in_any_order_of_memory_are_converted_alike():
    lightness_of_all = np.linspace(0, 100, 60, dtype=np.float32).reshape(6, 10)
    expected = lab.luminance_from_lightness(lightness_of_all)
    turned = lab.luminance_from_lightness(np.asfortranarray(lightness_of_all))
    np.testing.assert_array_equal(turned, expected)
    np.testing.assert_allclose(
        lab.lightness_from_luminance(np.asfortranarray(expected)), lightness_of_all, atol=1e-4
    )
