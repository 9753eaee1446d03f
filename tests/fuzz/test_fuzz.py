"""A bounded number of cases of every target; COLORIZE_FUZZ_CASES asks for more of each.

A failure says the command that does its case again: see `__main__.py`.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FUZZ = Path(__file__).parent
TARGETS = (
    *("pictures", "blocks", "attached", "sniffing", "strokes", "models", "onnx", "torch-files"),
    *("checkpoints", "datasets", "runs", "cards", "settings", "names", "journals"),
)


def fuzz(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: os.environ[name] for name in os.environ if "COLORIZE_" not in name}
    return subprocess.run(
        [sys.executable, str(FUZZ), *words],
        capture_output=True,
        text=True,
        timeout=1800,
        env={**environment, "OMP_NUM_THREADS": "1"},
    )


@pytest.mark.parametrize("target", TARGETS)
def test_what_strangers_made_is_done_or_refused_in_one_line(target: str) -> None:
    cases = os.environ.get("COLORIZE_FUZZ_CASES")
    ended = fuzz(target, *(["--cases", cases] if cases else []))
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_every_target_is_among_these() -> None:
    assert f"known: {', '.join(TARGETS)})" in fuzz("no-such-target").stderr


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("raises", "ZeroDivisionError"),
        ("dies", "killed by SIGSEGV"),
        ("hangs", "HangError"),
        ("eats", "MemoryError"),
        ("prints", "something was printed"),
        ("litters", "left behind"),
    ],
)
def test_a_fault_of_each_kind_is_found_and_named(fault: str, told: str) -> None:
    script = f"""
import sys
sys.path[:0] = [{str(FUZZ)!r}, {str(FUZZ.parent / "support")!r}]
import ctypes
import children
children.CASE_SECONDS = 0.3
def case(random, folder):
    if random.random() < 0.9:
        return
    kind = {fault!r}
    if kind == "raises": 1 / 0
    if kind == "dies": ctypes.string_at(0)
    while kind == "hangs": pass
    if kind == "eats": bytearray(2**31)
    if kind == "prints": print("x", flush=True)
    if kind == "litters": (folder.parent / "left").touch()
found = [entry for entry in children.faults_among("t", case, range(60), seed=0)]
fault = next(entry for entry in found if not isinstance(entry, int))
first = next(n for n in range(60) if children.generator("t", 0, n).random() >= 0.9)
print(fault.number == first or fault.text.startswith("left behind"))
print(fault)
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ended.stdout.startswith("True\npython tests/fuzz t --seed 0 --case "), ended.stderr
    assert told in ended.stdout
