"""The loops over pixels: compiled, and NumPy's.

Claim: the stage of colour (average to the network's size, enlarge its colour along the lightness,
fit it into sRGB) takes at most 0.3 of its time with NumPy alone where the loops are compiled, on
one thread and on all, and gives the same codes.

    python benchmarks/color_loops.py [--rounds 5] [--megapixels 12]

Without compiled loops (`colorize doctor` tells) there is nothing to compare.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
from interleaved import Way, call, machine, timed
from one_picture import SPEC, Hues, photo

from colorize_cli.core import compiled_library
from colorize_cli.core.compiled import Codes
from colorize_cli.core.picture import Picture
from colorize_cli.core.pipeline import colorize

Stage: TypeAlias = Callable[[], Codes]
LIMIT = 0.3


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--megapixels", type=float, default=12)
    asked = parser.parse_args()
    if compiled_library.compiled_loops() is None:
        sys.exit("no compiled loops here: python hatch_build.py, or install where a compiler is")
    picture = Picture(codes=photo(asked.megapixels))
    print(machine("colorize-gan", "numpy"))
    for workers in (1, None):
        with_loops, without = stages(picture, workers)
        same = np.array_equal(with_loops(), without())
        ways: dict[str, Way] = {"NumPy": call(without), "compiled": call(with_loops)}
        threads = "one thread" if workers == 1 else "all processors"
        print(f"\n## {asked.megapixels:g} megapixels, {threads}; codes equal: {same}\n")
        print(timed(ways, rounds=asked.rounds).table("NumPy", limits={"compiled": LIMIT}))


def stages(picture: Picture, workers: int | None) -> tuple[Stage, Stage]:
    """Return the stage of colour with the compiled loops, and without."""
    there = compiled_library.PLACE

    def colored(place: Path) -> Codes:
        compiled_library.PLACE = place
        return colorize(picture, SPEC, Hues(), workers=workers).codes

    return (lambda: colored(there)), (lambda: colored(there.with_name("nothing")))


if __name__ == "__main__":
    main()
