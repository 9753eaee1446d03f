"""`kill -9` at any moment of a training costs time, and nothing else."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from command_line import clean_environment
from packed_data import pack_photos

DRIVER = Path(__file__).parent.parent / "support" / "killed_training.py"
FEATURES = (
    "--recipe compact --precision float32 --base-width 2 --batch-size 4 --micro-batch 3 --epochs 4 "
    "--warm-up-epochs 1 --ema-decay 0.9 --schedule cosine --augment crop=0.4,tone=0.5 --keep 2 "
    "--checkpoint-every 0 --device cpu"
)
"""Everything that has to be remembered; saved after each step, so that there is much to hit."""


@pytest.mark.parametrize(("backend", "kills"), [("torch", 10), ("tensorflow", 4)])
def test_kills_leave_no_trace_in_what_was_learnt(backend: str, kills: int, tmp_path: Path) -> None:
    if find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    data = pack_photos(tmp_path / "data", train=8, test=2)
    ended = subprocess.run(
        [sys.executable, DRIVER, data, tmp_path, backend, "1", str(kills), *FEATURES.split()],
        cwd=tmp_path,
        env=clean_environment(tmp_path, OMP_NUM_THREADS="1"),
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) == kills
    whole, parts = (tmp_path / run for run in ("whole", "parts"))
    files = ["model.safetensors", "MODEL_CARD.md"]
    files += [path.relative_to(whole) for path in (whole / "checkpoints").iterdir()]
    files += [path.relative_to(whole) for path in (whole / "samples").iterdir()]
    # The last, the one before, the best, and two epochs; four grids.
    assert len(files) == 2 + 5 + 4
    for file in files:
        assert (whole / file).read_bytes() == (parts / file).read_bytes(), file
    assert len(list((parts / "checkpoints").iterdir())) == 5
