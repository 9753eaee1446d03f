from typing import Literal

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from colorize_cli.core.architecture import GeneratorSpec
from colorize_cli.core.flip_averaging import averaged_over_flips
from colorize_cli.core.picture import Picture
from colorize_cli.core.pipeline import colorize
from photos import make_photo

STRIDE = 8

pictures = arrays(
    np.float32,
    array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=20),
    elements=st.floats(0, 100, width=32),
)


def distances_from_the_left(values: np.ndarray) -> np.ndarray:
    """Two planes that tell left from right: columns, and columns times what is seen."""
    columns = np.broadcast_to(np.arange(values.shape[-1], dtype=np.float32), values.shape)
    return np.stack([columns, columns * values])


def padded_at_the_right(values: np.ndarray) -> np.ndarray:
    """A network that sees a picture reflected to a stride, and looks to the left."""
    height, width = values.shape
    margins = [(0, -height % STRIDE), (0, -width % STRIDE)]
    seen = np.pad(values, margins, mode="reflect")
    left = np.cumsum(seen, axis=1, dtype=np.float32) * np.float32(0.1)
    return np.stack([left, left - seen])[:, :height, :width]


def test_left_and_right_are_averaged() -> None:
    seen = np.array([[10, 20, 60]], np.float32)
    columns, products = averaged_over_flips(distances_from_the_left)(seen)
    # From the left 0, 1, 2 and from the right 2, 1, 0: on average one column from either side.
    np.testing.assert_array_equal(columns, [[1, 1, 1]])
    np.testing.assert_array_equal(products, [[10, 20, 60]])


def test_what_is_the_same_both_ways_is_unchanged() -> None:
    seen = np.array([[10, 20, 60], [1, 2, 3]], np.float32)
    np.testing.assert_array_equal(averaged_over_flips(lambda values: values * 3)(seen), seen * 3)


@given(seen=pictures)
@settings(deadline=None, max_examples=40)
def test_a_mirrored_picture_has_mirrored_colours_whatever_its_width(seen: np.ndarray) -> None:
    averaged = averaged_over_flips(padded_at_the_right)
    mirrored = averaged(np.ascontiguousarray(seen[:, ::-1]))
    np.testing.assert_array_equal(mirrored, averaged(seen)[..., ::-1])
    assert mirrored.dtype == np.float32


def test_the_network_is_given_contiguous_arrays_and_the_input_stays() -> None:
    given_arrays = []

    def predict(values: np.ndarray) -> np.ndarray:
        given_arrays.append(values)
        return values

    seen = np.arange(6, dtype=np.float32).reshape(1, 1, 2, 3)
    averaged_over_flips(predict)(seen)
    assert all(values.flags.c_contiguous for values in given_arrays)
    np.testing.assert_array_equal(seen.ravel(), range(6))


class LeftLooking:
    """A network whose colour is the mean of all that lies to the left, as ab of the tanh."""

    device = "cpu"

    def __call__(self, gray: np.ndarray) -> np.ndarray:
        means = np.cumsum(gray, axis=-1) / np.arange(1, gray.shape[-1] + 1, dtype=np.float32)
        return np.concatenate([means, gray - means], axis=1) * np.float32(0.5)


def test_at_best_quality_a_mirrored_picture_is_coloured_as_in_a_mirror() -> None:
    # 37 by 60 pixels are 10 by 16 to the network, which sees 16 by 16.
    codes = np.asarray(make_photo(3, 37, 60).convert("L"))
    spec = GeneratorSpec(output="ab", base_width=2, size=16)

    def results(quality: Literal["standard", "best"]) -> list[np.ndarray]:
        turned = [codes, np.ascontiguousarray(codes[:, ::-1])]
        made = [
            colorize(Picture(codes=each), spec, LeftLooking(), quality=quality, workers=1).codes
            for each in turned
        ]
        return [made[0].astype(int), made[1][:, ::-1].astype(int)]

    plain, plain_mirrored = results("standard")
    best, best_mirrored = results("best")
    assert np.abs(plain - plain_mirrored).max() > 10
    # Averaging over areas and guiding add up from the left: to the rounding of float32.
    assert np.abs(best - best_mirrored).max() <= 1
