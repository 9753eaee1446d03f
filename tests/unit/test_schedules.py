import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colorize_trainers.schedules import Schedule, rate_factor

SCHEDULES: tuple[Schedule, ...] = ("constant", "linear", "cosine")


def factors(schedule: Schedule, steps: int, warm_steps: int = 0) -> list[float]:
    return [
        rate_factor(schedule, step=step, steps=steps, warm_steps=warm_steps)
        for step in range(steps)
    ]


def test_constant_is_always_the_whole_rate() -> None:
    assert factors("constant", 5) == [1.0] * 5


def test_linear_keeps_the_rate_for_half_of_the_steps_and_then_falls_evenly() -> None:
    assert factors("linear", 8) == pytest.approx([1, 1, 1, 1, 1, 0.75, 0.5, 0.25])


def test_cosine_falls_along_half_a_wave() -> None:
    found = factors("cosine", 6)
    # cos 0, 30, 60, 90, 120 and 150 degrees.
    cosines = np.array([1, np.sqrt(3) / 2, 0.5, 0, -0.5, -np.sqrt(3) / 2])
    assert found == pytest.approx((1 + cosines) / 2)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_warm_steps_rise_in_a_line_and_the_schedule_has_the_rest(schedule: Schedule) -> None:
    found = factors(schedule, 12, warm_steps=4)
    assert found[:4] == [0.25, 0.5, 0.75, 1.0]
    assert found[4:] == factors(schedule, 8)


@pytest.mark.parametrize(("schedule", "last"), [("constant", 1), ("linear", 0), ("cosine", 0)])
def test_steps_after_the_last_stay_at_the_end_of_the_schedule(
    schedule: Schedule, last: float
) -> None:
    assert rate_factor(schedule, step=10, steps=10) == pytest.approx(last)
    assert rate_factor(schedule, step=99, steps=10) == pytest.approx(last)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_run_may_be_all_warm_up(schedule: Schedule) -> None:
    assert factors(schedule, 2, warm_steps=4) == [0.25, 0.5]
    assert rate_factor(schedule, step=4, steps=4, warm_steps=4) == 1.0


@settings(deadline=None, max_examples=50)
@given(st.sampled_from(SCHEDULES), st.integers(1, 200), st.integers(0, 50))
def test_factors_are_above_0_and_fall_once_they_have_risen(
    schedule: Schedule, steps: int, warm_steps: int
) -> None:
    found = factors(schedule, steps, warm_steps)
    assert all(0 < factor <= 1 for factor in found)
    assert found[:warm_steps] == sorted(found[:warm_steps])
    assert found[warm_steps:] == sorted(found[warm_steps:], reverse=True)
