import struct
import zlib

import numpy as np
import pytest

from animated_pngs import SIGNATURE, png_chunk, unfiltered
from colorize_cli.core.image_io import decode
from colorize_cli.core.picture import Picture
from pictures import gray_profile

RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
COLOR = np.random.default_rng(0).integers(0, 256, (5, 6, 3)).astype(np.uint8)
SRGB_CICP = bytes([1, 13, 0, 1])


def png(codes: np.ndarray, *extra: tuple[bytes, bytes]) -> bytes:
    """Return a PNG file that says something of its colours."""
    height, width, channels = codes.shape
    kind = {1: 0, 3: 2}[channels]
    header = struct.pack(">IIBBBBB", width, height, codes.dtype.itemsize * 8, kind, 0, 0, 0)
    parts = [(b"IHDR", header), *extra, (b"IDAT", unfiltered(codes)), (b"IEND", b"")]
    return SIGNATURE + b"".join(png_chunk(*part) for part in parts)


def gamma(value: float) -> tuple[bytes, bytes]:
    return b"gAMA", struct.pack(">I", round(value * 100000))


def chromaticities(*values: float) -> tuple[bytes, bytes]:
    return b"cHRM", struct.pack(">8I", *[round(value * 100000) for value in values])


def srgb_of(codes: np.ndarray, exponent: float) -> np.ndarray:
    """Return what PNG 13.13 and IEC 61966-2-1 say, in double precision, pixel by pixel."""
    last = np.iinfo(codes.dtype).max
    light = [(code / last) ** (1 / exponent) for code in codes.ravel().tolist()]
    srgb = [12.92 * y if y <= 0.0031308 else 1.055 * y ** (1 / 2.4) - 0.055 for y in light]
    return np.array([round(value * last) for value in srgb]).reshape(codes.shape)


def decoded(codes: np.ndarray, *extra: tuple[bytes, bytes]) -> Picture:
    return decode(png(codes, *extra))


@pytest.mark.parametrize("value", [0.35, 0.5556, 1.0, 2.5])
def test_a_gamma_far_from_srgb_is_undone(value):
    for codes in (RAMP, COLOR):
        found = decoded(codes, gamma(value)).codes.reshape(codes.shape).astype(int)
        assert np.abs(found - srgb_of(codes, value)).max() <= 1


def test_a_gamma_is_undone_at_16_bits():
    codes = np.arange(0, 65536, 257, dtype=np.uint16).reshape(16, 16, 1) + np.uint16(3)
    codes[-1, -1] = 65535
    found = decoded(codes, gamma(1.0)).codes
    assert found.dtype == np.uint16
    assert np.abs(found.astype(int) - srgb_of(codes, 1.0)[..., 0]).max() <= 2


@pytest.mark.parametrize("value", [0.45455, 0.45, 0.47])
def test_the_usual_gamma_is_taken_for_srgb(value):
    np.testing.assert_array_equal(decoded(RAMP, gamma(value)).codes, RAMP[..., 0])


@pytest.mark.parametrize("value", [0.0, 0.001, 40.0])
def test_a_gamma_that_makes_no_sense_is_left_out_and_said(value):
    picture = decoded(RAMP, gamma(value))
    np.testing.assert_array_equal(picture.codes, RAMP[..., 0])
    assert ["no sense" in remark for remark in picture.warnings] == [True]


# PNG (third edition) 4.3: cICP before iCCP before sRGB before gAMA.
@pytest.mark.parametrize(
    "better",
    [
        (b"sRGB", b"\0"),
        (b"cICP", SRGB_CICP),
        (b"iCCP", b"x\0\0" + zlib.compress(gray_profile(2.2))),
    ],
)
def test_a_gamma_does_not_count_beside_what_says_more(better):
    picture = decoded(RAMP, better, gamma(1.0))
    np.testing.assert_array_equal(picture.codes, RAMP[..., 0])


def test_a_profile_does_not_count_beside_cicp():
    profile = (b"iCCP", b"x\0\0" + zlib.compress(gray_profile(1.0)))
    assert not np.array_equal(decoded(RAMP, profile).codes, RAMP[..., 0])
    np.testing.assert_array_equal(decoded(RAMP, (b"cICP", SRGB_CICP), profile).codes, RAMP[..., 0])


@pytest.mark.parametrize(
    ("cicp", "words"), [((12, 13, 0, 1), "(12-13-0-1)"), ((9, 16, 0, 1), "high dynamic range")]
)
def test_another_colour_space_is_said_to_be_taken_for_srgb(cicp, words):
    (remark,) = decoded(COLOR, (b"cICP", bytes(cicp))).warnings
    assert words in remark
    assert "taken for sRGB" in remark


def test_other_primaries_are_said_of_colour_and_do_not_matter_to_gray():
    adobe = chromaticities(0.3127, 0.329, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
    (remark,) = decoded(COLOR, adobe).warnings
    assert "primaries" in remark
    assert decoded(RAMP, adobe).warnings == ()


def test_the_primaries_of_srgb_are_not_worth_a_word():
    srgb = chromaticities(0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
    assert decoded(COLOR, srgb, gamma(0.45455)).warnings == ()


def test_alpha_is_no_light():
    codes = np.dstack([COLOR, COLOR[..., 0]])
    header = struct.pack(">IIBBBBB", 6, 5, 8, 6, 0, 0, 0)
    parts = [(b"IHDR", header), gamma(1.0), (b"IDAT", unfiltered(codes)), (b"IEND", b"")]
    picture = decode(SIGNATURE + b"".join(png_chunk(*part) for part in parts))
    np.testing.assert_array_equal(picture.alpha, COLOR[..., 0])
