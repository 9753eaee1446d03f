"""Small packed datasets, as colorize prep would leave them."""

import json
from pathlib import Path

import numpy as np

from colorize_cli.core.dataset import FORMAT_VERSION, KIND, fingerprint_of


def pack_photos(
    path: Path, *, train: int, test: int, size: int = 16, seed: int = 0, is_gray: bool = False
) -> Path:
    """Pack random photos and return the dataset's folder."""
    random = np.random.default_rng(seed)
    sides = {
        name: random.integers(0, 256, (count, size, size, 1 if is_gray else 3), dtype=np.uint8)
        for name, count in (("train", train), ("test", test))
    }
    path.mkdir(parents=True, exist_ok=True)
    for name, photos in sides.items():
        sides[name] = np.ascontiguousarray(np.broadcast_to(photos, (*photos.shape[:3], 3)))
        np.save(path / f"{name}.npy", sides[name])
    facts = {
        "kind": KIND,
        "format_version": FORMAT_VERSION,
        "size": size,
        "seed": seed,
        "classes": [{"class": "birds"}],
        "sides": {name: len(photos) for name, photos in sides.items()},
        "fingerprint": fingerprint_of(sides["train"], sides["test"]),
    }
    (path / "dataset.json").write_text(json.dumps(facts))
    return path
