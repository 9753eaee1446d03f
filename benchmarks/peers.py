"""What people use today, beside `colorize run`: plain scripts of Pillow and an engine, and rembg.

Claim: `colorize run` takes less time than a plain script of Pillow and onnxruntime over the same
network, for one photo from a cold start and for many in one go, though the script keeps neither
lightness nor metadata.

    python benchmarks/peers.py [--rounds 9] [--photos 30]

One script runs the network with onnxruntime, the other with OpenCV's dnn; both do one file at a
time. rembg is another filter for pictures with a network: only its start is timed, up to where it
would load a model, which it has to download first. What is not installed is named and left out.
"""

import argparse
import sys
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from batch import coloring, emptied, make_photos
from interleaved import COLORIZE, Way, machine, process, timed

ENGINES = {
    "onnxruntime": """
import onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1])
def network(gray):
    return session.run(None, {"gray": gray})[0]
""",
    "cv2": """
import cv2
net = cv2.dnn.readNetFromONNX(sys.argv[1])
def network(gray):
    net.setInput(gray)
    return net.forward()
""",
}
"""How a script runs the exported network with a package."""
PLAIN_SCRIPT = """
import sys
from pathlib import Path
import numpy as np
from PIL import Image
{engine}
for path in Path(sys.argv[2]).iterdir():
    image = Image.open(path).convert("L")
    small = np.asarray(image.resize((128, 96)), np.float32) / 127.5 - 1
    ab = network(small[None, None])[0] * 110
    chroma = [Image.fromarray(np.clip(c + 128, 0, 255).astype(np.uint8)) for c in ab]
    channels = [image, *(c.resize(image.size, Image.Resampling.BICUBIC) for c in chroma)]
    color = Image.merge("YCbCr", channels).convert("RGB")
    color.save(Path(sys.argv[3]) / (path.stem + ".png"))
"""
PEERS = {"cv2": "opencv-python-headless", "rembg": "rembg[cpu]"}
"""Packages that the project does not need, and how pip calls them."""
OURS, PEER = "colorize run", "a plain script, onnxruntime"


def main() -> None:
    """Print a table for one photo and one for many."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--photos", type=int, default=30)
    chosen = parser.parse_args()
    tell_missing()
    with tempfile.TemporaryDirectory() as name:
        cold = one_photo(Path(name, "one")) | starts()
        show("one photo, 512x512", cold, chosen.rounds)
        warm = many_photos(Path(name, "many"), chosen.photos)
        show(f"{chosen.photos} photos, 1152x864", warm, max(1, chosen.rounds // 3))
    print(machine("colorize-gan", "onnxruntime", "opencv-python-headless", "rembg", "pillow"))


def tell_missing() -> None:
    """Name the peers that are not installed, and how they are."""
    for package, name in PEERS.items():
        if find_spec(package) is None:
            print(f"{package} is not installed and left out: pip install '{name}'")


def one_photo(folder: Path) -> dict[str, Way]:
    """Make a photo, and return the ways to colour it."""
    _, model, out = make_photos(folder, 1, 512, 512)
    (photo,) = folder.iterdir()
    ours = process([*COLORIZE, "run", photo, "-f", "-o", out.with_suffix(".png")])
    return {OURS: ours} | plain_scripts(folder, model)


def many_photos(folder: Path, count: int) -> dict[str, Way]:
    """Make photos, and return the ways to colour them all."""
    _, model, out = make_photos(folder, count, 1152, 864)
    return {OURS: coloring(folder, out)} | plain_scripts(folder, model)


def plain_scripts(folder: Path, model: Path) -> dict[str, Way]:
    """Return the scripts of the engines that are installed, on all photos of a folder."""
    found = {}
    for package, engine in ENGINES.items():
        if find_spec(package):
            script = PLAIN_SCRIPT.replace("{engine}", engine)
            target = emptied(folder.with_name(f"{folder.name}-{package}"))
            command = [sys.executable, "-c", script, model, folder, target]
            found[f"a plain script, {package}"] = process(command)
    return found


def starts() -> dict[str, Way]:
    """Return the starts of peers that cannot colour."""
    if find_spec("rembg") is None:
        return {}
    return {"rembg's import alone": process([sys.executable, "-c", "import rembg"])}


def show(title: str, compared: Mapping[str, Way], rounds: int) -> None:
    """Time some ways in turn and print them in parts of the plain script."""
    print(f"\n## {title}\n")
    print(timed(compared, rounds=rounds).table(PEER, limits={OURS: 1.0}))


if __name__ == "__main__":
    main()
