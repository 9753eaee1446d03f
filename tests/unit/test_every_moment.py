"""A training that is killed at any moment ends as one that was left alone."""

import subprocess
import sys
from pathlib import Path

from command_line import clean_environment
from packed_data import pack_photos

SUPPORT = Path(__file__).parent.parent / "support"


def test_there_is_no_moment_at_which_a_kill_leaves_a_trace(tmp_path: Path) -> None:
    # Gray photos: the tint of the fake networks fades, so that every epoch is the best so far.
    data = pack_photos(tmp_path / "data", train=3, test=1, is_gray=True)
    ended = subprocess.run(
        [sys.executable, SUPPORT / "every_moment.py", data, tmp_path],
        env=clean_environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert int(ended.stdout) > 25
