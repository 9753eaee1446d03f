"""The cells of the table of `colorize eval`."""

import pytest

from colorize_cli.commands.eval_report import _cell, _gain
from colorize_cli.core.confidence import Estimate


@pytest.mark.parametrize(("value", "text"), [(-0.0001, "0.00"), (-0.01, "-0.01"), (0.004, "0.00")])
def test_what_rounds_to_nothing_has_no_sign(value: float, text: str) -> None:
    assert _cell(Estimate(value=value), 2) == text


def test_a_gain_has_a_sign_of_its_own() -> None:
    gain = Estimate(value=0.5, low=-0.0001, high=1.0)
    assert _gain(gain, 2) == "+0.50 (0.00 to 1.00)"
