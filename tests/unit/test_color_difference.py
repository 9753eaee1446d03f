import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from skimage.color import deltaE_ciede2000

from colorize_cli.core import color_difference
from colorize_cli.core.color_difference import ciede2000

SHARMA_TABLE_1 = """
50 2.6772 -79.7751 50 0 -82.7485 2.0425
50 3.1571 -77.2803 50 0 -82.7485 2.8615
50 2.8361 -74.0200 50 0 -82.7485 3.4412
50 -1.3802 -84.2814 50 0 -82.7485 1.0000
50 -1.1848 -84.8006 50 0 -82.7485 1.0000
50 -0.9009 -85.5211 50 0 -82.7485 1.0000
50 0 0 50 -1 2 2.3669
50 -1 2 50 0 0 2.3669
50 2.49 -0.0010 50 -2.49 0.0009 7.1792
50 2.49 -0.0010 50 -2.49 0.0010 7.1792
50 2.49 -0.0010 50 -2.49 0.0011 7.2195
50 2.49 -0.0010 50 -2.49 0.0012 7.2195
50 -0.0010 2.49 50 0.0009 -2.49 4.8045
50 -0.0010 2.49 50 0.0010 -2.49 4.8045
50 -0.0010 2.49 50 0.0011 -2.49 4.7461
50 2.5 0 50 0 -2.5 4.3065
50 2.5 0 73 25 -18 27.1492
50 2.5 0 61 -5 29 22.8977
50 2.5 0 56 -27 -3 31.9030
50 2.5 0 58 24 15 19.4535
50 2.5 0 50 3.1736 0.5854 1.0000
50 2.5 0 50 3.2972 0 1.0000
50 2.5 0 50 1.8634 0.5757 1.0000
50 2.5 0 50 3.2592 0.3350 1.0000
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
"""
"""Table 1 of Sharma, Wu and Dalal 2005: two Lab colours and their difference, to four digits."""

ROWS = np.array([line.split() for line in SHARMA_TABLE_1.split("\n") if line], np.float64)

COLORS = arrays.arrays(np.float64, (5, 3), elements=st.floats(-100, 100)).map(
    lambda lab: np.abs(lab) * [1, 0, 0] + lab * [0, 1, 1]
)


def is_any_opposite(lab: np.ndarray, other: np.ndarray) -> bool:
    """Whether the mean of two hues hangs on the last digit, as the formula is not continuous."""
    (a1, b1), (a2, b2) = lab[:, 1:].T, other[:, 1:].T
    sizes = np.hypot(a1, b1) * np.hypot(a2, b2)
    is_in_line = np.abs(a1 * b2 - a2 * b1) <= 1e-6 * sizes
    return bool((is_in_line & (a1 * a2 + b1 * b2 <= 0) & (sizes > 0)).any())


def test_the_published_pairs_have_their_published_differences() -> None:
    assert len(ROWS) == 34
    assert ciede2000(ROWS[:, :3], ROWS[:, 3:6]) == pytest.approx(ROWS[:, 6], abs=5e-5)


def test_the_order_of_the_two_colours_does_not_matter() -> None:
    forward, back = ciede2000(ROWS[:, :3], ROWS[:, 3:6]), ciede2000(ROWS[:, 3:6], ROWS[:, :3])
    assert forward == pytest.approx(back, abs=1e-12)


def test_black_and_white_differ_by_a_hundred() -> None:
    black, white = np.zeros((1, 3)), np.array([[100.0, 0, 0]])
    assert ciede2000(black, white) == pytest.approx([100])


@settings(deadline=None, max_examples=50)
@given(lab=COLORS, other=COLORS)
def test_it_agrees_with_scikit_image(lab: np.ndarray, other: np.ndarray) -> None:
    assume(not is_any_opposite(lab, other))
    assert ciede2000(lab, other) == pytest.approx(deltaE_ciede2000(lab, other), abs=1e-6)


@settings(deadline=None, max_examples=20)
@given(lab=COLORS)
def test_equal_colours_do_not_differ(lab: np.ndarray) -> None:
    assert (ciede2000(lab, lab) == 0).all()


def test_pictures_keep_their_shape_whatever_is_worked_on_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random = np.random.default_rng(0)
    lab, other = (random.uniform(-50, 50, (4, 5, 3)).astype(np.float32) for _ in range(2))
    whole = ciede2000(lab, other)
    monkeypatch.setattr(color_difference, "STRIP_PIXELS", 3)
    assert whole.shape == (4, 5)
    assert (ciede2000(lab, other) == whole).all()
