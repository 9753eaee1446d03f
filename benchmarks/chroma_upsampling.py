"""Compare ways to enlarge colour: ours, along the lightness, against plain bilinear.

    python benchmarks/chroma_upsampling.py PHOTOS [--factor 8] [--photos 200]

Each photo's own ab is averaged over areas of FACTOR x FACTOR pixels and enlarged again with the
photo's lightness as the guide; the error is the mean distance from its true ab. Prints the means
over photos, their ratio, and on how many photos ours is nearer.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from colorize_cli.core.chroma import guide
from colorize_cli.core.gamut import lightness_of
from colorize_cli.core.image_io import decode
from colorize_cli.core.lab import FloatArray, lab_from_srgb8
from colorize_cli.core.photo_folder import find_photos


def main() -> None:
    """Parse the command line and print the errors."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos_folder", metavar="PHOTOS", type=Path)
    parser.add_argument("--factor", type=int, default=8)
    parser.add_argument("--photos", type=int, default=200)
    options = parser.parse_args()
    folder = find_photos(options.photos_folder, excluded=Path())
    step = max(1, len(folder.photos) // options.photos)
    chosen = folder.photos[::step][: options.photos]
    errors = np.array([errors_of(folder.root / name, options.factor) for name in chosen])
    bilinear, ours = errors.mean(axis=0)
    report = {
        "photos": len(errors),
        "factor": options.factor,
        "bilinear": round(float(bilinear), 3),
        "ours": round(float(ours), 3),
        "ratio": round(float(ours / bilinear), 3),
        "nearer": int((errors[:, 1] < errors[:, 0]).sum()),
    }
    print(json.dumps(report))


def errors_of(path: Path, factor: int) -> tuple[float, float]:
    """Return the ab errors of bilinear and of guided enlargement of one photo."""
    photo = decode(path.read_bytes(), path=path).srgb8()
    height, width = (length // factor * factor for length in photo.shape[:2])
    photo = np.ascontiguousarray(photo[:height, :width])
    ab = np.moveaxis(lab_from_srgb8(photo)[..., 1:], -1, 0)
    lightness = lightness_of(photo)
    mean, square = _averaged(np.stack([lightness, lightness * lightness]), factor)
    small = _averaged(ab, factor)
    variance = np.maximum(square - mean * mean, 0)
    guided = guide(small, mean, variance, size=(width, height)).rows(0, lightness)
    # A guide without any contrast has no slope: what is left is bilinear.
    flat = np.zeros_like(mean)
    plain = guide(small, flat, flat, size=(width, height)).rows(0, np.zeros_like(lightness))
    return _distance(plain, ab), _distance(guided, ab)


def _averaged(planes: FloatArray, factor: int) -> FloatArray:
    count, height, width = planes.shape
    areas = planes.reshape(count, height // factor, factor, width // factor, factor)
    means: FloatArray = areas.mean(axis=(2, 4), dtype=np.float32)
    return means


def _distance(one: FloatArray, other: FloatArray) -> float:
    return float(np.hypot(*(one - other)).mean())


if __name__ == "__main__":
    main()
