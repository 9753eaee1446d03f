"""How near a prediction is to the truth, and how colourful it is.

Predictions are judged as the program uses them: their ab joined with the true lightness.
Numbers always stand beside those of the gray picture (ab = 0), which every model must beat.
"""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.lab import FloatArray, srgb_from_lab


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Means over pictures.

    `ab_error`: distance in the ab plane (Lab units), mean over pixels; `psnr`: of 8-bit sRGB, in
    dB, from each picture's own mean squared error; `colorfulness`: see the function; `chroma`:
    the length of ab, mean over pixels.
    """

    ab_error: float
    psnr: float
    colorfulness: float
    chroma: float

    def as_dict(self) -> dict[str, float]:
        """Return the scores for JSON, to a sensible number of digits."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


def score(predicted_ab: FloatArray, true_lab: FloatArray) -> Scores:
    """Score predicted ab `(N, H, W, 2)` against Lab photos `(N, H, W, 3)`; N may not be 0."""
    predicted = np.concatenate([true_lab[..., :1], predicted_ab], axis=-1)
    srgb, truth = _codes(predicted), _codes(true_lab)
    return Scores(
        ab_error=float(_length(predicted_ab - true_lab[..., 1:]).mean()),
        psnr=float(np.mean([psnr(*pair) for pair in zip(srgb, truth, strict=True)])),
        colorfulness=float(np.mean([colorfulness(picture) for picture in srgb])),
        chroma=float(_length(predicted_ab).mean()),
    )


def mean_scores(parts: list[tuple[int, Scores]]) -> Scores:
    """Join scores of parts of a set, each with its number of pictures."""
    total = sum(count for count, _ in parts)
    names = asdict(parts[0][1])
    means = {
        name: sum(count * getattr(part, name) for count, part in parts) / total for name in names
    }
    return Scores(**means)


def psnr(picture: FloatArray, truth: FloatArray) -> float:
    """Return the peak signal-to-noise ratio in dB of sRGB code values in [0, 255].

    Two equal pictures have the ratio of an error of one code in one value of each picture's
    million: 108 dB, so that means stay finite.
    """
    mean_square = float(np.mean((picture - truth) ** 2, dtype=np.float64))
    return 10 * float(np.log10(255**2 / max(mean_square, 1e-6)))


def colorfulness(picture: FloatArray) -> float:
    """Return the colourfulness M3 of sRGB code values in [0, 255], `(H, W, 3)`.

    Hasler and Suesstrunk 2003: with rg = R - G and yb = (R + G) / 2 - B, the root of the sum of
    their variances plus 0.3 times the root of the sum of their squared means. Signed differences,
    as in the paper; 0 is gray, 33 moderately colourful.
    """
    red, green, blue = (picture[..., channel].astype(np.float64) for channel in range(3))
    opponents = (red - green, (red + green) / 2 - blue)
    spread = np.sqrt(sum(np.var(values) for values in opponents))
    offset = np.sqrt(sum(np.mean(values) ** 2 for values in opponents))
    return float(spread + 0.3 * offset)


def _codes(lab: FloatArray) -> FloatArray:
    return np.round(srgb_from_lab(lab) * np.float32(255))


def _length(ab: FloatArray) -> NDArray[np.floating]:
    return np.hypot(ab[..., 0], ab[..., 1])
