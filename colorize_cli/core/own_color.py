"""Tell pictures that have colour of their own from gray, sepia and otherwise toned ones."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from colorize_cli.core.image_samples import to_8_bits
from colorize_cli.core.own_color_limits import OWN_COLOR_PEAK, OWN_COLOR_RMS, PROBE_SIZE
from colorize_cli.core.picture import Picture

SAMPLES: Final = 1024
"""Rows and columns of a large picture that are read at least: 16 for each of the probe."""

_COARSE_CELLS: Final = 8
_FINE_CELLS: Final = 16


def has_own_color(picture: Picture) -> bool:
    """Whether a picture's colours tell more than its brightness does.

    Works on the picture averaged to 64 x 64 pixels, whatever its shape; of a large one only
    evenly spread rows and columns are read. See `is_colorful` for what counts. Where each pixel
    has a brightness of its own, no colour is told from a tint: of photos in colour reduced to
    8 x 8 pixels 2 in 100 were taken for toned, at 4 x 4 most.
    """
    return not picture.is_gray and is_colorful(_probe(picture))


def is_colorful(probe: Image.Image) -> bool:
    """Whether a picture of 64 x 64 pixels has chroma that does not follow from its luma.

    Chroma (Cb and Cr of JPEG, ITU-T T.871) that follows from luma alone is a tint: none for
    gray, a curve for sepia and duotone. It is measured as the mean chroma of each luma code; what
    each pixel has beyond that is averaged over cells, in which the noise of JPEG and of
    subsampled chroma cancels. Own colour is a root mean square of 0.8 over 8 x 8 cells, or a
    single one of 16 x 16 cells above 3.
    """
    beyond_tint = _beyond_tint(np.asarray(probe.convert("YCbCr")))
    coarse = np.hypot(*_cell_means(beyond_tint, _COARSE_CELLS))
    fine = np.hypot(*_cell_means(beyond_tint, _FINE_CELLS))
    return bool(np.sqrt(np.mean(coarse**2)) >= OWN_COLOR_RMS or fine.max() >= OWN_COLOR_PEAK)


def _probe(picture: Picture) -> Image.Image:
    width, height = picture.size
    spread = picture.codes[:: max(1, height // SAMPLES), :: max(1, width // SAMPLES)]
    image = Image.fromarray(np.ascontiguousarray(to_8_bits(spread)))
    return image.resize((PROBE_SIZE, PROBE_SIZE), Image.Resampling.BOX)


def _beyond_tint(probe: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return Cb and Cr less the mean of all pixels of the same luma: (2, side, side)."""
    luma = probe[..., 0].ravel()
    count = np.maximum(np.bincount(luma, minlength=256), 1)
    chroma = probe[..., 1:].reshape(-1, 2).T.astype(np.float64)
    tints = [np.bincount(luma, channel, minlength=256) / count for channel in chroma]
    rests = [channel - tint[luma] for channel, tint in zip(chroma, tints, strict=True)]
    return np.stack(rests).reshape(2, *probe.shape[:2])


def _cell_means(planes: NDArray[np.float64], cells: int) -> NDArray[np.float64]:
    """Average (2, side, side) over cells x cells equal squares."""
    width = planes.shape[-1] // cells
    means: NDArray[np.float64] = planes.reshape(2, cells, width, cells, width).mean(axis=(2, 4))
    return means
