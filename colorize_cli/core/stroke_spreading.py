"""A few strokes of colour to the regions that they stand for, along the lightness.

Two questions, one for each part. *How far does a stroke reach?* As far as paths lead from it that
cross no edge: the least sum of squared steps of lightness on the way (the geodesic distance of
Yatziv and Sapiro 2006, squared so that slow shading and fine grain cost little and edges much).
*Which colour is there?* That of smoothest chroma (Levin, Lischinski and Weiss 2004): strokes are
held fixed and the sum of w_rs |U(r) - U(s)|^2 over neighbours is lowered by conjugate gradients,
with weights that are small across edges. Distances are whole numbers: equal on every machine.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float32]
Mask: TypeAlias = NDArray[np.bool_]
Whole: TypeAlias = NDArray[np.int64]

EDGE: Final = 12.0
"""Step of L* between two pixels of the grid that no stroke reaches across. Strokes on eight
photographs: at 10 coats and meadows were left half done, at 20 birds leaked into backgrounds."""

WHOLE_INFLUENCE: Final = 0.4
"""Distance up to which a stroke governs alone; from there to 1 it gives way to the network."""

FLAT_REACH: Final = 8
"""Longer sides of the picture after which a stroke ends even where all is flat."""

EDGE_SHARPNESS: Final = 16.0
"""Weights are exp(-16 cost), 1e-7 at edges: of a step of L* that is a Gaussian of 2 units."""

ITERATIONS: Final = 60
"""Of conjugate gradients, at most: seams between strokes become as wide as a tenth of the grid."""

TOLERANCE: Final = 1e-6
"""Of the squared residual, relative to the first."""

SWEEPS: Final = 400
"""Turns that the way from a stroke may take, at most. Photographs need 40 to 110; only in a maze
would a stroke end sooner for it."""

SPECK: Final = 256
"""Part of the longer side: what is no wider on either side of its middle, as leaves of a tree
are, goes with what it lies in."""

RIM: Final = 4
"""Pixels beyond their reach to which colours are continued: what enlarging looks at."""

UNIT: Final = 2**16
"""A distance of 1, as a whole number."""

LABELS: Final = 2**20
"""More than a grid has pixels: the low digits of a distance say which stroke it is from."""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """The chroma `(2, h, w)` that strokes ask for, and how much they govern `(h, w)`, 0 to 1."""

    ab: FloatArray
    influence: FloatArray


def spread(ab: FloatArray, is_stroke: Mask, lightness: FloatArray) -> Spread:
    """Spread the ab `(2, h, w)` of the pixels in strokes `(h, w)` over a lightness `(h, w)`."""
    costs = _step_costs(lightness)
    distance, nearest = _travelled(is_stroke, costs)
    is_reached = distance < UNIT
    start = np.where(is_reached, ab.reshape(2, -1)[:, nearest], np.float32(0))
    smooth = _smoothest(start, is_reached & ~is_stroke, is_reached, costs)
    share = (1 - distance / UNIT) / (1 - WHOLE_INFLUENCE)
    influence = _without_specks(_smooth_step(share))
    return Spread(ab=_with_rim(smooth, is_reached), influence=influence)


def _smooth_step(share: NDArray[np.float64]) -> FloatArray:
    inside = np.clip(share, 0, 1)
    return (inside * inside * (3 - 2 * inside)).astype(np.float32)


def _without_specks(influence: FloatArray) -> FloatArray:
    """Close gaps that are narrower than twice a speck: a dilation and an erosion by squares."""
    radius = max(1, round(max(influence.shape) / SPECK))
    return _extreme(_extreme(influence, np.maximum, radius), np.minimum, radius)


def _extreme(values: FloatArray, choose: np.ufunc, radius: int) -> FloatArray:
    """Return the most or the least within a square about each pixel, cut off at the borders."""
    for axis in (0, 1):
        margins = [(radius, radius) if axis == other else (0, 0) for other in (0, 1)]
        padded = np.moveaxis(np.pad(values, margins, mode="edge"), axis, 0)
        length = values.shape[axis]
        steps = [padded[step : step + length] for step in range(2 * radius + 1)]
        values = np.moveaxis(choose.reduce(steps), 0, axis)
    return values


def _step_costs(lightness: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the costs of steps downwards `(h - 1, w)` and to the right `(h, w - 1)`, up to 1."""
    least = np.float32(1 / (FLAT_REACH * max(lightness.shape)))
    steps = (np.diff(lightness, axis=axis) / np.float32(EDGE) for axis in (0, 1))
    down, right = (np.minimum(step * step + least, 1) for step in steps)
    return down, right


