from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import lab2rgb, rgb2lab

from colorize_cli.core import batches as batches_module
from colorize_cli.core.augmentation import Augmentation
from colorize_cli.core.batches import VARIANTS, BatchPlan, joined_up, pairs, parts_of, shares_of
from colorize_cli.core.errors import UsageError

RANDOM_PHOTOS = np.random.default_rng(7).integers(0, 256, (5, 16, 16, 3), dtype=np.uint8)


AGEING = Augmentation(tone=1.0, grain=0.1, blur=1.0)
EVERYTHING = Augmentation(crop=0.4, tone=1.0, grain=0.1, blur=1.0)


def plan(**changes: object) -> BatchPlan:
    settings: dict[str, object] = {
        "photos": RANDOM_PHOTOS,
        "variants": ("original",),
        "batch_size": 2,
        "output": "ab",
        "seed": 3,
    }
    return BatchPlan(**{**settings, **changes})  # type: ignore[arg-type]


def test_gray_is_lightness_over_50_less_1_and_colour_is_ab_over_110() -> None:
    batch = pairs(RANDOM_PHOTOS, output="ab")
    lab = rgb2lab(RANDOM_PHOTOS)  # another implementation, with a white point 0.02 % off
    assert np.abs((batch.gray[:, 0] + 1) * 50 - lab[..., 0]).max() < 0.01
    assert np.abs(np.moveaxis(batch.color, 1, -1) * 110 - lab[..., 1:]).max() < 0.05
    assert batch.gray.shape == (5, 1, 16, 16)
    assert batch.color.shape == (5, 2, 16, 16)


def test_rgb_colour_is_twice_the_code_value_less_1() -> None:
    photo = np.zeros((1, 16, 16, 3), np.uint8)
    photo[0, 3, 4] = (255, 0, 51)
    color = pairs(photo, output="rgb").color
    assert color[0, :, 3, 4].tolist() == pytest.approx([1.0, -1.0, -0.6])


def test_the_papers_augmentation_flips_and_turns_by_right_angles() -> None:
    photo = np.zeros((2, 2, 3), np.uint8)
    photo[..., 0] = [[1, 2], [3, 4]]
    seen = {name: turn(photo)[..., 0].tolist() for name, turn in VARIANTS.items()}
    assert seen == {
        "original": [[1, 2], [3, 4]],
        "mirrored": [[2, 1], [4, 3]],
        "turned_right": [[3, 1], [4, 2]],
        "turned_left": [[2, 4], [1, 3]],
    }


@settings(deadline=None, max_examples=20)
@given(
    epoch=st.integers(0, 100),
    batch_size=st.integers(1, 25),
    variants=st.sampled_from([("original",), tuple(VARIANTS)]),
)
def test_an_epoch_shows_every_photo_once_in_every_variant(
    epoch: int, batch_size: int, variants: tuple[str, ...]
) -> None:
    one = plan(batch_size=batch_size, variants=variants)
    shown = np.concatenate([batch.gray for batch in one.epoch(epoch)])
    expected = np.concatenate(
        [
            [pairs(VARIANTS[name](p)[None], output="ab").gray[0] for p in RANDOM_PHOTOS]
            for name in variants
        ]  # type: ignore[index]
    )
    assert len(shown) == one.images == 5 * len(variants)
    assert sorted(p.tobytes() for p in shown) == sorted(p.tobytes() for p in expected)


def test_an_epoch_begun_in_its_middle_gives_the_rest_of_the_same_batches() -> None:
    whole = [batch.gray for batch in plan().epoch(4)]
    rest = [batch.gray for batch in plan().epoch(4, start=1)]
    assert len(whole) == plan().batches == 2
    assert all(np.array_equal(one, other) for one, other in zip(whole[1:], rest, strict=True))


@pytest.mark.parametrize(
    ("batch_size", "sizes"), [(1, [1] * 5), (2, [2, 3]), (3, [3, 2]), (4, [5]), (5, [5]), (9, [5])]
)
def test_the_last_batch_may_be_smaller_but_never_a_single_picture(
    batch_size: int, sizes: list[int]
) -> None:
    one = plan(batch_size=batch_size)
    assert [len(batch.gray) for batch in one.epoch(0)] == sizes
    assert one.batches == len(sizes)


def test_epochs_and_seeds_shuffle_differently() -> None:
    def order(seed: int, epoch: int) -> list[bytes]:
        batches = plan(seed=seed, batch_size=1, variants=tuple(VARIANTS)).epoch(epoch)
        return [batch.gray.tobytes() for batch in batches]

    assert order(0, 0) == order(0, 0)
    assert order(0, 0) != order(0, 1)
    assert order(0, 0) != order(1, 0)


def test_an_abandoned_epoch_leaves_no_thread_waiting() -> None:
    batches = plan().epoch(0)
    next(batches)
    batches.close()  # type: ignore[attr-defined]  # a generator, whatever its annotation says


@pytest.mark.parametrize("output", ["ab", "rgb"])
def test_ageing_changes_the_gray_picture_and_never_the_colour_to_learn(output: str) -> None:
    numbers = np.arange(5)
    plain = plan(output=output).prepare(numbers)
    aged = plan(output=output, augmentation=AGEING).prepare(numbers)
    assert np.array_equal(aged.color, plain.color)
    for found, expected in zip(aged.gray, plain.gray, strict=True):
        assert np.abs(found - expected).max() > 0.05


