"""What a run directory or a dataset is."""

import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colorize_cli.core.errors import NoInputError

if TYPE_CHECKING:
    from colorize_trainers.report.run import RunRecord


def dataset_facts(path: Path) -> dict[str, Any]:
    """Return what a prepared dataset is. Raises BadConfigError if it is damaged."""
    from colorize_cli.core.dataset import open_dataset, read_facts

    facts, dataset = read_facts(path), open_dataset(path)
    classes = [name or "(none)" for name in dataset.classes]
    return {
        "kind": "dataset",
        "path": str(path),
        "size": dataset.size,
        "photos": {"train": len(dataset.train), "test": len(dataset.test)},
        "classes": len(classes),
        "seed": dataset.seed,
        "fingerprint": dataset.fingerprint,
        "dropped": {reason: n for reason, n in facts.get("dropped", {}).items() if n},
        "other_files": facts.get("other_files"),
        "bytes": sum(file.stat().st_size for file in path.iterdir() if file.is_file()),
    }


def run_facts(path: Path) -> dict[str, Any]:
    """Return what a training run is, and how far it is. Raises NoInputError or BadConfigError."""
    from colorize_trainers.report.run import read_run
    from colorize_trainers.status import read_status

    run = read_run(path)
    if not run.recipe:
        # Other programs keep a file of that name as well.
        raise NoInputError("has a config.json, but not that of a run", path=path)
    status, settings = read_status(run.directory.status), run.settings
    return {
        "kind": "run",
        "path": str(path),
        "state": _state(status),
        "reason": status.get("reason"),
        "recipe": run.recipe.get("name"),
        "differs": {name: _setting(run, name) for name in run.origins},
        "epochs": f"{len(run.epochs)} of {run.recipe.get('epochs', '?')}",
        "step": _of(status, "step", "steps"),
        "best": _best(run, status),
        "data": settings.get("data"),
        "fingerprint": settings.get("fingerprint"),
        "seed": settings.get("seed"),
        "backend": settings.get("backend"),
        "environment": dict(run.environment),
        "model": _there(run.directory.model),
        "card": _there(run.directory.card),
        "checkpoint": _there(run.directory.last),
        "commands": list(settings.get("commands") or ()),
    }


def _state(status: Mapping[str, Any]) -> str:
    """Return the state that a run states; one whose process is gone was killed."""
    state = str(status.get("state", "unknown"))
    if state == "running" and status.get("host") == platform.node():
        return state if _is_alive(status.get("pid")) else "killed"
    return state


def _is_alive(pid: object) -> bool:
    try:
        os.kill(int(str(pid)), 0)
    except PermissionError:
        return True
    except (OSError, ValueError, OverflowError):
        return False
    return True


def _setting(run: "RunRecord", name: str) -> Any:
    return run.recipe.get(name, run.settings.get(name))


def _of(status: Mapping[str, Any], done: str, whole: str) -> str | None:
    return f"{status[done]} of {status[whole]}" if done in status and whole in status else None


def _best(run: "RunRecord", status: Mapping[str, Any]) -> Any:
    """Return the best epoch and its error: as the run states it, else as its metrics do."""
    if status.get("best"):
        return status["best"]
    epochs, errors = run.scores("ab_error")
    if not errors:
        return None
    error, epoch = min(zip(errors, epochs, strict=True))
    return {"epoch": epoch, "ab_error": error}


def _there(path: Path) -> str | None:
    return str(path) if path.is_file() else None
