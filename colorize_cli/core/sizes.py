"""Sizes of pictures that are made small, and lengths in pieces."""

from collections.abc import Iterator


def small_shape(shape: tuple[int, int], long_side: int) -> tuple[int, int]:
    """Return height and width of a picture of `shape` (H, W) brought to a longer side."""
    scale = long_side / max(shape)
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def pieces(length: int, most: int) -> Iterator[slice]:
    """Yield slices of at most so many (at least one) that cover a length."""
    step = max(1, most)
    return (slice(start, min(start + step, length)) for start in range(0, length, step))
