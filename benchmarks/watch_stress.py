"""How much `colorize watch` takes: bursts, and deaths in their midst. Run it anywhere:

    python benchmarks/watch_stress.py                     500 photos, 20 kills; 2,000 files at once
    python benchmarks/watch_stress.py --photos scans/     with photos of your own

The command is the installed one, with the bundled model. Everything lies in a temporary folder.
Prints what was found, and ends with 1 if anything was lost, done twice or left behind.
"""

import argparse
import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image

from colorize_cli.core.provenance import read_provenance

SIDES = (320, 240)
COMMAND = [sys.executable, "-m", "colorize_cli", "watch", "incoming", "--output-dir", "out"]


def make_photos(folder: Path, count: int) -> list[Path]:
    """Write gray pictures, each with a noise of its own."""
    folder.mkdir()
    noise = np.random.default_rng(0)
    paths = [folder / f"photo-{number:04}.jpg" for number in range(count)]
    for path in paths:
        small = Image.fromarray(noise.integers(0, 256, (9, 12), np.uint8))
        small.resize(SIDES, Image.Resampling.BICUBIC).save(path, quality=90)
    return paths


def chosen_photos(source: Path, count: int) -> list[Path]:
    """Return photos of a folder, over and over again if they are too few."""
    found = sorted(path for path in source.rglob("*.jp*g") if path.is_file())
    if not found:
        raise SystemExit(f"no photos in {source}")
    return [found[number % len(found)] for number in range(count)]


def started(place: Path, *arguments: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "XDG_STATE_HOME": str(place / "state")}
    return subprocess.Popen(
        [*COMMAND, "--json", "--quiet", *arguments],
        cwd=place,
        env=environment,
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    )


def output_of(process: subprocess.Popen[bytes]) -> IO[bytes]:
    if process.stdout is None:
        raise RuntimeError("it has no output")
    return process.stdout


def finish(place: Path, *arguments: str) -> list[dict[str, object]]:
    """Run a watcher to its end, and return its events."""
    process = started(place, "--once", *arguments)
    lines, _ = process.communicate()
    return [json.loads(line) for line in lines.splitlines()]


def copied(photos: list[Path], folder: Path, *, first: int = 0) -> dict[str, str]:
    """Copy photos, each under a name of its own; return the hashes of their bytes by result."""
    folder.mkdir(parents=True, exist_ok=True)
    expected = {}
    for number, photo in enumerate(photos, start=first):
        shutil.copyfile(photo, folder / f"{number:05}{photo.suffix}")
        expected[f"{number:05}.png"] = hashlib.sha256(photo.read_bytes()).hexdigest()
    return expected


def report(title: str, place: Path, expected: dict[str, str], twice: int) -> bool:
    """Print what is there and what is not; whether all is well."""
    wrong = 0
    for name, sha256 in expected.items():
        mark = read_provenance(place / "out" / name)
        wrong += mark is None or mark.source_sha256 != sha256
    for path in (place / "out").iterdir():
        with Image.open(path) as picture:
            picture.load()
    extra = len(list((place / "out").iterdir())) - len(expected)
    left = len([path for path in place.rglob("*.tmp") if path.is_file()])
    with contextlib.closing(sqlite3.connect(*(place / "state").rglob("*.sqlite3"))) as database:
        states = Counter(state for (state,) in database.execute("SELECT state FROM inputs"))
    print(
        f"{title}: {len(expected) - wrong} of {len(expected)} good outputs, {extra} more, "
        f"{left} temporary files, done twice: {twice}, journal: {dict(states)}"
    )
    return (wrong, extra, left, twice, states) == (0, 0, 0, 0, Counter({"done": len(expected)}))


def kills(place: Path, photos: list[Path], count: int) -> bool:
    """Kill the watcher at random moments of a burst, then let it drain."""
    (place / "incoming").mkdir(parents=True)
    chance = random.Random(0)
    expected: dict[str, str] = {}
    told: Counter[object] = Counter()
    share = len(photos) // count + 1
    begin = time.perf_counter()
    for turn in range(count):
        process = started(place)
        # From its first line on it hears of everything.
        output_of(process).readline()
        part = photos[turn * share : (turn + 1) * share]
        expected |= copied(part, place / "incoming", first=turn * share)
        time.sleep(chance.uniform(0.0, 3.0))
        process.send_signal(signal.SIGKILL)
        lines = output_of(process).read().splitlines(keepends=True)
        process.wait()
        told.update(_done(lines))
    events = finish(place)
    told.update(event["input"] for event in events if event["event"] == "done")
    seconds = time.perf_counter() - begin
    twice = sum(times > 1 for times in told.values())
    return report(f"{count} kills in {seconds:.0f} s", place, expected, twice)


def _done(lines: list[bytes]) -> list[object]:
    """Return the inputs that are told to be done; the last line may be cut."""
    events = [json.loads(line) for line in lines if line.endswith(b"\n")]
    return [event["input"] for event in events if event["event"] == "done"]


def burst(place: Path, photos: list[Path], *arguments: str) -> bool:
    """Move files in, one by one and as fast as that goes, before a watcher that waits."""
    (place / "incoming").mkdir(parents=True)
    expected = copied(photos, place / "ready")
    process = started(place, *arguments)
    output_of(process).readline()
    begin = time.perf_counter()
    for path in sorted((place / "ready").iterdir()):
        path.rename(place / "incoming" / path.name)
    poured = time.perf_counter() - begin
    told: Counter[object] = Counter()
    for line in output_of(process):
        event = json.loads(line)
        if event["event"] == "done":
            told[event["input"]] += 1
            if len(told) == len(photos):
                break
    seconds = time.perf_counter() - begin
    process.send_signal(signal.SIGTERM)
    rest = output_of(process).read().splitlines(keepends=True)
    process.wait()
    told.update(_done(rest))
    twice = sum(times > 1 for times in told.values())
    how = " ".join(arguments) or "events"
    title = f"{len(photos)} files in {poured:.2f} s ({how}), done after {seconds:.0f} s"
    return report(title, place, expected, twice)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--photos", type=Path, help="a folder of photos; default: made ones")
    parser.add_argument("--count", type=int, default=500, help="photos of the burst with kills")
    parser.add_argument("--kills", type=int, default=20, help="0: none of this part")
    parser.add_argument("--files", type=int, default=2000, help="files of the burst at once")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        most = max(chosen.count, chosen.files)
        if chosen.photos is None:
            photos = make_photos(place / "photos", most)
        else:
            photos = chosen_photos(chosen.photos, most)
        results = [
            not chosen.kills or kills(place / "kills", photos[: chosen.count], chosen.kills),
            burst(place / "events", photos[: chosen.files]),
            burst(place / "polling", photos[: chosen.files], "--poll", "1"),
        ]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
