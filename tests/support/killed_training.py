"""A training that is killed again and again, and one that is left alone.

    python killed_training.py DATA FOLDER BACKEND SEED KILLS [OPTION...]

Trains `FOLDER/whole` undisturbed, then `FOLDER/parts`, which SIGKILL hits at moments drawn from the
seed: as a file of the run is opened, linked, renamed or removed, the so-many-th time. The
framework is imported once, and every training is a fork of this process, so that it is quick.
Prints how many were killed.
"""

import importlib
import os
import random
import signal
import sys
from collections.abc import Set
from pathlib import Path

LOADED_ONCE = {
    "torch": ("colorize_trainers.runs", "colorize_torch.cgan", "torch._dynamo"),
    "tensorflow": ("colorize_trainers.runs", "colorize_tensorflow.cgan"),
}
MOMENTS = frozenset({"open", "os.rename", "os.link", "os.remove"})
"""Audit events of Python that tell of files."""
MOST_MOMENTS = 60
"""An epoch of the test has about twice as many."""


def train(arguments: list[str], folder: Path, kill_at: int | None) -> int:
    """Train in a fork; return its wait status."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    if kill_at is not None:
        kill_self_at(kill_at, str(folder))
    sys.argv = ["colorize", "train", *arguments, "--quiet"]
    from colorize_cli.__main__ import main

    main()
    return 0


def kill_self_at(moment: int, folder: str, moments: Set[str] = MOMENTS) -> None:
    """Die by SIGKILL at the so-many-th moment from now on that concerns a file in a folder."""
    left = [moment]

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event in moments and str(arguments[0]).startswith(folder):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def sync_nothing() -> None:
    """Let nothing wait for the disk: a kill, unlike a power cut, leaves what was written there."""
    os.fsync = lambda descriptor: None


def main() -> None:
    data, folder, backend, seed, kills, *options = sys.argv[1:]
    sync_nothing()
    for name in LOADED_ONCE[backend]:
        importlib.import_module(name)
    whole, parts = Path(folder) / "whole", Path(folder) / "parts"
    begin = [data, "--backend", backend, *options]
    if train([*begin, "--run", str(whole)], whole, None):
        sys.exit("the undisturbed training failed")
    moments, killed = random.Random(int(seed)), 0
    for _ in range(int(kills)):
        again = ["--resume", str(parts)]
        start = again if (parts / "config.json").exists() else [*begin, "--run", str(parts)]
        status = train([*start, *device(options)], parts, moments.randint(1, MOST_MOMENTS))
        killed += os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    if train(["--resume", str(parts), *device(options)], parts, None):
        sys.exit("the training that was killed could not be finished")
    print(killed)


def device(options: list[str]) -> list[str]:
    """Return the option of the device alone: the run remembers the others."""
    return ["--device", options[options.index("--device") + 1]] if "--device" in options else []


if __name__ == "__main__":
    main()