def _travelled(
    is_stroke: Mask, costs: tuple[FloatArray, FloatArray]
) -> tuple[Whole, NDArray[np.intp]]:
    """Return the distance of each pixel from the strokes, and the nearest pixel in one, flat.

    Distances end at UNIT, from where on the nearest pixel means nothing. Sweeps along all rows,
    then all columns, are repeated until nothing changes, both ways of each at once.
    """
    down, right = (_places(cost, axis) for axis, cost in enumerate(costs))
    limit = UNIT * LABELS
    labels = np.arange(is_stroke.size, dtype=np.int64).reshape(is_stroke.shape)
    state = np.where(is_stroke, labels, limit)
    down = np.ascontiguousarray(down.T)
    for _ in range(SWEEPS):
        before = state
        across = np.ascontiguousarray(_swept(state, right, limit).T)
        state = np.ascontiguousarray(_swept(across, down, limit).T)
        if np.array_equal(state, before):
            break
    return state // LABELS, (state % LABELS).astype(np.intp)


def _places(cost: FloatArray, axis: int) -> Whole:
    """Return the distance of each pixel from the first of its line, with room for labels."""
    whole = np.rint(cost.astype(np.float64) * UNIT).astype(np.int64) * LABELS
    return np.insert(np.cumsum(whole, axis=axis), 0, 0, axis=axis)


def _swept(state: Whole, places: Whole, limit: int) -> Whole:
    """Let every pixel know what is nearest along its row, to either side."""
    rightwards = state - places
    np.minimum.accumulate(rightwards, axis=1, out=rightwards)
    rightwards += places
    leftwards = np.minimum.accumulate((state + places)[:, ::-1], axis=1)[:, ::-1] - places
    nearest: Whole = np.minimum(np.minimum(rightwards, leftwards), limit)
    return nearest


def _smoothest(
    start: FloatArray, is_free: Mask, is_inside: Mask, costs: tuple[FloatArray, FloatArray]
) -> FloatArray:
    """Return the chroma that is smoothest where it is free, beginning from `start`.

    Each channel by itself: conjugate gradients with the diagonal as preconditioner.
    """
    weights = _weights(is_inside, costs)
    diagonal = _weight_sums(weights, is_inside.shape)
    inverse = np.where(is_free & (diagonal > 0), 1 / np.maximum(diagonal, 1e-6), 0)
    return np.stack([_solved(channel, inverse, weights) for channel in start])


def _weights(
    is_inside: Mask, costs: tuple[FloatArray, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    down, right = (np.exp(-np.float32(EDGE_SHARPNESS) * cost) for cost in costs)
    return down * (is_inside[1:] & is_inside[:-1]), right * (is_inside[:, 1:] & is_inside[:, :-1])


def _weight_sums(weights: tuple[FloatArray, FloatArray], shape: tuple[int, ...]) -> FloatArray:
    down, right = weights
    sums = np.zeros(shape, np.float32)
    sums[1:] += down
    sums[:-1] += down
    sums[:, 1:] += right
    sums[:, :-1] += right
    return sums


def _solved(
    values: FloatArray, inverse: FloatArray, weights: tuple[FloatArray, FloatArray]
) -> FloatArray:
    """Solve for the values where `inverse`, that of the diagonal, is not 0."""
    is_free = inverse > 0
    residual = -_differences(values, weights) * is_free
    step = inverse * residual
    energy = first = _product(residual, step)
    for _ in range(ITERATIONS):
        if energy <= first * TOLERANCE:
            break
        image = _differences(step, weights) * is_free
        length = np.float32(energy / _product(step, image))
        values = values + length * step
        residual -= length * image
        before, energy = energy, _product(residual, inverse * residual)
        step = inverse * residual + np.float32(energy / before) * step
    return values


def _differences(values: FloatArray, weights: tuple[FloatArray, FloatArray]) -> FloatArray:
    """Return for each pixel the weighted sum of its differences from its neighbours."""
    down, right = (weights[axis] * np.diff(values, axis=axis) for axis in (0, 1))
    sums = np.zeros_like(values)
    sums[1:] += down
    sums[:-1] -= down
    sums[:, 1:] += right
    sums[:, :-1] -= right
    return sums


def _product(first: FloatArray, second: FloatArray) -> float:
    # Not by BLAS, whose sums depend on the number of its threads.
    return float((first.astype(np.float64) * second).sum())


def _with_rim(ab: FloatArray, is_reached: Mask) -> FloatArray:
    """Continue chroma a few pixels beyond where it is known."""
    known = is_reached
    for _ in range(RIM):
        sums, count = _neighbourhood(ab * known), _neighbourhood(known.astype(np.float32))
        ab = np.where(known, ab, sums / np.maximum(count, 1))
        known = known | (count > 0)
    return ab


def _neighbourhood(values: FloatArray) -> FloatArray:
    """Sum up each pixel and its eight neighbours, along the last two axes."""
    for axis in (-1, -2):
        margins = [(0, 0)] * values.ndim
        margins[axis] = (1, 1)
        padded = np.moveaxis(np.pad(values, margins), axis, 0)
        values = np.moveaxis(padded[:-2] + padded[1:-1] + padded[2:], 0, axis)
    return values
