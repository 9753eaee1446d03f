"""Wheels and source distributions, built from a copy so that nothing is left in the tree."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOT_COPIED = shutil.ignore_patterns(
    *(".*", "__pycache__", "dist", "build", "runs", "colorize-data", "node_modules", "*.so")
)
"""What a working folder may hold and a clone does not: hidden folders, caches, results."""


def copied_tree(place: Path) -> Path:
    """Copy what distributions are built from; modes and times are those of the copy."""
    shutil.copytree(ROOT, place, ignore=NOT_COPIED, copy_function=shutil.copyfile)
    return place


def built(tree: Path, out: Path, *kinds: str) -> list[Path]:
    """Build kinds (`--wheel`, `--sdist`, none: both, the wheel from the sdist), without network."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", out, *kinds, tree]
    result = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return sorted(out.iterdir())
