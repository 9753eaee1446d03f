"""Batches that show their pictures at one of several sizes."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import rgb2lab
from skimage.transform import resize

from colorize_cli.core.augmentation import Augmentation
from colorize_cli.core.batches import BatchPlan

RANDOM_PHOTOS = np.random.default_rng(7).integers(0, 256, (6, 32, 32, 3), dtype=np.uint8)
SIZES = (16, 32, 48)
EVERYTHING = Augmentation(crop=0.4, tone=1.0, grain=0.1, blur=1.0)


def plan(**changes: object) -> BatchPlan:
    settings: dict[str, object] = {
        "photos": RANDOM_PHOTOS,
        "variants": ("original", "mirrored"),
        "batch_size": 3,
        "output": "ab",
        "seed": 3,
        "sizes": SIZES,
    }
    return BatchPlan(**{**settings, **changes})  # type: ignore[arg-type]


def test_all_pictures_of_a_batch_have_its_size_in_gray_and_colour() -> None:
    one = plan(augmentation=EVERYTHING)
    for epoch in range(3):
        for number, batch in enumerate(one.epoch(epoch)):
            size = one.size_in(number, epoch=epoch)
            assert batch.gray.shape == (3, 1, size, size)
            assert batch.color.shape == (3, 2, size, size)


def test_each_size_is_as_likely_as_the_others() -> None:
    one = plan()
    counts = Counter(one.size_in(batch, epoch=epoch) for batch in range(30) for epoch in range(20))
    # 600 draws of three: 200 each, give or take four standard deviations of 11.5.
    assert set(counts) == set(SIZES)
    assert all(abs(count - 200) < 46 for count in counts.values())


@settings(deadline=None, max_examples=20)
@given(epoch=st.integers(0, 50), start=st.integers(0, 3), seed=st.integers(0, 9))
def test_an_epoch_entered_in_the_middle_shows_what_the_whole_one_shows(
    epoch: int, start: int, seed: int
) -> None:
    one = plan(augmentation=EVERYTHING, seed=seed)
    whole = [batch.gray for batch in one.epoch(epoch)]
    rest = [batch.gray for batch in one.epoch(epoch, start=start)]
    for found, expected in zip(rest, whole[start:], strict=True):
        np.testing.assert_array_equal(found, expected)


def test_the_size_depends_on_seed_epoch_and_batch() -> None:
    def sizes(seed: int, epoch: int) -> list[int | None]:
        return [plan(seed=seed).size_in(batch, epoch=epoch) for batch in range(30)]

    assert sizes(0, 0) == sizes(0, 0)
    assert sizes(0, 0) != sizes(0, 1)
    assert sizes(0, 0) != sizes(1, 0)


def test_workers_show_the_same_size_and_share_the_pictures_of_one() -> None:
    whole = plan(batch_size=4, augmentation=EVERYTHING)
    own = [whole.shared(rank=rank, workers=2, micro_batch=None) for rank in range(2)]
    for batch, *shares in zip(whole.epoch(1), *(one.epoch(1) for one in own), strict=True):
        together = np.concatenate([share.gray for share in shares])
        np.testing.assert_array_equal(together, batch.gray)


def test_the_order_of_an_epoch_is_the_same_with_and_without_sizes() -> None:
    sized, plain = plan(sizes=(32,)), plan(sizes=())
    for found, expected in zip(sized.epoch(2), plain.epoch(2), strict=True):
        np.testing.assert_array_equal(found.gray, expected.gray)
        np.testing.assert_array_equal(found.color, expected.color)


def test_half_the_size_is_the_triangle_of_the_pixels_around_each_in_srgb() -> None:
    """Bilinear to a half: weights 1 3 3 1 over four pixels an axis, worked out by hand."""
    batch = plan().prepare(np.arange(6), size=16)
    reduced = RANDOM_PHOTOS.astype(float)
    for axis in (1, 2):
        parts = np.moveaxis(reduced, axis, 0)
        outer = [(3 * parts[2 * i] + 3 * parts[2 * i + 1] + parts[2 * i - 1] + parts[2 * i + 2]) / 8
                 for i in range(1, 15)]  # fmt: skip
        reduced = np.moveaxis(np.stack(outer), 0, axis)
    lightness = rgb2lab(reduced / 255)[..., 0]
    inner = (batch.gray[:, 0, 1:15, 1:15] + 1) * 50
    # Codes are rounded to whole ones along each axis: a step of L is at most 0.55 there.
    assert np.abs(inner - lightness).max() < 0.9


def test_larger_sizes_are_bilinear_too() -> None:
    batch = plan().prepare(np.arange(6), size=64)
    enlarged = [resize(photo / 255, (64, 64), order=1, mode="edge") for photo in RANDOM_PHOTOS]
    lab = rgb2lab(np.stack(enlarged))
    assert np.abs((batch.gray[:, 0] + 1) * 50 - lab[..., 0]).max() < 0.9


@pytest.mark.parametrize("size", [16, 48])
def test_a_crop_goes_straight_to_the_size(size: int) -> None:
    """On a ramp, a crop is a ramp whose ends say where it lay: the same at every size."""
    ramp = np.broadcast_to((np.arange(32, dtype=np.uint8) * 8)[:, None], (1, 32, 32, 3))
    cropping = {"photos": ramp, "variants": ("original",), "augmentation": Augmentation(crop=0.5)}
    ends = []
    for shown in (size, 32):
        batch = plan(**cropping, output="rgb").prepare(np.array([0]), epoch=4, size=shown)
        codes = (batch.color[0, 0, 0] + 1) * 127.5
        slope = (codes[-3] - codes[2]) / (shown - 5) * shown
        ends.append((codes[2] - 2.5 * slope / shown, slope))
    assert ends[0] == pytest.approx(ends[1], abs=4)
    assert ends[0][1] < 0.9 * 256
