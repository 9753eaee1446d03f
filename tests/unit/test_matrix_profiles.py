"""Matrix profiles at 16 bits, against LittleCMS at 8 and a formula in double precision."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms

from color_profiles_by_hand import (
    D65,
    SPACES,
    SRGB,
    SRGB_CURVE,
    SRGB_NUMBERS,
    colorants,
    curv,
    named_profile,
    para,
    profile_of,
    same_curves,
    stored,
)
from colorize_cli.core.color_profiles import to_srgb
from colorize_cli.core.image_samples import Samples
from colorize_cli.core.matrix_profiles import matrix_profile
from pictures import gray_profile


def converted(codes: np.ndarray, profile: bytes) -> np.ndarray:
    result = to_srgb(Samples(codes=codes.copy(), mode="RGB"), profile)
    assert result.warnings == ()
    assert result.codes.dtype == codes.dtype
    return np.asarray(result.codes)


def by_littlecms(codes: np.ndarray, profile: bytes) -> np.ndarray:
    source = ImageCms.ImageCmsProfile(BytesIO(profile))
    target = ImageCms.createProfile("sRGB")
    image = Image.fromarray(codes)
    return np.asarray(ImageCms.profileToProfile(image, source, target, 1, outputMode="RGB"))


def every_color(steps: int = 18) -> np.ndarray:
    ramp = np.linspace(0, 255, steps).round().astype(np.uint8)
    return np.stack(np.meshgrid(ramp, ramp, ramp), axis=-1).reshape(steps, -1, 3)


def encoded(light: np.ndarray) -> np.ndarray:
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055) * 65535


TABLE = tuple(round(65535 * (index / 40) ** 2.1) for index in range(41))
CURVES = {
    "line": curv(),
    "gamma": curv(round(1.8 * 256)),
    "table": curv(*TABLE),
    "para 0": para(0, 2.2),
    "para 1": para(1, 2.0, 1.1, -0.1),
    "para 2": para(2, 2.0, 1.0, -0.05, 0.0),
    "para 3": SRGB_CURVE,
    "para 4": para(4, 2.4, 0.94, 0.06, 0.077, 0.04, 0.0, 0.0),
}


@pytest.mark.parametrize("name", SPACES)
def test_16_bits_agree_with_littlecms_to_a_code_of_8(name):
    codes = every_color()
    exact = converted(codes.astype(np.uint16) * 257, named_profile(name)) / 257
    differences = np.abs(exact - by_littlecms(codes, named_profile(name)))
    assert differences.max() <= 1


@pytest.mark.parametrize("name", CURVES)
def test_every_kind_of_curve_agrees_with_littlecms(name):
    profile = profile_of(same_curves(CURVES[name]), colorants(*SPACES["Display P3"][:2]))
    codes = every_color(12)
    exact = converted(codes.astype(np.uint16) * 257, profile) / 257
    # Dark codes of a steep curve are where LittleCMS itself rounds at 8 bits.
    assert np.abs(exact - by_littlecms(codes, profile)).max() <= 1.1


@pytest.mark.parametrize("name", SPACES)
def test_16_bits_are_those_of_the_formula(name):
    primaries, white, exponent = SPACES[name]
    codes = np.random.default_rng(1).integers(0, 65536, (40, 50, 3)).astype(np.uint16)
    values = codes / 65535
    if exponent == "srgb":
        g, a, b, c, d = (round(number * 65536) / 65536 for number in SRGB_NUMBERS)
        light = np.where(values < d, c * values, (a * values + b) ** g)
    else:
        light = values**exponent
    matrix = np.linalg.inv(stored(SRGB, D65)) @ stored(primaries, white)
    matrix /= matrix.sum(axis=1, keepdims=True)
    expected = encoded(light @ matrix.T)
    result = converted(codes, named_profile(name))
    assert np.abs(result - expected).max() <= 0.6


def test_neutral_stays_neutral_to_the_last_bit():
    ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    for name in SPACES:
        result = converted(np.repeat(ramp[..., None], 3, axis=-1), named_profile(name))
        spread = result.max(axis=-1).astype(int) - result.min(axis=-1)
        assert spread.max() <= 1


def test_deep_gray_has_the_exact_codes_of_its_curve():
    codes = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    result = to_srgb(Samples(codes=codes, mode="L"), gray_profile(1.0))
    np.testing.assert_allclose(result.codes, encoded(codes / 65535), atol=0.51)
    assert len(np.unique(result.codes)) > 40000


def test_a_profile_of_tables_is_none():
    columns = colorants(*SPACES["Display P3"][:2])
    assert matrix_profile(profile_of(same_curves(SRGB_CURVE), columns)) is not None
    tables = profile_of(same_curves(SRGB_CURVE), columns, A2B0=b"mft2" + bytes(60))
    assert matrix_profile(tables) is None


@pytest.mark.parametrize(
    "curve", [b"odd " + bytes(20), para(7, 1.0), curv(1, 2)[:-2], para(3, 2.4, 1.0), b""]
)
def test_a_profile_of_unknown_or_cut_curves_is_none(curve):
    columns = colorants(*SPACES["Adobe RGB"][:2])
    assert matrix_profile(profile_of(same_curves(curve), columns)) is None


def test_a_black_that_shines_is_left_to_littlecms():
    columns = colorants(*SPACES["Adobe RGB"][:2])
    assert matrix_profile(profile_of(same_curves(curv(9000, 65535)), columns)) is None


def test_a_strip_at_a_time_gives_the_same(monkeypatch):
    codes = np.random.default_rng(2).integers(0, 65536, (9, 7, 3)).astype(np.uint16)
    whole = converted(codes, named_profile("Adobe RGB"))
    monkeypatch.setattr("colorize_cli.core.matrix_profiles.STRIP_PIXELS", 14)
    np.testing.assert_array_equal(converted(codes, named_profile("Adobe RGB")), whole)


def test_the_profile_of_another_program_is_read():
    # LittleCMS writes its own sRGB, here with its red and green exchanged.
    lcms = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exchanged = lcms.replace(b"rXYZ", b"?").replace(b"gXYZ", b"rXYZ").replace(b"?", b"gXYZ")
    codes = every_color(9)
    exact = converted(codes.astype(np.uint16) * 257, exchanged) / 257
    assert np.abs(exact - by_littlecms(codes, exchanged)).max() <= 1
