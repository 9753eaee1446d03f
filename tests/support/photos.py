"""Photos made up from a seed: smooth patches of colour, no two seeds alike."""

from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def make_photo(seed: int, width: int = 96, height: int = 80) -> Image.Image:
    """Make a colour photo."""
    patches = np.random.default_rng(seed).integers(0, 256, (7, 7, 3), dtype=np.uint8)
    return Image.fromarray(patches).resize((width, height), Image.Resampling.BICUBIC)


def make_sepia(photo: Image.Image) -> Image.Image:
    """Print a photo's brightness from dark brown to cream."""
    gray = np.asarray(photo.convert("L"), np.float64)[..., None] / 255
    dark, light = np.array([46, 26, 13]), np.array([247, 230, 191])
    return Image.fromarray(np.round(dark + (light - dark) * gray).astype(np.uint8))


def save_photos(folder: Path, seeds: range) -> None:
    """Save photos as SEED.png."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        make_photo(seed).save(folder / f"{seed}.png")


def as_jpeg(photo: Image.Image, quality: int = 75) -> bytes:
    """Encode a photo as JPEG."""
    buffer = BytesIO()
    photo.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def pixels_of(photo: Image.Image) -> NDArray[np.uint8]:
    """Return a photo's pixels."""
    return np.asarray(photo.convert("RGB"))
