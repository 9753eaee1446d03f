"""The writer, killed at each of its system calls, and refused each of them."""

import json
import platform
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

DRIVER = Path(__file__).parents[1] / "support" / "traced_writing.py"
FORBIDDEN, SUCCESS, REPORTED = 77, 0, 65

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="ptrace is used as Linux has it")
needs_registers = pytest.mark.skipif(
    platform.machine() != "x86_64", reason="results of system calls are changed on x86-64 alone"
)


@pytest.fixture(scope="module")
def play(tmp_path_factory):
    """Return what came of each attempt of a scenario; see `traced_writing`."""

    @cache
    def run(scenario):
        folder = tmp_path_factory.mktemp("written")
        command = [sys.executable, str(DRIVER), str(folder), scenario]
        result = subprocess.run(command, capture_output=True, timeout=120, check=False)
        if result.returncode == FORBIDDEN:
            pytest.skip(f"tracing a process is forbidden here: {result.stdout.decode()}")
        assert (result.returncode, result.stderr) == (0, b"")
        return [json.loads(line) for line in result.stdout.splitlines()]

    return run


@pytest.mark.parametrize(("scenario", "before"), [("replacing", "old"), ("creating", "none")])
def test_kill_at_every_system_call_leaves_the_old_file_and_then_the_new_one(play, scenario, before):
    contents = [attempt["content"] for attempt in play(scenario)]
    change = contents.index("new")
    # Opening, locking, three writes, two syncs and more, each stopped before and after.
    assert change >= 20
    assert contents == [before] * change + ["new"] * (len(contents) - change)


def test_kill_at_every_system_call_leaves_no_file_or_the_new_one(play):
    contents = [attempt["content"] for attempt in play("creating a new one")]
    change = contents.index("new")
    assert contents == ["none"] * change + ["new"] * (len(contents) - change)


def test_a_file_that_has_appeared_stays_wherever_the_writer_is_killed(play):
    attempts = play("finding one")
    assert {attempt["content"] for attempt in attempts} == {"old"}
    assert attempts[-1]["status"] == REPORTED


@pytest.mark.parametrize("scenario", ["replacing", "creating", "creating a new one", "finding one"])
def test_the_next_writer_clears_away_what_a_killed_one_left(play, scenario):
    attempts = play(scenario)
    assert any(attempt["others"] for attempt in attempts)
    for attempt in attempts:
        assert attempt["after"] == {"content": "new", "others": 0}


@needs_registers
@pytest.mark.parametrize("error", ["ENOSPC", "EIO", "EDQUOT", "EACCES", "EROFS", "ENOLCK"])
@pytest.mark.parametrize("kind", ["old", "new"])
def test_a_refused_system_call_is_reported_and_leaves_old_or_new(play, kind, error):
    attempts = play(f"{kind} {error}")
    assert len(attempts) >= 15
    for attempt in attempts:
        assert attempt["status"] in {SUCCESS, REPORTED}, attempt
        assert attempt["content"] in {"new", "old" if kind == "old" else "none"}, attempt
        assert attempt["content"] == "new" or attempt["status"] == REPORTED, attempt
        assert not attempt["others"], attempt


@needs_registers
@pytest.mark.parametrize("error", ["EPERM", "ENOTSUP"])
def test_a_file_system_without_links_gets_its_new_file(play, error):
    linking = [attempt for attempt in play(f"new {error}") if attempt["call"] in {86, 265}]
    assert [(attempt["status"], attempt["content"]) for attempt in linking] == [(SUCCESS, "new")]
