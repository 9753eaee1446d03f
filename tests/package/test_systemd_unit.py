"""The unit for systemd is one that systemd takes, and says what the manual promises."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "contrib/systemd/colorize-watch@.service"


@pytest.fixture
def analyze():
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd here")

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        words = [program, "--no-pager", *map(str, arguments)]
        return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)

    return run


def test_systemd_finds_nothing_wrong_with_the_unit(analyze):
    ended = analyze("verify", UNIT)
    assert (ended.returncode, ended.stdout + ended.stderr) == (0, "")


def test_systemd_would_find_what_is_wrong(analyze, tmp_path):
    wrong = tmp_path / UNIT.name
    wrong.write_text(UNIT.read_text("utf-8").replace("ProtectSystem=strict", "ProtectSystem=much"))
    assert "Failed to parse" in analyze("verify", wrong).stderr


def test_the_service_is_exposed_to_little(analyze):
    # systemd.exec(5): 0 is all that can be taken away, 10 is none of it. 2 is "OK".
    ended = analyze("security", "--offline=true", "--threshold=20", UNIT)
    assert ended.returncode == 0, ended.stdout[-500:]


def test_the_unit_uses_what_the_command_tells_systemd():
    lines = UNIT.read_text("utf-8").splitlines()
    assert {"Type=notify", "ExecReload=/bin/kill -HUP $MAINPID", "WatchdogSec=2min"} <= {*lines}
    (start,) = [line for line in lines if line.startswith("ExecStart=")]
    assert start == "ExecStart=/usr/bin/env colorize watch %f"
