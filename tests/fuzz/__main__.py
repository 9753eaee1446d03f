"""Fuzzing: what strangers may hand to colorize, damaged in ways that follow its structure.

    python tests/fuzz                              a few hundred cases of every target
    python tests/fuzz pictures --seconds 480       for as long as that
    python tests/fuzz pictures --seed 3 --case 17  one case again, with its traceback

Ends with 1 if a case broke a promise: see `oracle`.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from children import Fault, faults_among, generator
from targets import TARGETS


def main() -> int:
    """Run what the command line asks for; return the exit status."""
    chosen = _arguments()
    if chosen.case is not None:
        _do_again(chosen.targets[0], chosen.seed, chosen.case)
        return 0
    faults = [fault for name in chosen.targets for fault in _faults_of(name, chosen)]
    return 1 if faults else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("targets", nargs="*", default=[*TARGETS], metavar="TARGET")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cases", type=int, help="of each target")
    parser.add_argument("--seconds", type=float, help="for all targets together")
    parser.add_argument("--case", type=int, help="the number of one case, to see it again")
    parser.add_argument("--stop", type=int, default=20, help="after so many faults of a target")
    chosen = parser.parse_args()
    unknown = set(chosen.targets) - TARGETS.keys()
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))} (known: {', '.join(TARGETS)})")
    return chosen


def _faults_of(name: str, chosen: argparse.Namespace) -> list[Fault]:
    faults: list[Fault] = []
    done = 0
    cases = chosen.cases or (TARGETS[name].cases if chosen.seconds is None else 10**9)
    seconds = chosen.seconds and chosen.seconds / len(chosen.targets)
    for found in faults_among(
        name, TARGETS[name].case, range(cases), seed=chosen.seed, seconds=seconds
    ):
        if isinstance(found, int):
            done += found
            continue
        print(found, flush=True)
        faults.append(found)
        if len(faults) >= chosen.stop:
            break
    print(f"{name}: {done} cases, {len(faults)} faults", flush=True)
    return faults


def _do_again(name: str, seed: int, number: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        TARGETS[name].case(generator(name, seed, number), Path(folder))
    print("nothing is wrong with it")


if __name__ == "__main__":
    sys.exit(main())
