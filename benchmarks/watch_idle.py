"""What `colorize watch` costs while nothing happens. Run it anywhere, for as long as you like:

    python benchmarks/watch_idle.py --minutes 10
    python benchmarks/watch_idle.py --minutes 10 --files 10000 --poll 10

Prints the share of one core and the memory over time (Linux: it reads /proc).
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DAY = 86400.0
WARM_UP = 20.0
"""Seconds after the last picture: the threads of ONNX Runtime spin a while before they sleep."""


def cpu_seconds(number: int) -> float:
    """Return the processor time of a process, as its user's and the system's."""
    fields = Path(f"/proc/{number}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_kib(number: int) -> int:
    """Return the memory that a process holds, as VmRSS."""
    lines = Path(f"/proc/{number}/status").read_text("ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS:")).split()[1])


def switches(number: int) -> int:
    """Return how often the threads of a process have woken and slept again."""
    total = 0
    for task in Path(f"/proc/{number}/task").iterdir():
        lines = (task / "status").read_text("ascii").splitlines()
        total += sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt"))
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--files", type=int, default=100, help="done files in the folder")
    parser.add_argument("--poll", type=float, help="seconds, instead of events")
    parser.add_argument("--rescan", type=float, default=300.0)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        measure(Path(name), chosen)


def measure(place: Path, chosen: argparse.Namespace) -> None:
    """Start a watcher, let it come to rest, and read what it costs."""
    from watch_stress import make_photos, output_of

    make_photos(place / "incoming", chosen.files)
    words = ["watch", "incoming", "--json", "--quiet", "--rescan", str(chosen.rescan)]
    how = [] if chosen.poll is None else ["--poll", str(chosen.poll)]
    process = subprocess.Popen(
        [sys.executable, "-m", "colorize_cli", *words, *how],
        cwd=place,
        env={**os.environ, "XDG_STATE_HOME": str(place / "state")},
        stdout=subprocess.PIPE,
    )
    lines = output_of(process)
    left = chosen.files
    while left:
        left -= b'"event": "done"' in lines.readline()
    time.sleep(WARM_UP)
    show(process.pid, chosen.minutes)
    process.send_signal(signal.SIGTERM)
    lines.read()
    process.wait()


def show(number: int, minutes: float) -> None:
    """Print the cost of each tenth of the time, and of the whole."""
    start, before = time.perf_counter(), cpu_seconds(number)
    memory = first = resident_kib(number)
    woken = switches(number)
    for _ in range(10):
        time.sleep(minutes * 6)
        share = (cpu_seconds(number) - before) / (time.perf_counter() - start)
        memory = resident_kib(number)
        print(f"{time.perf_counter() - start:6.0f} s  {share:8.4%} of a core  {memory} KiB")
    seconds = time.perf_counter() - start
    spent = cpu_seconds(number) - before
    print(
        f"{spent:.2f} s of processor time in {seconds:.0f} s: {spent / seconds:.4%} of a core, "
        f"{spent / seconds * DAY:.0f} s a day; memory {memory - first:+} KiB; "
        f"{(switches(number) - woken) / seconds:.2f} wake-ups a second"
    )


if __name__ == "__main__":
    main()