def test_a_crop_is_the_same_of_gray_and_colour() -> None:
    batch = plan(augmentation=Augmentation(crop=0.5)).prepare(np.arange(5), epoch=3)
    lab = np.concatenate([(batch.gray + 1) * 50, batch.color * 110], axis=1)
    srgb = lab2rgb(np.moveaxis(lab, 1, -1)) * 255
    # Of one photo: all of its pixels are colours that 8 bits of sRGB have, as nothing else is.
    assert np.abs(srgb - srgb.round()).max() < 0.25
    assert not np.array_equal(batch.gray, plan().prepare(np.arange(5)).gray)


def test_a_picture_varies_with_seed_epoch_and_number_and_with_nothing_else() -> None:
    one = plan(augmentation=EVERYTHING)
    alone, among = one.prepare(np.array([3]), epoch=2), one.prepare(np.array([1, 3]), epoch=2)
    assert np.array_equal(alone.gray[0], among.gray[1])
    assert np.array_equal(alone.color[0], among.color[1])
    for other in (
        one.prepare(np.array([3]), epoch=1),
        plan(augmentation=EVERYTHING, seed=4).prepare(np.array([3]), epoch=2),
    ):
        assert not np.array_equal(alone.gray, other.gray)


@pytest.mark.parametrize("processors", [1, 6])
def test_however_many_threads_prepare_them_batches_come_in_order(
    processors: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches_module, "usable_processors", lambda: processors)
    one = plan(augmentation=EVERYTHING, batch_size=2, variants=tuple(VARIANTS))
    order = np.random.default_rng([3, 6]).permutation(one.images)
    shown = [batch.gray for batch in one.epoch(6, start=1)]
    assert len(shown) == one.batches - 1 == 9
    for index, gray in enumerate(shown, start=1):
        numbers = order[2 * index : 2 * index + 2]
        assert np.array_equal(gray, one.prepare(numbers, epoch=6).gray)


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 100), st.integers(1, 40))
def test_a_batch_is_cut_into_as_few_and_as_equal_parts_as_can_be(pictures: int, most: int) -> None:
    parts = parts_of(pictures, most)
    sizes = [part.stop - part.start for part in parts]
    assert np.concatenate([np.arange(pictures)[part] for part in parts]).tolist() == [
        *range(pictures)
    ]
    assert max(sizes) <= most
    assert max(sizes) - min(sizes) <= 1
    assert (len(sizes) - 1) * most < pictures


def test_a_batch_without_a_limit_stays_whole() -> None:
    assert parts_of(33, None) == [slice(0, 33)]


@settings(deadline=None, max_examples=40)
@given(data=st.data(), pictures=st.integers(1, 60), workers=st.integers(1, 5))
def test_workers_share_each_part_of_a_batch_in_order_and_nearly_evenly(
    data: st.DataObject, pictures: int, workers: int
) -> None:
    most = data.draw(st.none() | st.integers(1, 60))
    shares = [shares_of(pictures, most, rank=rank, workers=workers) for rank in range(workers)]
    for number, part in enumerate(parts_of(pictures, most)):
        whole = list(range(pictures))
        own = [whole[share[number]] for share in shares]
        assert [*chain(*own)] == whole[part]
        assert max(map(len, own)) - min(map(len, own)) <= 1
    for rank in range(workers):
        sizes = [share.stop - share.start for share in shares[rank]]
        places = joined_up(shares[rank])
        assert [place.stop - place.start for place in places] == sizes
        assert places[-1].stop == sum(sizes)


def test_workers_prepare_the_batches_of_one_between_them() -> None:
    """Five photos twice, in batches of four: 4, 4 and 2; learnt three at a time: 2 + 2 and 2."""
    whole = plan(variants=("original", "mirrored"), batch_size=4, augmentation=EVERYTHING)
    own = [whole.shared(rank=rank, workers=2, micro_batch=3) for rank in range(2)]
    batches = zip(whole.epoch(1), own[0].epoch(1), own[1].epoch(1), strict=True)
    for number, (batch, first, second) in enumerate(batches):
        assert whole.pictures_in(number) == len(batch.gray)
        halves = [first.gray[:1], second.gray[:1], first.gray[1:], second.gray[1:]]
        np.testing.assert_array_equal(np.concatenate(halves), batch.gray)


@pytest.mark.parametrize(
    ("workers", "micro_batch", "fits"), [(2, None, True), (3, None, False), (2, 1, False)]
)
def test_every_worker_has_a_picture_of_every_part(
    workers: int, micro_batch: int | None, fits: bool
) -> None:
    """Ten pictures in batches of four leave one of two."""
    whole = plan(variants=("original", "mirrored"), batch_size=4)
    if fits:
        assert whole.shared(rank=1, workers=workers, micro_batch=micro_batch).batches == 3
        return
    with pytest.raises(UsageError, match=f"{workers} workers cannot share"):
        whole.shared(rank=1, workers=workers, micro_batch=micro_batch)
