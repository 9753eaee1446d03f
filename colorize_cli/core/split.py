"""Decide which photos are trained on and which are kept for testing."""

import hashlib
from collections.abc import Mapping, Sequence

from colorize_cli.core.dataset import Side


def split_sides(
    pixel_hashes: Sequence[str],
    *,
    seed: int,
    test_share: float,
    known: Mapping[str, Side] | None = None,
) -> list[Side]:
    """Return the side of each photo; it depends on pixels and seed, not on names or order.

    Photos are ranked by a hash of their pixel hash, keyed with the seed; the lowest are tested
    on: `test_share` of all, rounded, and at least one on each side. Photos whose side is `known`
    keep it, and only new ones are ranked, to bring the test side to its share. The pixel hashes
    must differ from each other.
    """
    ranked = sorted(pixel_hashes, key=lambda pixels: _rank(pixels, seed))
    sides = {pixels: known[pixels] for pixels in ranked if pixels in known} if known else {}
    missing = wanted_tests(len(ranked), test_share) - list(sides.values()).count("test")
    for place, pixels in enumerate(pixels for pixels in ranked if pixels not in sides):
        sides[pixels] = "test" if place < missing else "train"
    _fill_empty_side(ranked, sides)
    return [sides[pixels] for pixels in pixel_hashes]


def wanted_tests(count: int, test_share: float) -> int:
    """Return how many of `count` photos to test on; at least one photo stays on each side."""
    return max(1, min(count - 1, round(test_share * count)))


def _fill_empty_side(ranked: Sequence[str], sides: dict[str, Side]) -> None:
    """Move one photo where all that are left are known on one side."""
    if len(ranked) < 2:
        return
    if "test" not in sides.values():
        sides[ranked[0]] = "test"
    if "train" not in sides.values():
        sides[ranked[-1]] = "train"


def _rank(pixels: str, seed: int) -> bytes:
    key = str(seed).encode()[:64]  # the longest key that BLAKE2b takes
    return hashlib.blake2b(pixels.encode(), key=key, digest_size=32).digest()
