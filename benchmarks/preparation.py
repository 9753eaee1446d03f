"""Compare `colorize prep` with only decoding and resizing the same photos on all cores by Pillow.

    python benchmarks/preparation.py [PHOTOS] [--count 1000] [--rounds 5]

In turn: whole processes of `colorize prep`, and of a script that opens every file, converts it to
RGB, cuts the central square and averages it to 128 pixels, in as many threads as there are
processors; it checks, hashes, compares and writes nothing. Without a folder of photos, JPEGs of
soft noise are made, each of another.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import interleaved

BARE = "Pillow alone"
OURS = "colorize prep"
LIMIT = 1.2
SCRIPT = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from PIL import Image

def small(path):
    with Image.open(path) as file:
        image = file.convert("RGB")
    width, height = image.size
    side = min(image.size)
    left, top = (width - side) // 2, (height - side) // 2
    box = (left, top, left + side, top + side)
    return image.resize((128, 128), Image.Resampling.BOX, box=box)

paths = [path for path in Path(sys.argv[1]).rglob("*") if path.is_file()]
with ThreadPoolExecutor(os.cpu_count()) as pool:
    pictures = list(pool.map(small, paths))
"""


def main() -> None:
    """Parse the command line and print the table."""
    options = parsed()
    with tempfile.TemporaryDirectory() as folder:
        photos = options.photos or made_photos(Path(folder, "photos"), options)
        dataset = Path(folder, "dataset")
        prep = [*interleaved.COLORIZE, "prep", photos, "--output", dataset]
        ways = {
            BARE: interleaved.process([sys.executable, "-c", SCRIPT, photos]),
            OURS: interleaved.process(prep),
        }
        rounds = interleaved.timed(ways, rounds=options.rounds)
    print(interleaved.machine("pillow", "numpy", "colorize-gan"))
    print(rounds.table(BARE, limits={OURS: LIMIT}))
    print(f"\nprocessor time: {rounds.ratio(OURS, BARE, of='processor')}")


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", nargs="?", type=Path, help="a folder of photos")
    parser.add_argument("--count", type=int, default=1000, help="photos to make")
    parser.add_argument("--side", type=int, default=500, help="their width in pixels")
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


def made_photos(folder: Path, options: argparse.Namespace) -> Path:
    """Make JPEGs of 3:2 as detailed as photos are, all different."""
    import numpy as np
    from PIL import Image

    folder.mkdir()
    draws = np.random.default_rng(0)
    size = options.side, options.side * 2 // 3
    for number in range(options.count):
        coarse, fine = (
            Image.fromarray(draws.integers(0, 256, (n, n, 3), dtype=np.uint8)).resize(size)
            for n in (12, options.side // 4)
        )
        Image.blend(coarse, fine, 0.2).save(folder / f"{number:05}.jpg", quality=85)
    return folder


if __name__ == "__main__":
    main()
