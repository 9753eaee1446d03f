"""The programs in `benchmarks` start, and those that need nothing else run to their end."""

import re
import subprocess
import sys
from importlib.util import find_spec
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
        tmp_path,
        "growth.py",
        *("--rounds=1", "--most-megapixels=0.05", "--formats=jpg", "--most-files=2"),
    )
    rows = rows_of(printed)
    for amount in (0.05, 1, 2):
        wall, each = map(float, rows[f"{amount:g}"][:2])
        assert each * amount == pytest.approx(1000 * wall, abs=6)
    one, two = (float(rows[amount][0]) for amount in ("1", "2"))
    assert float(rows["2"][2]) == pytest.approx(1000 * (two - one), abs=11)
    assert RATIO.fullmatch(rows["2"][5])


def test_growth_goes_from_little_to_the_most_that_is_asked_for(tmp_path: Path) -> None:
    printed = run_benchmark(
        tmp_path, "growth.py", "--rounds=1", "--most-megapixels=0.3", "--most-files=0"
    )
    assert [*rows_of(printed)] == ["megapixels", "0.25", "0.3"]
    assert printed.count("\n## ") == 3


def test_growth_does_not_begin_what_the_disk_has_no_room_for(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, BENCHMARKS / "growth.py", "--most-megapixels=1e12"],
        env=clean_environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "set TMPDIR" in ended.stderr


def test_the_start_is_compared_with_the_least_that_there_can_be(tmp_path: Path) -> None:
    printed = run_benchmark(tmp_path, "cold_start.py", "1")
    rows = rows_of(printed)
    version = ("colorize --version", "the installer's script, empty")
    for way in (*version, "colorize --help", "colorize run", "a plain script, onnxruntime"):
        assert RATIO.fullmatch(rows[way][3])
    assert names_what_is_missing(printed)


def names_what_is_missing(printed: str) -> bool:
    """Whether each peer has its row, or a line that says how to get it."""
    rows = "".join(rows_of(printed))
    return all(
        (package in rows) is is_there and (f"{package} is not installed" in printed) is not is_there
        for package, is_there in ((name, bool(find_spec(name))) for name in ("cv2", "rembg"))
    )


def test_peers_take_turns_with_the_program(tmp_path: Path) -> None:
    printed = run_benchmark(tmp_path, "peers.py", "--rounds=1", "--photos=1")
    assert names_what_is_missing(printed)
    assert printed.count("| colorize run |") == 2
    assert RATIO.fullmatch(rows_of(printed)["colorize run"][3])


def test_a_burst_ends_with_the_results_of_both(tmp_path: Path) -> None:
    printed = run_benchmark(tmp_path, "watch_burst.py", "--files=2", "--rounds=1")
    assert RATIO.fullmatch(rows_of(printed)["watch"][3])
