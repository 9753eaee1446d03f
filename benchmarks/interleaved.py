"""Time several ways in turn, so that all of them meet the same machine, and compare them.

One round runs every way once, in an order that is turned by one each time. A claim is the median
of the rounds' ratios: what a busy neighbour does to one round it does to both sides of its ratio.
"""

import gc
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Final

COLORIZE: Final = (sys.executable, "-P", "-m", "colorize_cli")
"""How the installed program is called: -P, lest it be that of a checkout that one stands in."""

Way = Callable[[], "Cost"]


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one go cost: wall and processor time in seconds, peak resident memory in bytes."""

    wall: float
    processor: float
    memory: int = 0


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """The median, least and greatest ratio of the rounds."""

    median: float
    least: float
    greatest: float

    def __str__(self) -> str:
        """Return it as a table's cell."""
        return f"{self.median:.2f} ({self.least:.2f} to {self.greatest:.2f})"


class Rounds:
    """The costs of every way, round by round."""

    def __init__(self, costs: Mapping[str, Sequence[Cost]]) -> None:
        self._costs = costs

    def ratio(self, way: str, to: str, *, of: str = "wall") -> Ratio:
        """Return what a way costs in parts of another; `of` is `wall`, `processor`, `memory`."""
        pairs = zip(self._costs[way], self._costs[to], strict=True)
        ratios = [getattr(ours, of) / getattr(theirs, of) for ours, theirs in pairs]
        return Ratio(median=median(ratios), least=min(ratios), greatest=max(ratios))

    def median(self, way: str, *, of: str = "wall") -> float:
        """Return the median cost of a way, in seconds or bytes."""
        return median(getattr(cost, of) for cost in self._costs[way])

    def peak_memory(self, way: str) -> int:
        """Return the greatest memory of all rounds, in bytes."""
        return max(cost.memory for cost in self._costs[way])

    def table(self, to: str, *, limits: Mapping[str, float] | None = None) -> str:
        """Return all ways as Markdown: medians, the ratio to one of them, and its limit."""
        lines = [
            f"| way | wall, ms | processor, ms | memory, MB | times {to} | limit |",
            "|---|---|---|---|---|---|",
        ]
        for way in self._costs:
            wall, cpu = (1000 * self.median(way, of=name) for name in ("wall", "processor"))
            memory = self.peak_memory(way) / 1e6
            limit = (limits or {}).get(way, "")
            cells = [way, f"{wall:.1f}", f"{cpu:.1f}", f"{memory:.0f}" if memory else ""]
            cells += ["1" if way == to else str(self.ratio(way, to)), str(limit)]
            lines.append("| " + " | ".join(cells) + " |")
        return "\n".join(lines)


def timed(ways: Mapping[str, Way], *, rounds: int, has_warm_up: bool = True) -> Rounds:
    """Run every way once uncounted (the first alone without warm-up), then in some rounds."""
    names = list(ways)
    for name in names if has_warm_up else names[:1]:
        ways[name]()
    costs: dict[str, list[Cost]] = {name: [] for name in names}
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            costs[name].append(ways[name]())
    return Rounds(costs)


def process(
    arguments: Sequence[str | Path],
    *,
    stdin: Path | None = None,
    stdout: Path | None = None,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Way:
    """Return a way that runs a program from its start to its end.

    Raises CalledProcessError if it fails. stdout goes nowhere unless a file is given.
    """

    def once() -> Cost:
        with (
            Path(stdin or os.devnull).open("rb") as source,
            Path(stdout or os.devnull).open("wb") as target,
        ):
            began = perf_counter()
            running = subprocess.Popen(
                [str(argument) for argument in arguments],
                stdin=source,
                stdout=target,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **(environment or {})},
                cwd=cwd,
            )
            _, status, usage = os.wait4(running.pid, 0)
            wall = perf_counter() - began
        running.returncode = os.waitstatus_to_exitcode(status)
        if running.returncode:
            raise subprocess.CalledProcessError(running.returncode, running.args)
        kibibyte = 1 if sys.platform == "darwin" else 1024
        return Cost(
            wall=wall,
            processor=usage.ru_utime + usage.ru_stime,
            memory=usage.ru_maxrss * kibibyte,
        )

    return once


def call(work: Callable[[], object]) -> Way:
    """Return a way that calls a function of this process."""

    def once() -> Cost:
        gc.collect()
        began, spent = perf_counter(), process_time()
        work()
        return Cost(wall=perf_counter() - began, processor=process_time() - spent)

    return once


def machine(*packages: str) -> str:
    """Return one line on what this was measured with."""
    versions = []
    for package in packages:
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            versions.append(f"no {package}")
    processor = f"{_processor()}, {os.cpu_count()} processors"
    return ", ".join([processor, f"Python {platform.python_version()}", *versions])


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
