import math

import numpy as np
import pytest

from colorize_cli.core.errors import ColorizeError
from colorize_cli.core.export_check import check_difference, largest_difference


class Constant:
    """Colours everything alike, but for pictures of one width."""

    device = "cpu"

    def __init__(self, value, odd_width=None, odd_value=0.0):
        self.value, self.odd_width, self.odd_value = value, odd_width, odd_value
        self.shapes = []

    def __call__(self, gray):
        self.shapes.append(gray.shape)
        is_odd = gray.shape[3] == self.odd_width
        return np.full_like(gray, self.odd_value if is_odd else self.value).repeat(2, axis=1)


def test_equal_colorizers_do_not_differ():
    assert largest_difference(Constant(0.5), Constant(0.5), stride=16) == 0


def test_the_largest_difference_of_all_shapes_counts():
    exported = Constant(0.25, odd_width=32, odd_value=-0.75)
    assert largest_difference(exported, Constant(0.25), stride=16) == 1.0


def test_batch_height_and_width_all_vary_and_fit_the_stride():
    exported = Constant(0)
    largest_difference(exported, Constant(0), stride=16)
    for axis in (0, 2, 3):
        assert len({shape[axis] for shape in exported.shapes}) > 1
    assert all(shape[2] % 16 == 0 and shape[3] % 16 == 0 for shape in exported.shapes)


def test_a_not_a_number_is_never_lost():
    exported = Constant(0, odd_width=32, odd_value=math.nan)
    assert math.isnan(largest_difference(exported, Constant(0), stride=16))


@pytest.mark.parametrize("difference", [1.01e-4, 1.0, math.inf, math.nan])
def test_more_than_the_tolerance_is_refused(difference):
    with pytest.raises(ColorizeError, match="nothing was written"):
        check_difference(difference)


def test_the_tolerance_itself_is_accepted():
    check_difference(1e-4)
