"""One picture: the whole program, the encoding of PNG, and how cost grows with size.

Claims: a gray JPEG of 12 megapixels becomes one in colour in 2.5 times the time of
`python -c 'import onnxruntime'` and 300 MB; PNG is encoded in 0.2 times the time of Pillow's
default at no more than 1.1 times its size, on two processors or more; time and memory of the colour
stage are linear in pixels (`growth.py` tells those of the whole program).

    python benchmarks/one_picture.py [--rounds 7] [--greatest 100]

Pictures are made of those in `examples`: enlarged, with film grain, and so hard to compress.
"""

import argparse
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
from interleaved import COLORIZE, Way, call, machine, process, timed
from numpy.typing import NDArray
from PIL import Image

from colorize_cli.core.architecture import GeneratorSpec
from colorize_cli.core.metadata import Metadata
from colorize_cli.core.picture import Picture
from colorize_cli.core.pipeline import colorize
from colorize_cli.core.png_encoding import encode_png

EXAMPLES = Path(__file__).parents[1] / "examples"
SIZES = (0.25, 1, 4, 12, 48, 100)
GRAIN = 2.0
SPEC = GeneratorSpec(output="ab", base_width=2, size=128)


class Hues:
    """A network's stand-in, which takes no time: two hues, part of them outside sRGB."""

    device = "cpu"

    def __call__(self, gray: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return ab that follow from the lightness."""
        return np.concatenate([gray, -gray], axis=1) * np.float32(0.4)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--greatest", type=float, default=100, help="megapixels")
    parser.add_argument("--make", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.make:
        Image.fromarray(photo(float(asked.make[0]))).save(
            asked.make[1], quality=85, compress_level=1
        )
        return
    print(machine("colorize-gan", "numpy", "pillow", "onnxruntime", "scikit-image"))
    Image.MAX_IMAGE_PIXELS = None
    with TemporaryDirectory() as folder:
        # First, as a process counts the memory of the one that started it as its own.
        whole_program(Path(folder), asked.rounds)
    png(asked.rounds)
    sizes(min(3, asked.rounds), asked.greatest)


def photo(megapixels: float, name: str = "mountains-gray.jpg") -> NDArray[np.uint8]:
    """Return a gray picture of about so many megapixels, of 4 to 3."""
    width = round((megapixels * 1e6 * 4 / 3) ** 0.5)
    size = width, width * 3 // 4
    with Image.open(EXAMPLES / name) as image:
        codes = np.asarray(image.convert("L").resize(size, Image.Resampling.BICUBIC))
    grain = np.random.default_rng(0).normal(0, GRAIN, 2**16).astype(np.float32)
    grainy = codes + np.resize(grain, codes.size).reshape(codes.shape)
    return np.clip(np.rint(grainy), 0, 255).astype(np.uint8)


def make(megapixels: float, path: Path) -> None:
    """Write a picture, from a process of its own."""
    subprocess.run([sys.executable, __file__, "--make", str(megapixels), path], check=True)


def whole_program(folder: Path, rounds: int) -> None:
    """Compare the program with the import of its engine."""
    source = folder / "gray.jpg"
    make(12, source)
    run: list[str | Path] = [*COLORIZE, "run", source, "-f", "-o"]
    engine = "import of onnxruntime"
    ways: dict[str, Way] = {
        engine: process([sys.executable, "-c", "import onnxruntime"]),
        "JPEG to JPEG": process([*run, folder / "color.jpg"]),
        "JPEG to PNG": process([*run, folder / "color.png"]),
    }
    print("\n## The whole program, 12 megapixels (limit of memory: 300 MB)\n")
    print(timed(ways, rounds=rounds).table(engine, limits={"JPEG to JPEG": 2.5}))


def png(rounds: int) -> None:
    """Compare the encoding of PNG with Pillow's default, in time and in bytes."""
    codes = colorize(Picture(codes=photo(12)), SPEC, Hues()).codes

    def by_pillow() -> bytes:
        buffer = BytesIO()
        Image.fromarray(codes).save(buffer, "PNG")
        return buffer.getvalue()

    def ours() -> bytes:
        return encode_png(codes, Metadata())

    def on_one_thread() -> bytes:
        return encode_png(codes, Metadata(), threads=1)

    ways = {"Pillow": call(by_pillow), "ours": call(ours), "on one thread": call(on_one_thread)}
    print("\n## Encoding PNG, 12 megapixels in colour\n")
    print(timed(ways, rounds=max(3, rounds // 2)).table("Pillow", limits={"ours": 0.2}))
    print(f"\nbytes: {len(ours()) / len(by_pillow()):.3f} of Pillow's (limit 1.1)")


def sizes(rounds: int, greatest: float) -> None:
    """Tell time and memory per pixel of all but decoding, network and encoding."""
    print("\n## Colour at full size, per pixel\n")
    print("| megapixels | wall, ns | processor, ns | working memory, bytes | in all, MB |")
    print("|---|---|---|---|---|")
    for megapixels in (size for size in SIZES if size <= greatest):
        picture = Picture(codes=photo(megapixels))
        pixels = picture.codes.size

        def once(picture: Picture = picture) -> Picture:
            return colorize(picture, SPEC, Hues())

        cost = timed({"ours": call(once)}, rounds=rounds)
        wall, spent = (
            cost.median("ours", of=name) / pixels * 1e9 for name in ("wall", "processor")
        )
        memory = peak(once) - 3 * pixels
        print(
            f"| {megapixels} | {wall:.1f} | {spent:.1f} "
            f"| {memory / pixels:.2f} | {memory / 1e6:.1f} |"
        )
    peer()


def peer() -> None:
    """Tell what scikit-image needs for one of the conversions, to compare."""
    try:
        from skimage.color import lab2rgb
    except ImportError:
        print("\nscikit-image is not installed")
        return
    lab = np.dstack([photo(1) / 2.55, np.full((*photo(1).shape, 2), 10.0)])
    began = perf_counter()
    lab2rgb(lab)
    seconds = perf_counter() - began
    print(f"\nscikit-image's lab2rgb alone: {seconds / lab[..., 0].size * 1e9:.0f} ns a pixel")


def peak(work: Callable[[], object]) -> int:
    """Return the most memory that Python and NumPy held meanwhile, in bytes."""
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


if __name__ == "__main__":
    main()
