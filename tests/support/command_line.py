"""The program as a process, with neither settings nor colours from outside."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

PROGRAM = [sys.executable, "-m", "colorize_cli"]


def clean_environment(folder: Path, **variables: str) -> dict[str, str]:
    """Return this process's environment without what would change the program's behaviour."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("COLORIZE_") and key not in ("NO_COLOR", "FORCE_COLOR", "CI")
    }
    # Beside the folder, as libraries that frameworks bring may make theirs there (matplotlib).
    settings = folder.with_name(f"{folder.name}-settings")
    return {**kept, "XDG_CONFIG_HOME": str(settings), **variables}


def run_colorize(folder: Path, *arguments: str, **settings: Any) -> Any:
    """Run the program in a folder; stdout and stderr are bytes."""
    variables = settings.pop("variables", {})
    defaults = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    if "input" in settings:
        defaults.pop("stdin")
    return subprocess.run(
        [*PROGRAM, *arguments],
        cwd=folder,
        env=clean_environment(folder, **variables),
        timeout=120,
        **{**defaults, **settings},
    )
