import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from colorize_cli.core.chroma import guide
from colorize_cli.core.gamut import lightness_of
from colorize_cli.core.picture import Picture
from colorize_cli.core.small_picture import small_picture

SMALL, FULL = 16, 128


def two_regions(dark: int, bright: int, edge: int) -> np.ndarray:
    codes = np.full((FULL, FULL), dark, np.uint8)
    codes[:, edge:] = bright
    return codes


def colours(edge: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the true ab of two regions at full size, and averaged to the small size."""
    ab = np.full((2, FULL, FULL), 5, np.float32)
    ab[0, :, :edge], ab[0, :, edge:] = 40, -20
    factor = FULL // SMALL
    return ab, ab.reshape(2, SMALL, factor, SMALL, factor).mean(axis=(2, 4))


def enlarged(codes: np.ndarray, ab: np.ndarray) -> np.ndarray:
    picture = Picture(codes=codes)
    small = small_picture(picture, SMALL)
    full = lightness_of(codes)
    return guide(ab, small.lightness, small.variance, size=picture.size).rows(0, full)


def share_of_step(row: np.ndarray, edge: int) -> float:
    return float((row[edge - 2] - row[edge + 1]) / 60)


@pytest.mark.parametrize(("dark", "bright"), [(60, 180), (100, 140), (110, 130), (200, 240)])
@pytest.mark.parametrize("edge", [64, 66, 68, 71])
def test_at_8x_colour_changes_within_two_pixels_of_an_edge_and_not_if_bilinear(dark, bright, edge):
    _, small = colours(edge)
    row = enlarged(two_regions(dark, bright, edge), small)[0, FULL // 2]
    assert share_of_step(row, edge) >= 0.95
    plane = np.asarray(Image.fromarray(small[0]).resize((FULL, FULL), Image.Resampling.BILINEAR))
    assert share_of_step(plane[FULL // 2], edge) < 0.5


@pytest.mark.parametrize("edge", [4096, 4127, 5003])
def test_from_128_pixels_to_50_megapixels_colour_changes_within_two_pixels_of_an_edge(edge):
    width, height, factor = 8192, 6144, 64
    line = np.where(np.arange(width) < edge, np.uint8(60), np.uint8(180))
    picture = Picture(codes=np.broadcast_to(line, (height, width)))
    small = small_picture(picture, width // factor)
    left = np.clip((edge - np.arange(128) * factor) / factor, 0, 1)
    ab = np.broadcast_to(60 * left - 20, (2, 96, 128)).astype(np.float32)
    chroma = guide(ab, small.lightness, small.variance, size=picture.size)
    row = chroma.rows(height // 2, lightness_of(picture.codes[:1]))[0, 0]
    assert share_of_step(row, edge) >= 0.95
    np.testing.assert_allclose(row[[edge - 200, edge + 200]], [40, -20], atol=0.1)


def test_an_edge_in_grain_is_an_edge_all_the_same():
    codes = two_regions(60, 180, 68).astype(np.int64)
    codes = codes + np.rint(np.random.default_rng(0).normal(0, 2, codes.shape)).astype(np.int64)
    _, small = colours(68)
    plane = enlarged(codes.astype(np.uint8), small)[0]
    assert (plane[:, 66].mean() - plane[:, 69].mean()) / 60 >= 0.9


def test_some_columns_are_those_of_the_whole():
    codes = two_regions(60, 180, 68)
    _, ab = colours(68)
    ab = ab.astype(np.float32)
    small = small_picture(Picture(codes=codes), SMALL)
    whole = guide(ab, small.lightness, small.variance, size=(FULL, FULL)).rows(
        0, lightness_of(codes)
    )
    part = guide(ab, small.lightness, small.variance, size=(FULL, FULL), columns=slice(37, 90))
    np.testing.assert_array_equal(part.rows(0, lightness_of(codes[:, 37:90])), whole[..., 37:90])


def test_constant_colour_stays_constant_whatever_the_lightness():
    codes = np.random.default_rng(0).integers(0, 256, (50, 70)).astype(np.uint8)
    small = small_picture(Picture(codes=codes), SMALL)
    ab = np.stack([np.full_like(small.seen, 12), np.full_like(small.seen, -30)])
    result = guide(ab, small.lightness, small.variance, size=(70, 50)).rows(0, lightness_of(codes))
    np.testing.assert_allclose(result[0], 12, atol=1e-3)
    np.testing.assert_allclose(result[1], -30, atol=1e-3)


def test_flat_lightness_gives_what_bilinear_enlargement_does():
    ab = np.random.default_rng(0).uniform(-50, 50, (2, SMALL, SMALL)).astype(np.float32)
    result = enlarged(np.full((FULL, FULL), 90, np.uint8), ab)
    for plane, small in zip(result, ab, strict=True):
        resized = Image.fromarray(small).resize((FULL, FULL), Image.Resampling.BILINEAR)
        np.testing.assert_allclose(plane, np.asarray(resized), atol=1e-3)


def test_grain_does_not_turn_into_colour():
    random = np.random.default_rng(0)
    grain = np.clip(random.normal(120, 15, (FULL, FULL)), 0, 255).astype(np.uint8)
    ab = np.zeros((2, SMALL, SMALL), np.float32)
    ab[0] = np.linspace(-30, 30, SMALL)
    smooth = enlarged(np.full((FULL, FULL), 120, np.uint8), ab)
    assert np.abs(enlarged(grain, ab) - smooth).std() < 1.0


@settings(deadline=None, max_examples=15)
@given(start=st.integers(0, 126), rows=st.integers(1, 40))
def test_rows_do_not_depend_on_how_the_picture_is_cut(start, rows):
    codes = two_regions(60, 180, 68)
    _, ab = colours(68)
    picture = Picture(codes=codes)
    small = small_picture(picture, SMALL)
    chroma = guide(ab.astype(np.float32), small.lightness, small.variance, size=picture.size)
    full = lightness_of(codes)
    part = chroma.rows(start, full[start : start + rows])
    np.testing.assert_array_equal(part, chroma.rows(0, full)[:, start : start + rows])
