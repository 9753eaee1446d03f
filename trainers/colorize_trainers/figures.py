"""Pictures of a run: what goes in, what comes out, what was true."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from colorize_cli.core.batches import Photos
from colorize_cli.core.errors import BadConfigError
from colorize_cli.core.image_io import decode
from colorize_cli.core.lab import lab_from_srgb8, srgb_from_lab
from colorize_cli.core.outputs import replacing
from colorize_trainers.evaluation import Generate, predicted_ab

SAMPLES: Final = 6
GAP_PX: Final = 4
COLUMNS: Final = 3


@dataclass(frozen=True, kw_only=True)
class Samples:
    """What a grid of samples shows: photos `(N, size, size, 3)` of each kind, uint8 sRGB."""

    gray: Photos
    generated: Photos
    real: Photos


def sample_photos(photos: Photos) -> Photos:
    """Choose the photos that a run shows again and again: evenly spread over the set."""
    chosen = np.linspace(0, len(photos) - 1, min(SAMPLES, len(photos))).round().astype(int)
    return np.asarray(photos[chosen])


def write_samples(path: Path, generate: Generate, photos: Photos) -> None:
    """Write a PNG with a row for each photo: gray | generated | real.

    The middle picture is what the generator gives, joined with the true lightness, as in use.
    """
    lab = lab_from_srgb8(photos)
    ab = predicted_ab(generate, lab)
    columns = [np.concatenate([lab[..., :1], colors], axis=-1) for colors in (0 * ab, ab)]
    pictures = [(srgb_from_lab(column) * 255).round().astype(np.uint8) for column in columns]
    grid = _grid([*pictures, photos])
    with replacing(path) as temporary:
        Image.fromarray(grid).save(temporary, format="PNG")


def read_samples(path: Path) -> Samples:
    """Read what `write_samples` wrote.

    Raises NotAnImageError if it is damaged, BadConfigError if it is no grid of square photos.
    """
    grid = decode(path.read_bytes(), path=path).srgb8()
    size, rest = divmod(grid.shape[1] + GAP_PX, COLUMNS)
    rows, rest_of_rows = divmod(grid.shape[0] + GAP_PX, size)
    if rest or rest_of_rows or size <= GAP_PX:
        raise BadConfigError("not a grid of samples: gray | generated | real", path=path)
    cells = np.pad(grid, ((0, GAP_PX), (0, GAP_PX), (0, 0))).reshape(rows, size, COLUMNS, size, 3)
    photos = cells[:, :-GAP_PX, :, :-GAP_PX]
    gray, generated, real = (np.ascontiguousarray(photos[:, :, column]) for column in range(3))
    return Samples(gray=gray, generated=generated, real=real)


def _grid(columns: list[Photos]) -> Photos:
    """Lay columns of photos `(N, H, W, 3)` side by side on white."""
    count, height, width, _ = columns[0].shape
    size = (count * (height + GAP_PX) - GAP_PX, len(columns) * (width + GAP_PX) - GAP_PX, 3)
    grid = np.full(size, 255, np.uint8)
    for column, photos in enumerate(columns):
        for row, photo in enumerate(photos):
            top, left = row * (height + GAP_PX), column * (width + GAP_PX)
            grid[top : top + height, left : left + width] = photo
    return grid
