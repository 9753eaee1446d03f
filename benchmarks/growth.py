"""How cost grows: with the size of a picture, and with the number of files.

Claims: the whole program takes no more time for a pixel of 100 megapixels than for one of 12, in
each of the formats, and no more for one of 10,000 small files than for one of 100. A TIFF of 100
megapixels takes less than 2.5 GB.

    python benchmarks/growth.py                              all of it: about ten minutes
    python benchmarks/growth.py --sizes 1,12 --files 10,100 --rounds 1

Each line is a process of its own, from its start to its end; all lines of a table take turns. JPEG
becomes JPEG, PNG PNG and TIFF TIFF. The pictures are made of one in `examples`: enlarged, with film
grain, and so hard to compress; milliseconds a megapixel are nanoseconds a pixel. The small files
are gray JPEGs of 96x64 pixels, each another.
"""

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from batch import coloring, make_photos
from interleaved import Cost, Way, machine, process, timed
from one_picture import make

SIZES = "0.25,1,4,12,48,100"
FILES = "1,10,100,1000,10000"
FORMATS = "jpg,png,tiff"
LIMIT = 1.0


def main() -> None:
    """Print a table for each format, and one for numbers of files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sizes", default=SIZES, help="megapixels, with commas")
    parser.add_argument("--formats", default=FORMATS)
    parser.add_argument("--files", default=FILES, help="numbers of small files, with commas")
    chosen = parser.parse_args()
    sizes = [float(size) for size in chosen.sizes.split(",") if size]
    counts = [int(count) for count in chosen.files.split(",") if count]
    print(machine("colorize-gan", "onnxruntime", "numpy", "pillow"))
    with TemporaryDirectory() as name:
        for suffix in chosen.formats.split(",") if sizes else ():
            pictures = pictures_of(Path(name), sizes, suffix)
            print(f"\n## {suffix} to {suffix}; limit {LIMIT}\n")
            print(table(pictures, chosen.rounds, base=12, unit="megapixel"))
        if counts:
            print(f"\n## Small files; limit {LIMIT}\n")
            files = files_of(Path(name), counts)
            print(table(files, chosen.rounds, base=100, unit="file"))


def pictures_of(folder: Path, sizes: list[float], suffix: str) -> dict[float, Way]:
    """Make pictures of so many megapixels; return how each is coloured, by its size."""
    ways: dict[float, Way] = {}
    for megapixels in sizes:
        gray, color = folder / f"{megapixels:g}.{suffix}", folder / f"color.{suffix}"
        make(megapixels, gray)
        command = [sys.executable, "-m", "colorize_cli", "run", "-q", gray, "-f", "-o", color]
        ways[megapixels] = process(command)
    return ways


def files_of(place: Path, counts: list[int]) -> dict[float, Way]:
    """Make folders of so many small files; return how each is coloured, by its files."""
    made, _, _ = make_photos(place / "made", max(counts), 96, 64)
    ways: dict[float, Way] = {}
    for count in counts:
        folder = place / f"small-{count}"
        folder.mkdir()
        for path in sorted(made.iterdir())[:count]:
            os.link(path, folder / path.name)
        ways[count] = coloring(folder, place / "colored")
    return ways


def table(ways: Mapping[float, Way], rounds: int, *, base: float, unit: str) -> str:
    """Return as Markdown what each unit costs, in parts of what it costs where there are `base`."""
    # What is not there cannot be compared with; then it is the least.
    base = base if base in ways else min(ways)
    each = {f"{amount:g}": shared(way, amount) for amount, way in ways.items()}
    found = timed(each, rounds=rounds, has_warm_up=False)
    lines = [
        f"| {unit}s | wall, s | wall, ms a {unit} | processor, ms a {unit} "
        f"| memory, MB | wall, times {base:g} | processor, times {base:g} |",
        "|---|---|---|---|---|---|---|",
    ]
    for amount, way in zip(ways, each, strict=True):
        wall, spent = (found.median(way, of=of) for of in ("wall", "processor"))
        ratios = [str(found.ratio(way, f"{base:g}", of=of)) for of in ("wall", "processor")]
        cells = [way, f"{wall * amount:.2f}", f"{wall * 1e3:.1f}", f"{spent * 1e3:.1f}"]
        cells += [f"{found.peak_memory(way) / 1e6:.0f}", *ratios]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def shared(way: Way, parts: float) -> Way:
    """Return a way whose time is that of each of its parts, and its memory that of all."""

    def once() -> Cost:
        cost = way()
        return Cost(wall=cost.wall / parts, processor=cost.processor / parts, memory=cost.memory)

    return once


if __name__ == "__main__":
    main()
