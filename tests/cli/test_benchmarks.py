"""The programs in `benchmarks` start, and those that need nothing else run to their end."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from command_line import clean_environment

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
PROGRAMS = sorted(
    path.name for path in BENCHMARKS.glob("*.py") if '__name__ == "__main__"' in path.read_text()
)
RATIO = re.compile(r"\d+\.\d\d \(\d+\.\d\d to \d+\.\d\d\)")


def run_benchmark(folder: Path, name: str, *arguments: str) -> str:
    """Run a program of the benchmarks in a folder of its own, and return what it prints."""
    ended = subprocess.run(
        [sys.executable, BENCHMARKS / name, *arguments],
        cwd=folder,
        env=clean_environment(folder),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def rows_of(printed: str) -> dict[str, list[str]]:
    """Return the cells of Markdown's tables by those of their first column."""
    lines = (line.strip("| ").split(" | ") for line in printed.splitlines() if line[:2] == "| ")
    return {first: rest for first, *rest in lines}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_benchmark_says_how_it_is_run(name: str, tmp_path: Path) -> None:
    if name.startswith("torch_"):
        pytest.importorskip("torch")
    assert run_benchmark(tmp_path, name, "--help").startswith(f"usage: {name}")


def test_growth_tells_the_cost_of_each_megapixel_and_file(tmp_path: Path) -> None:
    printed = run_benchmark(
        tmp_path, "growth.py", "--rounds=1", "--sizes=0.05", "--formats=jpg", "--files=1,2"
    )
    rows = rows_of(printed)
    for amount in (0.05, 1, 2):
        wall, each, *_ = map(float, rows[f"{amount:g}"][:3])
        assert each * amount == pytest.approx(1000 * wall, abs=6)
    assert RATIO.fullmatch(rows["2"][4])


def test_peers_take_turns_with_the_program(tmp_path: Path) -> None:
    printed = run_benchmark(tmp_path, "peers.py", "--rounds=1", "--photos=1")
    assert printed.count("| colorize run |") == 2
    assert RATIO.fullmatch(rows_of(printed)["colorize run"][3])


def test_a_burst_ends_with_the_results_of_both(tmp_path: Path) -> None:
    printed = run_benchmark(tmp_path, "watch_burst.py", "--files=2", "--rounds=1")
    assert RATIO.fullmatch(rows_of(printed)["watch"][3])
