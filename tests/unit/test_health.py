"""The signs of trouble that an epoch ends with, on pictures whose colours are known."""

import numpy as np
import pytest

from colorize_cli.core.color_constants import AB_RANGE
from colorize_cli.core.lab import lab_from_srgb8
from colorize_trainers.health import HealthCheck, palette

PHOTOS = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3), dtype=np.uint8)
TRUE_AB = lab_from_srgb8(PHOTOS)[..., 1:]
LOSSES = {"discriminator": 0.5, "generator": 1.0}


def signs_for(ab, losses=LOSSES):
    """Return the signs of a generator that paints this ab `(4, 16, 16, 2)`."""
    color = np.moveaxis(ab, -1, 1).astype(np.float32) / np.float32(AB_RANGE)
    return HealthCheck(PHOTOS).signs(lambda gray: np.ascontiguousarray(color), losses)


def test_the_truth_itself_shows_no_sign():
    assert signs_for(TRUE_AB) == ()


@pytest.mark.parametrize(("share", "expected"), [(0.09, ("gray",)), (0.11, ())])
def test_pictures_with_less_than_a_tenth_of_the_chroma_are_gray(share, expected):
    assert signs_for(share * TRUE_AB) == expected


@pytest.mark.parametrize(("share", "expected"), [(0.09, ("uniform",)), (0.11, ())])
def test_pictures_with_less_than_a_tenth_of_the_variation_are_uniform(share, expected):
    means = TRUE_AB.mean(axis=(1, 2), keepdims=True)
    assert signs_for(share * (TRUE_AB - means) + (30.0, 20.0)) == expected


def test_a_tint_for_each_picture_is_as_uniform_as_one_for_all():
    tints = np.array([[60, 0], [0, 60], [-60, 0], [0, -60]], np.float32)
    assert signs_for(np.broadcast_to(tints[:, None, None], TRUE_AB.shape)) == ("uniform",)


def test_a_discriminator_that_is_never_wrong_wins():
    assert signs_for(TRUE_AB, {"discriminator": 0.0004}) == ("discriminator wins",)
    assert signs_for(TRUE_AB, {"discriminator": 0.0006}) == ()


def test_a_discriminator_that_does_not_learn_cannot_win():
    assert signs_for(TRUE_AB, {"generator": 1.0}) == ()


def test_a_palette_is_worked_out_by_hand():
    # Two pictures of two pixels: (3, 4) and (0, 0); (6, 8) twice.
    ab = np.array([[[[3, 4], [0, 0]]], [[[6, 8], [6, 8]]]], np.float32)
    found = palette(ab)
    assert found.chroma == (5 + 0 + 10 + 10) / 4
    # Variances: 1.5 squared plus 2 squared in the first picture, none in the second.
    assert found.spread == pytest.approx(((1.5**2 + 2**2) / 2) ** 0.5)
