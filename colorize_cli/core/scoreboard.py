"""From the scores of photos to those of a set: means, their intervals, the gain over gray.

Every photo counts the same, whatever its size.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.color_closeness import class_weights
from colorize_cli.core.confidence import Estimate, estimate, resampled_ratios
from colorize_cli.core.feature_distance import frechet_distance, kernel_distance
from colorize_cli.core.photo_scores import PHOTO_METRICS, JudgedPhoto, Metric, features_of

Float64Array: TypeAlias = NDArray[np.float64]

MODEL: Final = "model"
GRAY: Final = "gray"
MEAN_AB: Final = "mean-ab"
TRUTH: Final = "truth"
MAKERS: Final = (MODEL, GRAY, MEAN_AB, TRUTH)
"""Who makes renderings: the model, and what stands beside it; gray and the truth always do."""

SET_METRICS: Final = (
    Metric(name="colorfulness_gap", title="dCF", unit="sRGB codes", better="lower"),
    Metric(name="frechet_distance", title="Frechet", unit="1", better="lower"),
    Metric(name="kernel_distance", title="kernel", unit="1", better="lower"),
)
"""What only a set has a value of; the distances have no interval (`core.feature_distance`)."""
METRICS: Final = (*PHOTO_METRICS, *SET_METRICS)

Values: TypeAlias = Mapping[str, Mapping[str, Estimate]]
"""Estimates by maker, then by metric."""


@dataclass(frozen=True, kw_only=True)
class Scoreboard:
    """The scores of a set.

    `scores` has the value of every metric for every maker. `gains` has, for those metrics that
    have a better side, how much better than gray each maker is (a worse one is negative), over
    the same photos; `nearer` on how many photos it is better.
    """

    photos: int
    scores: Values
    gains: Values
    nearer: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, kw_only=True)
class _Column:
    """One metric of one maker: `of_photos` over which the ratio of sums is the set's `value`."""

    value: float
    resampled: Float64Array
    of_photos: Float64Array


_Columns: TypeAlias = dict[str, dict[str, _Column]]


def build_scoreboard(
    judged: Sequence[JudgedPhoto],
    *,
    seed: int = 0,
    features: Mapping[str, NDArray[np.floating]] | None = None,
) -> Scoreboard:
    """Sum up the photos, of which there is at least one; gray and the truth are among the makers.

    The seed is that of the intervals. `features` `(photos, D)` by maker replace the bundled ones;
    a maker without features has no distances.
    """
    columns = _columns(judged, seed)
    scores = {
        name: {metric: estimate(c.value, c.resampled) for metric, c in entries.items()}
        for name, entries in columns.items()
    }
    for name, entries in scores.items():
        entries["colorfulness_gap"] = _gap(columns[name], columns[TRUTH])
    if features is None:
        features = {name: features_of(judged, name) for name in columns}
    for name, distances in _distances(features).items():
        scores[name] |= distances
    others = [name for name in columns if name != GRAY]
    return Scoreboard(
        photos=len(judged),
        scores=scores,
        gains={name: _gains(columns[name], columns[GRAY]) for name in others},
        nearer={name: _nearer(columns[name], columns[GRAY]) for name in others},
    )


def rebalanced_closeness(judged: Sequence[JudgedPhoto]) -> dict[str, tuple[Float64Array, ...]]:
    """Return, by maker, the weighted closeness of each photo in per cent and its weight."""
    shares = np.stack([photo.classes for photo in judged])
    weights = class_weights(shares)
    return {
        name: (
            100 * (np.stack([photo.scores[name].closeness for photo in judged]) @ weights),
            shares @ weights,
        )
        for name in judged[0].scores
    }


def photo_values(judged: Sequence[JudgedPhoto]) -> dict[str, dict[str, Float64Array]]:
    """Return the values of the photos `(N,)` by maker and metric, for those who want each one."""
    rebalanced = rebalanced_closeness(judged)
    return {
        name: {
            **{metric: _of_photos(judged, name, metric) for metric in _plain_metrics()},
            "auc_rebalanced": sums / weights,
        }
        for name, (sums, weights) in rebalanced.items()
    }


def _columns(judged: Sequence[JudgedPhoto], seed: int) -> _Columns:
    """Resample all columns together, so that they all see the same photos."""
    of_photos = photo_values(judged)
    places = [(name, metric) for name, values in of_photos.items() for metric in values]
    ones = np.ones(len(judged))
    rebalanced = rebalanced_closeness(judged)
    pairs = [
        rebalanced[name] if metric == "auc_rebalanced" else (of_photos[name][metric], ones)
        for name, metric in places
    ]
    tops, bottoms = (np.stack(columns, axis=1) for columns in zip(*pairs, strict=True))
    values = tops.sum(axis=0) / bottoms.sum(axis=0)
    resampled = resampled_ratios(tops, bottoms, seed=seed)
    columns: _Columns = {name: {} for name in of_photos}
    for index, (name, metric) in enumerate(places):
        columns[name][metric] = _Column(
            value=values[index],
            resampled=resampled[:, index],
            of_photos=of_photos[name][metric],
        )
    return columns


def _of_photos(judged: Sequence[JudgedPhoto], name: str, metric: str) -> Float64Array:
    return np.array([photo.scores[name].values[metric] for photo in judged])


def _plain_metrics() -> Iterable[str]:
    return (metric.name for metric in PHOTO_METRICS if metric.name != "auc_rebalanced")


def _gap(column: Mapping[str, _Column], truth: Mapping[str, _Column]) -> Estimate:
    """Return how far the mean colourfulness is from the truth's: the dCF of papers."""
    own, true = column["colorfulness"], truth["colorfulness"]
    return estimate(abs(own.value - true.value), np.abs(own.resampled - true.resampled))


def _distances(features: Mapping[str, NDArray[np.floating]]) -> dict[str, dict[str, Estimate]]:
    truth = features[TRUTH]
    if len(truth) < 2:
        return {}
    return {
        name: {
            "frechet_distance": Estimate(value=frechet_distance(points, truth)),
            "kernel_distance": Estimate(value=kernel_distance(points, truth)),
        }
        for name, points in features.items()
    }


def _gains(column: Mapping[str, _Column], gray: Mapping[str, _Column]) -> dict[str, Estimate]:
    return {
        name: estimate(
            sign * (column[name].value - gray[name].value),
            sign * (column[name].resampled - gray[name].resampled),
        )
        for name, sign in _directions().items()
    }


def _nearer(column: Mapping[str, _Column], gray: Mapping[str, _Column]) -> dict[str, int]:
    return {
        name: int((sign * (column[name].of_photos - gray[name].of_photos) > 0).sum())
        for name, sign in _directions().items()
    }


def _directions() -> dict[str, int]:
    return {m.name: 1 if m.better == "higher" else -1 for m in PHOTO_METRICS if m.better}
