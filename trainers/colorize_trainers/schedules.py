"""How the learning rate changes over a run: factors of it, as pure functions of the step."""

from collections.abc import Callable, Mapping
from math import cos, pi
from typing import Final, Literal, TypeAlias

Schedule: TypeAlias = Literal["constant", "linear", "cosine"]


def rate_factor(schedule: Schedule, *, step: int, steps: int, warm_steps: int = 0) -> float:
    """Return by what to multiply the learning rate in a step, in [0, 1].

    `step` counts from 0 to `steps` - 1. In the first `warm_steps` the factor rises in a line,
    (step + 1) / warm_steps (Goyal et al. 2017, section 2.2); the schedule has the others to itself,
    p = (step - warm_steps) / (steps - warm_steps) of which are done. Steps after the last have the
    factor of p = 1.
    """
    if step < warm_steps:
        return (step + 1) / warm_steps
    done = (step - warm_steps) / max(1, steps - warm_steps)
    return FACTORS[schedule](min(1.0, done))


def _constant(_: float) -> float:
    return 1.0


def _linear(done: float) -> float:
    """Keep the rate for half of the time, then let it fall in a line: min(1, 2 (1 - p)).

    As pix2pix is trained by its authors' PyTorch code, 100 epochs and 100 (`lr_policy` linear); in
    words in Zhu et al. 2017, appendix 7.1. Theirs falls by the epoch, this by the step.
    """
    return min(1.0, 2 * (1 - done))


def _cosine(done: float) -> float:
    """Fall along half a wave to zero: (1 + cos(pi p)) / 2.

    Loshchilov and Hutter 2017, equation 5, with one period and a least rate of 0.
    """
    return (1 + cos(pi * done)) / 2


FACTORS: Final[Mapping[Schedule, Callable[[float], float]]] = {
    "constant": _constant,
    "linear": _linear,
    "cosine": _cosine,
}
"""Each of the part of the steps that is done, in [0, 1]."""
