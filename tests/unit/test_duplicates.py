from hypothesis import given, settings
from hypothesis import strategies as st

from colorize_cli.core.duplicates import find_duplicates
from colorize_cli.core.photo_hashes import Hashes


def hashes(pixels: str, coarse: int = 0, fine: int = 0, area: int = 1, color: int = 0) -> Hashes:
    return Hashes(
        pixels=pixels,
        coarse=coarse.to_bytes(8, "big"),
        fine=fine.to_bytes(32, "big"),
        colors=bytes([color] * 192),
        area=area,
    )


def ones(count: int) -> int:
    return (1 << count) - 1


def test_the_first_of_equal_photos_stays() -> None:
    assert find_duplicates([hashes("a"), hashes("a"), hashes("a")]) == {1: 0, 2: 0}


def test_photos_are_near_up_to_8_and_32_bits() -> None:
    photos = [hashes("a", area=2), hashes("b", ones(8), ones(32))]
    assert find_duplicates(photos) == {1: 0}


def test_photos_that_are_near_by_one_hash_only_stay() -> None:
    assert find_duplicates([hashes("a"), hashes("b", coarse=ones(9))]) == {}
    assert find_duplicates([hashes("a"), hashes("b", fine=ones(33))]) == {}


def test_photos_of_other_colours_stay_however_alike_their_shapes() -> None:
    assert find_duplicates([hashes("a", color=100), hashes("b", color=106)]) == {1: 0}
    assert find_duplicates([hashes("a", color=100), hashes("b", color=107)]) == {}
    assert find_duplicates([hashes("a", color=0), hashes("b", color=255)]) == {}


def test_the_larger_of_near_photos_stays() -> None:
    assert find_duplicates([hashes("a", area=10), hashes("b", area=20)]) == {0: 1}


def test_a_known_photo_stays_before_a_larger_one() -> None:
    photos = [hashes("a", area=10), hashes("b", area=20)]
    assert find_duplicates(photos, known={"a"}) == {1: 0}


def test_a_copy_of_a_copy_is_listed_with_the_photo_that_stays() -> None:
    photos = [hashes("b"), hashes("a", area=9), hashes("b")]
    assert find_duplicates(photos) == {0: 1, 2: 1}


def test_the_nearest_photo_is_named() -> None:
    photos = [hashes("a", fine=ones(30)), hashes("b", fine=ones(70)), hashes("c", fine=ones(50))]
    assert find_duplicates([*photos[:2], hashes("z", fine=ones(45))]) == {2: 0}


def test_no_photos_have_no_duplicates() -> None:
    assert find_duplicates([]) == {}


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, ones(12)), st.integers(0, ones(40))), max_size=12))
def test_what_stays_is_apart_and_what_goes_is_near_something_that_stays(
    bits: list[tuple[int, int]],
) -> None:
    photos = [hashes(f"{i:03}", coarse, fine) for i, (coarse, fine) in enumerate(bits)]
    duplicates = find_duplicates(photos)
    staying = [i for i in range(len(photos)) if i not in duplicates]

    def is_near(one: int, two: int) -> bool:
        (coarse, fine), (other_coarse, other_fine) = bits[one], bits[two]
        return (coarse ^ other_coarse).bit_count() <= 8 and (fine ^ other_fine).bit_count() <= 32

    assert not any(is_near(one, two) for one in staying for two in staying if one != two)
    assert all(
        original in staying and is_near(copy, original) for copy, original in duplicates.items()
    )
