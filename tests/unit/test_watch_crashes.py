"""Exactly once, whenever the process is killed: at every file that it opens, renames or removes,
and before and after every entry in the journal."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SUPPORT = Path(__file__).parent.parent / "support"


@pytest.mark.parametrize("then", ["keep", "move", "delete"])
@pytest.mark.parametrize("marking", ["marked", "unmarked"])
def test_a_kill_at_any_step_costs_nothing_and_does_nothing_twice(
    then: str, marking: str, tmp_path: Path
) -> None:
    result = subprocess.run(
        [sys.executable, SUPPORT / "watch_killer.py", then, marking],
        env={**os.environ, "TMPDIR": str(tmp_path), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert result.stderr == ""
    outcome = json.loads(result.stdout)
    assert outcome["wrong"] == []
    assert outcome["steps"] > 20
