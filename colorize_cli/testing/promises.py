"""How a check says what was promised and what came instead."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

TOLERANCE: Final = 1e-4
"""What the contract allows between frameworks."""
ROUNDING: Final = 1e-5
"""What another order of summation may change within one framework."""


class PromiseBroken(AssertionError):  # noqa: N818 - the name is the message
    """A backend does not do what the contract promises."""

    def __init__(self, promised: str, came: str) -> None:
        super().__init__(f"promised: {promised}; came: {' '.join(came.split())}")


class NotApplicable(Exception):  # noqa: N818 - a state, not an error
    """A check does not concern this backend, or cannot be done on it."""


def expect(is_kept: bool, promised: str, came: object) -> None:
    """Raise PromiseBroken unless a promise is kept."""
    if not is_kept:
        raise PromiseBroken(promised, str(came))


def expect_close(
    found: NDArray[Any], expected: NDArray[Any], promised: str, *, tolerance: float = 0
) -> None:
    """Raise PromiseBroken unless two arrays have one shape and differ by no more than that."""
    found = np.asarray(found)
    expect(found.shape == expected.shape, promised, f"shape {found.shape}, not {expected.shape}")
    difference = np.abs(found.astype(np.float64) - expected).max(initial=0)
    # Written so that not-a-number, which compares as false, breaks the promise.
    is_close = bool(difference <= tolerance)
    expect(is_close, promised, f"a difference of {difference:.1e} (allowed: {tolerance:.0e})")


def expect_refusal(kind: type[Exception], action: Callable[[], object], promised: str) -> None:
    """Raise PromiseBroken unless an action raises just this kind of error."""
    try:
        action()
    except kind:
        return
    except Exception as error:
        raise PromiseBroken(promised, f"{type(error).__name__}: {error}") from error
    raise PromiseBroken(promised, "no refusal")
