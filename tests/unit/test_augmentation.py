import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.filters import gaussian

from colorize_cli.core.augmentation import Augmentation, aged, cropped, draws_of
from colorize_cli.core.errors import BadConfigError

ALL = Augmentation(crop=0.4, tone=1.0, grain=0.1, blur=1.5)


class Draws:
    """Gives the numbers that a test wants to be drawn."""

    def __init__(self, *numbers: float) -> None:
        self._numbers = list(numbers)

    def random(self, count: int) -> np.ndarray:
        drawn, self._numbers = self._numbers[:count], self._numbers[count:]
        return np.array(drawn)


def gray_of(lightness: float, size: int = 5) -> np.ndarray:
    """Return an even gray picture of a lightness in [0, 1], as networks see it."""
    return np.full((size, size), 2 * lightness - 1, np.float32)


def aged_by(draws: object, augmentation: Augmentation, gray: np.ndarray) -> np.ndarray:
    """Return the lightness in [0, 1] of an aged picture."""
    found: np.ndarray = (aged(gray, draws, augmentation) + 1) / 2  # type: ignore[arg-type]
    return found


def ramp(size: int = 64) -> np.ndarray:
    """Return a photo whose red grows to the right and whose green grows downwards."""
    steps = np.arange(size, dtype=np.uint8)
    red, green = np.broadcast_arrays(steps, steps[:, None])
    return np.stack([red, green, np.full_like(red, 9)], axis=-1)


def test_a_crop_shows_a_square_part_of_the_side_that_it_was_given() -> None:
    # Half of 64 pixels, from a quarter of what is left over on both sides: 8 to 40.
    photo = cropped(ramp(), Draws(1, 0.25, 0.25), Augmentation(crop=0.5))  # type: ignore[arg-type]
    assert photo.shape == (64, 64, 3)
    # Pixel centres: the first lies a quarter of a pixel within the part, at 8.25 - 0.5.
    assert photo[0, 0].tolist() == [8, 8, 9]
    assert photo[63, 63].tolist() == [39, 39, 9]
    assert photo[0, 63].tolist() == [39, 8, 9]


@settings(deadline=None, max_examples=20)
@given(st.floats(0.05, 0.9), st.integers(0, 1000))
def test_a_crop_shows_at_least_the_side_that_it_leaves_and_no_other_colour(
    crop: float, number: int
) -> None:
    draws = draws_of(seed=1, epoch=2, number=number)
    photo = cropped(ramp(), draws, Augmentation(crop=crop)).astype(int)
    for axis, channel in ((1, 0), (0, 1)):
        steps = np.diff(photo[..., channel], axis=axis)
        assert steps.min() >= 0  # nothing is turned or mirrored
        assert np.ptp(photo[..., channel]) >= 63 * (1 - crop) - 2
    assert (photo[..., 2] == 9).all()


@pytest.mark.parametrize(("draw", "lightness"), [(0.0, 0.5), (0.5, 0.25), (1.0, 0.0625)])
def test_tone_raises_to_a_power_from_a_half_to_two(draw: float, lightness: float) -> None:
    # Drawn: blur, grain, corners, gamma, contrast; contrast in the middle of its range is 1.
    draws = Draws(0, 0, 0, draw, 0.5)
    found = aged_by(draws, Augmentation(tone=1), gray_of(0.25))
    np.testing.assert_allclose(found, lightness, atol=1e-6)


@pytest.mark.parametrize(
    ("draw", "lightness"), [(0.0, 0.5 - 0.25 / 2**0.5), (1.0, 0.5 - 0.25 * 2**0.5)]
)
def test_tone_changes_contrast_about_the_middle_by_half_a_stop(
    draw: float, lightness: float
) -> None:
    draws = Draws(0, 0, 0, 0.5, draw)
    found = aged_by(draws, Augmentation(tone=1), gray_of(0.25))
    np.testing.assert_allclose(found, lightness, atol=1e-6)


def test_tone_darkens_the_corners_by_half_and_leaves_the_centre() -> None:
    found = aged_by(Draws(0, 0, 1, 0.5, 0.5), Augmentation(tone=1), gray_of(0.8))
    assert found[2, 2] == pytest.approx(0.8)
    assert found[0, 0] == found[4, 4] == pytest.approx(0.4)
    assert found[2, 0] == pytest.approx(0.8 * 0.75)  # half of the corner's squared distance


def test_half_of_the_tone_is_half_of_the_stops() -> None:
    found = aged_by(Draws(0, 0, 0, 1, 0.5), Augmentation(tone=0.5), gray_of(0.25))
    np.testing.assert_allclose(found, 0.25**2**0.5, atol=1e-6)


def test_blur_is_a_gaussian_of_its_deviation() -> None:
    gray = np.random.default_rng(0).uniform(-1, 1, (12, 20)).astype(np.float32)
    found = aged(gray, Draws(0.5, 0), Augmentation(blur=2))  # type: ignore[arg-type]
    expected = gaussian(gray, sigma=1, truncate=3, mode="nearest")
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_grain_is_noise_of_its_deviation() -> None:
    draws = draws_of(seed=0, epoch=0, number=0)
    share = draws_of(seed=0, epoch=0, number=0).random(2)[1]
    found = aged_by(draws, Augmentation(grain=0.1), gray_of(0.5, size=200))
    assert found.mean() == pytest.approx(0.5, abs=0.002)
    assert found.std() == pytest.approx(0.1 * share, rel=0.02)


@settings(deadline=None, max_examples=20)
@given(
    st.builds(
        Augmentation,
        tone=st.floats(0, 1),
        grain=st.floats(0, 1),
        blur=st.floats(0, 10),
    ),
    st.integers(0, 1000),
)
def test_an_aged_picture_stays_in_the_range_of_networks(
    augmentation: Augmentation, number: int
) -> None:
    gray = np.random.default_rng(number).uniform(-1, 1, (16, 16)).astype(np.float32)
    kept = gray.copy()
    found = aged(gray, draws_of(seed=0, epoch=0, number=number), augmentation)
    assert found.dtype == np.float32
    assert np.abs(found).max() <= 1
    assert np.array_equal(gray, kept)


def test_draws_follow_from_seed_epoch_and_number() -> None:
    def first(seed: int, epoch: int, number: int) -> float:
        return float(draws_of(seed=seed, epoch=epoch, number=number).random())

    assert first(1, 2, 3) == first(1, 2, 3)
    assert len({first(*place) for place in ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1))}) == 4


@pytest.mark.parametrize(
    "amounts", [{"crop": 0.95}, {"tone": 1.1}, {"grain": -0.1}, {"blur": float("nan")}]
)
def test_amounts_that_make_no_sense_are_refused(amounts: dict[str, float]) -> None:
    with pytest.raises(BadConfigError, match=next(iter(amounts))):
        Augmentation(**amounts)
