"""A short training with fake networks, killed at each of its moments in turn.

    python every_moment.py DATA FOLDER

A moment is the linking, renaming or removing of a file of the run: what is only opened or written
to is as it was before, or a temporary file. Each killed training is
finished by another process and then compared with one that was left alone, byte for byte. Prints
how many moments there were, and exits with what differed, if anything did.
"""

import os
import sys
from itertools import count
from pathlib import Path

from colorize_trainers.run_directory import RunDirectory
from killed_training import kill_self_at, sync_nothing
from run_sessions import config_for, resume, start

MOMENTS = {"os.rename", "os.link", "os.remove"}


def in_fork(run: Path, data: Path, kill_at: int | None) -> bool:
    """Begin a run or go on with it in a fork; return whether that came to its end."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == 0
    if kill_at is not None:
        kill_self_at(kill_at, str(run), MOMENTS)
    if RunDirectory(run).config.exists():
        resume(run)
    else:
        start(config_for(data, epochs=2, keep=1), run)
    os._exit(0)


def contents(run: Path) -> dict[str, bytes]:
    """Return all files that do not tell of clocks and processes."""
    told = ("status.json", "events", ".lock", "metrics.jsonl")
    return {
        str(path.relative_to(run)): path.read_bytes()
        for path in run.rglob("*")
        if path.is_file() and not path.name.startswith(told)
    }


def main() -> None:
    data, folder = map(Path, sys.argv[1:])
    sync_nothing()
    whole = folder / "whole"
    if not in_fork(whole, data, None):
        sys.exit("the undisturbed training failed")
    for moment in count(1):
        run = folder / f"killed-{moment}"
        if in_fork(run, data, moment):
            break
        if not in_fork(run, data, None):
            sys.exit(f"moment {moment}: the training could not be finished")
        ours, theirs = contents(run), contents(whole)
        odd = [name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)]
        if odd:
            sys.exit(f"moment {moment}: {sorted(odd)}")
    print(moment - 1)


if __name__ == "__main__":
    main()
