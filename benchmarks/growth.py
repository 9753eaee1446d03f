"""How cost grows: with the size of a picture, and with the number of files.

Claims: the whole program takes no more time for a pixel of 100 megapixels than for one of 12, in
each of the formats, and no more for one of 10,000 small files than for one of 100. A TIFF of 100
megapixels takes less than 2.5 GB.

    python benchmarks/growth.py                                             about three minutes
    python benchmarks/growth.py --most-megapixels 100 --most-files 10000    about half an hour
    python benchmarks/growth.py --most-megapixels 1 --formats png --most-files 0 --rounds 1

Each line is a process of its own, from its start to its end; all lines of a table take turns.
"Each" shares all of that among the pixels or files, so that a few pay for the start; "each further"
is what the line takes more than the one above, for each pixel or file that it has more. JPEG
becomes JPEG, PNG PNG and TIFF TIFF. The pictures are made of one in `examples`: enlarged, with film
grain, and so hard to compress. The small files are gray JPEGs of 96x64 pixels, each another.

All of it lies in the temporary folder ($TMPDIR), one table at a time: 0.9 GB for 100 megapixels,
0.5 GB for 10,000 files.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

from batch import coloring, make_photos
from interleaved import COLORIZE, Cost, Rounds, Way, machine, process, timed
from one_picture import make

SIZES = (0.25, 1, 4, 12, 48, 100)
"""Megapixels."""
FILES = (1, 10, 100, 1000, 10000)
FORMATS = "jpg,png,tiff"
LIMIT = 1.0
BYTES_OF_A_FILE = 50_000
"""Of a small one and its result, as disks count."""

Making = Callable[[Path], Mapping[float, Way]]


def main() -> None:
    """Print a table for each format, and one for numbers of files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--most-megapixels", type=float, default=12, help="0: no pictures")
    parser.add_argument("--formats", default=FORMATS)
    parser.add_argument("--most-files", type=int, default=1000, help="0: no small files")
    chosen = parser.parse_args()
    sizes = up_to(chosen.most_megapixels, SIZES)
    counts = up_to(chosen.most_files, FILES)
    check_room(sizes, counts)
    print(machine("colorize-gan", "onnxruntime", "numpy", "pillow"))
    for suffix in chosen.formats.split(",") if sizes else ():
        pictures = partial(pictures_of, sizes=sizes, suffix=suffix)
        print(f"\n## {suffix} to {suffix}; limit {LIMIT}\n")
        print(table(pictures, chosen.rounds, base=12, units=("megapixels", "ns a pixel")))
    if counts:
        files = partial(files_of, counts=counts)
        print(f"\n## Small files; limit {LIMIT}\n")
        print(table(files, chosen.rounds, base=100, units=("files", "ms a file")))


def up_to(most: float, usual: Sequence[float]) -> list[float]:
    """Return the usual amounts below the most, and that; none if it is 0."""
    return [amount for amount in usual if amount < most] + ([most] if most else [])


def check_room(sizes: Sequence[float], counts: Sequence[float]) -> None:
    """End the program where the largest of the tables does not fit on the disk."""
    # Gray ones, and the largest in colour twice: a result is written beside the last before it.
    pixels = 1e6 * (sum(sizes) + 6 * max(sizes, default=0))
    needed = max(pixels, max(counts, default=0) * BYTES_OF_A_FILE)
    place = tempfile.gettempdir()
    free = shutil.disk_usage(place).free
    if free < needed:
        has = f"{place} has {free / 1e9:.1f} GB free"
        sys.exit(f"{has}, and this takes {needed / 1e9:.1f}: set TMPDIR, or ask for less")


def pictures_of(folder: Path, sizes: Sequence[float], suffix: str) -> dict[float, Way]:
    """Make pictures of so many megapixels; return how each is coloured, by its size."""
    ways: dict[float, Way] = {}
    for megapixels in sizes:
        gray, color = folder / f"{megapixels:g}.{suffix}", folder / f"color.{suffix}"
        make(megapixels, gray)
        ways[megapixels] = process([*COLORIZE, "run", "-q", gray, "-f", "-o", color])
    return ways


def files_of(place: Path, counts: Sequence[float]) -> dict[float, Way]:
    """Make folders of so many small files; return how each is coloured, by its files."""
    made, _, _ = make_photos(place / "made", int(max(counts)), 96, 64)
    ways: dict[float, Way] = {}
    for count in counts:
        folder = place / f"small-{count:g}"
        folder.mkdir()
        for path in sorted(made.iterdir())[: int(count)]:
            os.link(path, folder / path.name)
        ways[count] = coloring(folder, place / "colored")
    return ways


def table(make_ways: Making, rounds: int, *, base: float, units: tuple[str, str]) -> str:
    """Return as Markdown what amounts cost, each unit also in parts of what it costs at `base`.

    `units` are that of amounts, and that of a thousandth of a second for each.
    """
    with tempfile.TemporaryDirectory() as name:
        ways = make_ways(Path(name))
        each = {f"{amount:g}": shared(way, amount) for amount, way in ways.items()}
        found = timed(each, rounds=rounds, has_warm_up=False)
    # What is not there cannot be compared with; then it is the least.
    base = base if base in ways else min(ways)
    amounts, unit = units
    headings = [
        *(amounts, "wall, s", unit, f"each further, {unit}", f"processor, {unit}", "memory, MB"),
        *(f"{unit}, times {base:g}", f"processor, times {base:g}"),
    ]
    further = ["", *(f"{extra:.1f}" for extra in further_costs(found, list(ways)))]
    rows = [row(found, n, base, extra) for n, extra in zip(ways, further, strict=True)]
    lines = ["| " + " | ".join(cells) + " |" for cells in (headings, *rows)]
    return "\n".join([lines[0], "|---" * len(headings) + "|", *lines[1:]])


def row(found: Rounds, amount: float, base: float, further: str) -> list[str]:
    """Return the cells of one amount."""
    way = f"{amount:g}"
    wall, spent = (found.median(way, of=of) for of in ("wall", "processor"))
    cells = [way, f"{wall * amount:.2f}", f"{wall * 1e3:.1f}", further, f"{spent * 1e3:.1f}"]
    ratios = [str(found.ratio(way, f"{base:g}", of=of)) for of in ("wall", "processor")]
    return [*cells, f"{found.peak_memory(way) / 1e6:.0f}", *ratios]


def further_costs(found: Rounds, amounts: Sequence[float]) -> list[float]:
    """Return the wall time of each unit beyond the amount before, in thousandths of a second."""
    walls = [found.median(f"{amount:g}") * amount for amount in amounts]
    steps = zip(pairwise(walls), pairwise(amounts), strict=True)
    return [1e3 * (later - wall) / (more - amount) for (wall, later), (amount, more) in steps]


def shared(way: Way, parts: float) -> Way:
    """Return a way whose time is that of each of its parts, and its memory that of all."""

    def once() -> Cost:
        cost = way()
        return Cost(wall=cost.wall / parts, processor=cost.processor / parts, memory=cost.memory)

    return once


if __name__ == "__main__":
    main()
