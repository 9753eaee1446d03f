"""What `colorize watch` adds to `colorize run`: a burst of small files. Run it anywhere:

    python benchmarks/watch_burst.py                      500 files at once: about three minutes
    python benchmarks/watch_burst.py --files 2000         about ten

The files are moved into a folder that is watched already, as fast as that goes; the time ends when
the last of them is told to be done. `run` is timed from its start to its end. Claim: at most 1.1
times the wall time. The results of both have to be the same bytes, or it ends with 1.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from filecmp import cmpfiles
from pathlib import Path
from time import perf_counter

from interleaved import COLORIZE, Cost, Way, machine, process, timed
from watch_stress import make_photos

LIMIT = 1.1
RUN, WATCH = "run", "watch"


def emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def run_way(place: Path) -> Way:
    colored = place / RUN
    coloring = process([*COLORIZE, "run", "-q", "-r", place / "photos", "--output-dir", colored])

    def once() -> Cost:
        emptied(colored)
        return coloring()

    return once


@contextmanager
def watching(place: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start a watcher on an empty folder, and give it when it hears of changes."""
    emptied(place / "incoming").mkdir()
    emptied(place / WATCH)
    running = subprocess.Popen(
        [*COLORIZE, "watch", place / "incoming", "--output-dir", place / WATCH, "-q", "--json"],
        env={**os.environ, "XDG_STATE_HOME": str(emptied(place / "state"))},
        stdout=subprocess.PIPE,
    )
    event_of(running)
    yield running
    running.send_signal(signal.SIGTERM)


def event_of(running: subprocess.Popen[bytes]) -> dict[str, object]:
    if running.stdout is None or not (line := running.stdout.readline()):
        raise SystemExit("the watcher ended too soon")
    event: dict[str, object] = json.loads(line)
    return event


def is_done(event: dict[str, object]) -> bool:
    if event["event"] == "failed":
        raise SystemExit(f"the watcher failed: {event['input']}: {event['reason']}")
    return event["event"] == "done"


def watch_way(place: Path) -> Way:
    photos = sorted((place / "photos").iterdir())

    def once() -> Cost:
        ready = emptied(place / "ready")
        shutil.copytree(place / "photos", ready)
        with watching(place) as running:
            began = perf_counter()
            for photo in photos:
                (ready / photo.name).rename(place / "incoming" / photo.name)
            missing = len(photos)
            while missing:
                missing -= is_done(event_of(running))
            wall = perf_counter() - began
        if running.stdout is not None:
            running.stdout.read()
        _, status, usage = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
        return Cost(
            wall=wall, processor=usage.ru_utime + usage.ru_stime, memory=usage.ru_maxrss * 1024
        )

    return once


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        make_photos(place / "photos", chosen.files)
        ways = {RUN: run_way(place), WATCH: watch_way(place)}
        rounds = timed(ways, rounds=chosen.rounds, has_warm_up=False)
        names = [path.name for path in (place / RUN).iterdir()]
        _, different, missing = cmpfiles(place / RUN, place / WATCH, names, shallow=False)
    print(rounds.table(RUN, limits={WATCH: LIMIT}))
    each = {way: 1000 * rounds.median(way) / chosen.files for way in (RUN, WATCH)}
    costs = ", ".join(f"{way} {cost:.1f} ms a file" for way, cost in each.items())
    print(f"{chosen.files} files: {costs}; processor time of both from start to end")
    print(machine("colorize-gan", "onnxruntime", "watchdog"))
    if different or missing or len(names) != chosen.files:
        sys.exit(f"results that differ: {len(different) + len(missing)} of {len(names)}")


if __name__ == "__main__":
    main()
