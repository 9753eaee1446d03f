"""How sure a mean over photos is: the bootstrap.

Source: Efron and Tibshirani, "An introduction to the bootstrap", 1993, chapter 13: photos are
drawn again, with replacement, as many as there are; the interval is that of percentiles. It
tells how far other photos of the same kind would move the mean, and nothing of another training.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Float64Array: TypeAlias = NDArray[np.float64]

RESAMPLES: Final = 2000
"""Enough for percentiles of 95 % intervals (Efron and Tibshirani, section 13.3: 1,000)."""
LEVEL: Final = 0.95
BLOCK: Final = 100
"""Resamples drawn at a time, so that many photos need little memory."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A value with its 95 % interval, from `low` to `high`; None where it has none."""

    value: float
    low: float | None = None
    high: float | None = None


def resampled_ratios(
    numerators: Float64Array,
    denominators: Float64Array,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Float64Array:
    """Return the ratio of sums over photos for each resample: `(resamples, K)`.

    Both arguments are `(photos, K)`; with denominators of 1 the ratios are means. All columns
    see the same photos drawn, so that the difference of two columns is a paired one.
    """
    random = np.random.default_rng(seed)
    count = len(numerators)
    parts = []
    for start in range(0, resamples, BLOCK):
        block = min(BLOCK, resamples - start)
        drawn = random.multinomial(count, np.full(count, 1 / count), size=block).astype(np.float64)
        parts.append((drawn @ numerators) / (drawn @ denominators))
    return np.concatenate(parts)


def estimate(value: float, resampled: Float64Array) -> Estimate:
    """Return a value with the interval that the resampled ones `(resamples,)` span."""
    low, high = np.percentile(resampled, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return Estimate(value=float(value), low=float(low), high=float(high))
