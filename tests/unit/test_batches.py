import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import rgb2lab

from colorize_cli.core.batches import VARIANTS, BatchPlan, pairs

RANDOM_PHOTOS = np.random.default_rng(7).integers(0, 256, (5, 16, 16, 3), dtype=np.uint8)


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
