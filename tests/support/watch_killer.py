"""Kills a watcher at each of its steps, then drains: run as a program, so that it may fork.

Prints one line of JSON: how many steps there were, and what was wrong after which of them.
"""

import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from colorize_cli.core.provenance import read_provenance
from colorize_cli.watch.journal import Journal
from watching import FakeWork, Folder, places_in, write_picture

STEPS = {"open", "os.rename", "os.remove", "os.link", "os.mkdir", "os.truncate"}


class Steps:
    """Counts what changes files, and dies at one of them, leaving all as it is."""

    def __init__(self, fatal: int) -> None:
        self.fatal, self.count = fatal, 0
        sys.addaudithook(self.heed)

    def heed(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            _, mode, flags = arguments
            is_writing = "r" not in str(mode) and int(str(flags)) & (os.O_WRONLY | os.O_RDWR)
        if event in STEPS and (event != "open" or is_writing):
            self.step()

    def step(self) -> None:
        self.count += 1
        if self.count == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)


def died(folder: Folder, fatal: int) -> bool:
    """Run a watcher that is killed at a step; False if it came to its end before."""
    child = os.fork()
    if child == 0:
        steps, record = Steps(fatal), Journal.record

        def recorded(*arguments: object) -> None:
            steps.step()
            record(*arguments)  # type: ignore[arg-type]
            steps.step()

        Journal.record = recorded  # type: ignore[method-assign, assignment]
        folder.drain()
        os._exit(0)
    return os.waitpid(child, 0)[1] != 0


def made(top: Path, then: str, *, is_marked: bool) -> Folder:
    choices = {"then": then, "quarantine": top / "bad", "output": top / "out", "patience": 0.0}
    choices["move_to"] = top / "moved" if then == "move" else None
    folder = Folder(top, choices=choices, work=FakeWork(is_marked=is_marked))
    write_picture(folder.root / "a.png", 1)
    write_picture(folder.root / "sub" / "b.png", 2)
    (folder.root / "bad.jpg").write_bytes(b"\xff\xd8\xff \xff\xd9")
    return folder


def faults(folder: Folder, then: str, *, is_marked: bool) -> list[str]:
    """Return what is not as it should be when all is done."""
    top = folder.top
    found = {
        "inputs": places_in(folder.root),
        "outputs": places_in(top / "out"),
        "moved": places_in(top / "moved"),
        "bad": places_in(top / "bad"),
    }
    pictures = ["a.png", "sub/b.png"]
    expected = {
        "inputs": pictures if then == "keep" else [],
        "outputs": pictures,
        "moved": pictures if then == "move" else [],
        "bad": ["bad.jpg", "bad.jpg.error.json"],
    }
    wrong = [f"{key}: {found[key]}" for key in expected if found[key] != expected[key]]
    for place in places_in(top / "out") if is_marked else []:
        if read_provenance(top / "out" / place) is None:
            wrong.append(f"{place} has no mark")
    return wrong


def main(then: str, marking: str) -> None:
    # What a kill leaves does not depend on what is on the disk already.
    os.fsync = lambda descriptor: None
    is_marked, fatal, is_over = marking == "marked", 0, False
    wrong: list[str] = []
    while not is_over:
        fatal += 1
        top = Path(tempfile.mkdtemp())
        os.environ["XDG_STATE_HOME"] = str(top / "xdg")
        folder = made(top, then, is_marked=is_marked)
        is_over = not died(folder, fatal)
        folder.drain()
        wrong += [
            f"killed at {fatal}: {fault}" for fault in faults(folder, then, is_marked=is_marked)
        ]
        shutil.rmtree(top)
    print(json.dumps({"steps": fatal - 1, "wrong": wrong}))


if __name__ == "__main__":
    main(*sys.argv[1:])
