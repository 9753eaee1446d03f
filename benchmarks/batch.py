"""How many pictures a second: `colorize run` on a folder of photos of one megapixel.

Claim: its wall time is at most 1.15 times that of the slower of two things that it cannot do
without, each alone on all processors: the network on tensors that lie ready, and decoding and
encoding the same files with Pillow (PNG at its fastest level). What lies between, lightness, guided
colour and gamut, then hides behind them.

    python benchmarks/batch.py [--photos 200] [--rounds 3]

All are whole processes. `growth.py` tells how the time grows with the number of files, `peers.py`
what plain scripts take.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from interleaved import COLORIZE, Cost, Way, machine, process, timed

LIMIT = 1.15
PREPARATION = """
import sys
from pathlib import Path
import numpy as np
from PIL import Image
from colorize_cli.core.model_choice import find_model
from colorize_cli.core.onnx_graph import write_onnx
folder, count, width, height = Path(sys.argv[1]), *map(int, sys.argv[2:])
rows, columns = np.mgrid[:height, :width] / height
folder.mkdir()
for number in range(count):
    rng = np.random.default_rng(number)
    shapes = 60 * np.sign(np.sin((3 + number % 9) * columns) * np.cos(9 * rows)) + 90 * rows
    grain = rng.normal(0, 4, (height, width))
    gray = np.clip(80 + shapes + grain, 0, 255).astype(np.uint8)
    Image.fromarray(gray).save(folder / f"{number:05}.jpg", quality=92)
write_onnx(folder.with_suffix(".onnx"), find_model("natural"))
"""
"""Gray JPEGs with shapes, shades and grain, each another, and the exported network."""
NETWORK = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
import numpy as np
import onnxruntime
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[1], options)
gray = np.random.default_rng(0).uniform(-1, 1, (1, 1, 96, 128)).astype(np.float32)
with ThreadPoolExecutor(os.cpu_count()) as pool:
    list(pool.map(lambda _: session.run(None, {"gray": gray}), range(int(sys.argv[2]))))
"""
CODECS = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from PIL import Image
def through(path):
    with Image.open(path) as image:
        color = image.convert("RGB")
    color.save(Path(sys.argv[2]) / (path.stem + ".png"), compress_level=1)
with ThreadPoolExecutor(os.cpu_count()) as pool:
    list(pool.map(through, Path(sys.argv[1]).iterdir()))
"""


def main() -> None:
    """Make photos, run all ways in turn and print what they cost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        compare(Path(name), photos=chosen.photos, rounds=chosen.rounds)
    print(machine("colorize-gan", "onnxruntime", "numpy", "pillow"))


def compare(place: Path, *, photos: int, rounds: int) -> None:
    """Print the table of all ways, and the claim's ratio."""
    folder, model, out = make_photos(place / "photos", photos, 1152, 864)
    codecs, network = "decoding and encoding", "the network"
    measured = timed(
        {
            "colorize run": coloring(folder, out),
            network: process([sys.executable, "-c", NETWORK, model, str(photos)]),
            codecs: process([sys.executable, "-c", CODECS, folder, emptied(place / "codecs")]),
        },
        rounds=rounds,
    )
    slower = max(network, codecs, key=measured.median)
    print(measured.table(slower, limits={"colorize run": LIMIT}))
    print(f"{photos} photos, {photos / measured.median('colorize run'):.1f} a second\n")


def make_photos(folder: Path, count: int, width: int, height: int) -> tuple[Path, Path, Path]:
    """Make photos; return their folder, the network's file and where results may go."""
    numbers = [str(number) for number in (count, width, height)]
    subprocess.run([sys.executable, "-c", PREPARATION, folder, *numbers], check=True)
    return folder, folder.with_suffix(".onnx"), folder.with_name(f"{folder.name}-colored")


def coloring(folder: Path, out: Path) -> Way:
    """Return a way that colours all photos of a folder anew."""
    running = process([*COLORIZE, "run", "-q", "-r", folder, "--output-dir", out])

    def once() -> Cost:
        shutil.rmtree(out, ignore_errors=True)
        return running()

    return once


def emptied(folder: Path) -> Path:
    """Make a folder that is empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


if __name__ == "__main__":
    main()
