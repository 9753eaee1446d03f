"""What one coloured photo is worth: every metric of it, beside the photo it was made from.

Metrics of the ab plane take the ab that was predicted; those of pictures take the 8-bit sRGB
picture that is made of it, as people would see it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.color_closeness import by_class, closeness, color_classes
from colorize_cli.core.color_difference import ciede2000
from colorize_cli.core.feature_distance import color_layout
from colorize_cli.core.lab import FloatArray, lab_from_srgb8, srgb_from_lab
from colorize_cli.core.metrics import (
    colorfulness,
    colorfulness_of_absolutes,
    psnr,
    psnr_of_ab,
)
from colorize_cli.core.structural_similarity import structural_similarities

Codes: TypeAlias = NDArray[np.uint8]

STRIP_PIXELS: Final = 2**17
"""Pixels converted at once."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A column of the scores: its key, its unit, and which way is better.

    `better` is None where the truth's own value is what to aim at. `title` is the key on paper.
    """

    name: str
    title: str
    unit: str
    better: Literal["lower", "higher"] | None


PHOTO_METRICS: Final = (
    Metric(name="ab_error", title="ab error", unit="Lab", better="lower"),
    Metric(name="psnr", title="PSNR dB", unit="dB", better="higher"),
    Metric(name="psnr_ab", title="PSNR ab dB", unit="dB", better="higher"),
    Metric(name="ssim", title="SSIM", unit="1", better="higher"),
    Metric(name="de2000", title="dE2000", unit="CIEDE2000", better="lower"),
    Metric(name="de2000_p95", title="dE2000 p95", unit="CIEDE2000", better="lower"),
    Metric(name="auc", title="AuC %", unit="%", better="higher"),
    Metric(name="auc_rebalanced", title="AuC bal. %", unit="%", better="higher"),
    Metric(name="chroma", title="chroma", unit="Lab", better=None),
    Metric(name="colorfulness", title="CF", unit="sRGB codes", better=None),
    Metric(name="colorfulness_abs", title="CF abs", unit="sRGB codes", better=None),
    Metric(name="colorfulness_error", title="|dCF|", unit="sRGB codes", better="lower"),
)
"""What each photo has a value of; `core.scoreboard` says how a set's value comes of them."""


@dataclass(frozen=True, kw_only=True)
class Rendering:
    """A coloured photo: its 8-bit sRGB codes `(H, W, 3)`, and the ab `(H, W, 2)` they show."""

    codes: Codes
    ab: FloatArray


@dataclass(frozen=True, kw_only=True)
class RenderedPhoto:
    """One photo and all that was made of its lightness, by the maker's name."""

    label: str
    truth: Rendering
    renderings: Mapping[str, Rendering]


@dataclass(frozen=True, kw_only=True)
class PhotoScores:
    """One rendering, judged.

    `values` holds the metrics but `auc_rebalanced`, which needs the whole set: `closeness` is
    what it is made of (`color_closeness.by_class`). `features` are those of `color_layout`.
    """

    values: Mapping[str, float]
    closeness: NDArray[np.float32]
    features: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class JudgedPhoto:
    """One photo with the scores of everything that was made of it, by the maker's name.

    `classes` is the share of each class of colour in the photo itself.
    """

    label: str
    classes: NDArray[np.float32]
    scores: Mapping[str, PhotoScores]


def joined(lightness: FloatArray, ab: FloatArray) -> Rendering:
    """Render ab `(H, W, 2)` at a lightness `(H, W)`: clipped to sRGB, rounded to 8 bits."""
    codes = np.empty((*lightness.shape, 3), np.uint8)
    for rows in _strips(codes):
        lab = np.concatenate([lightness[rows, :, None], ab[rows]], axis=-1)
        codes[rows] = np.round(srgb_from_lab(lab) * np.float32(255))
    return Rendering(codes=codes, ab=ab)


def shown(codes: Codes) -> Rendering:
    """Take a finished picture `(H, W, 3)`: its ab are those of its codes."""
    return Rendering(codes=codes, ab=lab_of(codes)[..., 1:])


def lab_of(codes: Codes) -> FloatArray:
    """Return the Lab of 8-bit sRGB codes `(H, W, 3)`, strip by strip: pictures may be large."""
    lab = np.empty(codes.shape, np.float32)
    for rows in _strips(codes):
        lab[rows] = lab_from_srgb8(codes[rows])
    return lab


def judge(photo: RenderedPhoto) -> JudgedPhoto:
    """Score all that was made of a photo; H and W are at least 11, the window of SSIM."""
    truth, renderings = photo.truth, photo.renderings
    classes = color_classes(truth.ab)
    lab = lab_of(truth.codes)
    likenesses = structural_similarities([r.codes for r in renderings.values()], truth.codes)
    scores = {
        name: _scores(rendering, truth, likeness, lab=lab, classes=classes)
        for (name, rendering), likeness in zip(renderings.items(), likenesses, strict=True)
    }
    return JudgedPhoto(label=photo.label, classes=by_class(classes), scores=scores)


def features_of(judged: Sequence[JudgedPhoto], name: str) -> NDArray[np.float64]:
    """Return the features `(N, D)` of what one maker made of the photos."""
    return np.stack([photo.scores[name].features for photo in judged])


def _scores(
    rendering: Rendering,
    truth: Rendering,
    likeness: float,
    *,
    lab: FloatArray,
    classes: NDArray[np.int16],
) -> PhotoScores:
    of_picture = _picture_values(rendering.codes, truth.codes)
    shown_lab = lab_of(rendering.codes)
    difference = ciede2000(shown_lab, lab)
    near = closeness(rendering.ab, truth.ab)
    values = {
        "ab_error": float(_length(rendering.ab - truth.ab).mean(dtype=np.float64)),
        "psnr_ab": psnr_of_ab(rendering.ab, truth.ab),
        "ssim": likeness,
        "de2000": float(difference.mean()),
        "de2000_p95": float(np.percentile(difference, 95)),
        "auc": 100 * float(near.mean(dtype=np.float64)),
        "chroma": float(_length(rendering.ab).mean(dtype=np.float64)),
        **of_picture,
    }
    return PhotoScores(
        values=values, closeness=by_class(classes, near), features=color_layout(shown_lab[..., 1:])
    )


def _picture_values(codes: Codes, true_codes: Codes) -> dict[str, float]:
    colorful = colorfulness(codes)
    return {
        "psnr": psnr(codes, true_codes),
        "colorfulness": colorful,
        "colorfulness_abs": colorfulness_of_absolutes(codes),
        "colorfulness_error": abs(colorful - colorfulness(true_codes)),
    }


def _length(ab: FloatArray) -> NDArray[np.floating]:
    return np.hypot(ab[..., 0], ab[..., 1])


def _strips(codes: Codes) -> Iterator[slice]:
    height, width = codes.shape[:2]
    step = max(1, STRIP_PIXELS // width)
    return (slice(start, start + step) for start in range(0, height, step))
