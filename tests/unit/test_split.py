import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colorize_cli.core.dataset import Side
from colorize_cli.core.split import split_sides

PHOTOS = [f"{number:064x}" for number in range(200)]


def held_out(photos: list[str], **options: object) -> set[str]:
    arguments = {"seed": 0, "test_share": 0.05, **options}
    sides = split_sides(photos, **arguments)  # type: ignore[arg-type]
    return {photo for photo, side in zip(photos, sides, strict=True) if side == "test"}


@pytest.mark.parametrize(
    ("count", "share", "tests"),
    [(200, 0.05, 10), (190, 0.05, 10), (10, 0.05, 1), (2, 0.9, 1), (2, 0.01, 1), (100, 0.29, 29)],
)
def test_the_test_side_has_its_share_and_both_sides_have_one(
    count: int, share: float, tests: int
) -> None:
    assert len(held_out(PHOTOS[:count], test_share=share)) == tests


@settings(deadline=None, max_examples=20)
@given(st.permutations(PHOTOS[:30]))
def test_the_order_of_photos_does_not_matter(photos: list[str]) -> None:
    assert held_out(photos, test_share=0.2) == held_out(PHOTOS[:30], test_share=0.2)


def test_another_seed_gives_another_split() -> None:
    assert held_out(PHOTOS, seed=1) != held_out(PHOTOS, seed=2)


def test_a_larger_share_tests_on_the_same_photos_and_more() -> None:
    assert held_out(PHOTOS, test_share=0.05) < held_out(PHOTOS, test_share=0.1)


def test_known_photos_keep_their_side_and_new_ones_fill_the_share() -> None:
    earlier = PHOTOS[:100]
    tests = held_out(earlier)
    known: dict[str, Side] = {photo: "test" if photo in tests else "train" for photo in earlier}
    later = held_out(PHOTOS, known=known)
    assert later & set(earlier) == tests
    assert len(later) == 10


def test_known_photos_keep_their_side_even_beyond_the_share() -> None:
    known: dict[str, Side] = dict.fromkeys(PHOTOS[:20], "test")
    assert held_out(PHOTOS, known=known) == set(PHOTOS[:20])


@pytest.mark.parametrize("side", ["train", "test"])
def test_a_side_that_would_be_empty_gets_one_photo(side: Side) -> None:
    known: dict[str, Side] = dict.fromkeys(PHOTOS, side)
    assert len(held_out(PHOTOS, known=known)) == (1 if side == "train" else 199)
