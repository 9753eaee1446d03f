"""How near a prediction is to the truth, and how colourful it is.

Predictions are judged as the program uses them: their ab joined with the true lightness.
Numbers always stand beside those of the gray picture (ab = 0), which every model must beat.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.lab import FloatArray, srgb_from_lab

Pixels: TypeAlias = NDArray[np.uint8] | FloatArray


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


def psnr(picture: Pixels, truth: Pixels) -> float:
    """Return the peak signal-to-noise ratio in dB of sRGB code values in [0, 255].

    Two equal pictures have the ratio of an error of one code in one value of each picture's
    million: 108 dB, so that means stay finite.
    """
    error = np.subtract(picture, truth, dtype=np.float32)
    mean_square = float(np.square(error, out=error).mean(dtype=np.float64))
    return 10 * float(np.log10(255**2 / max(mean_square, 1e-6)))


def psnr_of_ab(predicted_ab: FloatArray, true_ab: FloatArray) -> float:
    """Return the peak signal-to-noise ratio in dB of ab `(..., 2)`, both planes together.

    The peak is 255 Lab units, the span of a and b in 8-bit Lab files (-128 to 127, as ICC, TIFF
    and OpenCV have them); papers that take another peak differ by a constant. Limited as `psnr`.
    """
    return psnr(predicted_ab, true_ab)


def colorfulness(picture: Pixels) -> float:
    """Return the colourfulness M3 of sRGB code values in [0, 255], `(H, W, 3)`.

    Hasler and Suesstrunk 2003: with rg = R - G and yb = (R + G) / 2 - B, the root of the sum of
    their variances plus 0.3 times the root of the sum of their squared means. Signed differences,
    as in the paper; 0 is gray, 33 moderately colourful.
    """
    return _spread_and_offset(_opponents(picture))


def colorfulness_of_absolutes(picture: Pixels) -> float:
    """Return what much published code has for M3: that of |rg| and |yb|, `(H, W, 3)`.

    So in a widely copied program (Rosebrock 2017, PyImageSearch) and in the evaluation of several
    papers (DDColor's `calculate_cf`). Opposite hues count as one, which moves both mean and spread;
    give it only beside numbers made the same way.
    """
    return _spread_and_offset(np.abs(plane) for plane in _opponents(picture))


def _opponents(picture: Pixels) -> Iterator[FloatArray]:
    """Give rg, then yb: of whole code values both are exact in single precision."""
    red, green, blue = (picture[..., channel].astype(np.float32) for channel in range(3))
    yield red - green
    yield (red + green) * np.float32(0.5) - blue


def _spread_and_offset(planes: Iterable[FloatArray]) -> float:
    moments = [(np.var(p, dtype=np.float64), np.mean(p, dtype=np.float64)) for p in planes]
    spread = np.sqrt(sum(variance for variance, _ in moments))
    offset = np.sqrt(sum(mean**2 for _, mean in moments))
    return float(spread + 0.3 * offset)


def _codes(lab: FloatArray) -> FloatArray:
    return np.round(srgb_from_lab(lab) * np.float32(255))


def _length(ab: FloatArray) -> NDArray[np.floating]:
    return np.hypot(ab[..., 0], ab[..., 1])
