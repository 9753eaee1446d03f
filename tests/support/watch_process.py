"""The command `colorize watch` as a process, heard through its events."""

import hashlib
import json
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from colorize_cli.core.provenance import read_provenance
from command_line import PROGRAM, clean_environment
from pictures import encoded, luminance

DEADLINE = 60.0
"""Seconds that anything may take on the slowest machine; nothing waits for them in vain."""

QUICK = ("--settle", "0.2", "-j2")
"""What lets the tests wait for as little as possible."""


def numbered_gray(number: int, height: int = 20, width: int = 24) -> np.ndarray:
    """Return gray codes that are another picture for each number below 32,768."""
    codes = np.tile(np.linspace(20, 230, width).astype(np.uint8), (height, 1))
    codes[0, :15] = [255 * (number >> place & 1) for place in range(15)]
    return codes


def numbered_png(number: int) -> bytes:
    """Return such a picture as a file."""
    return encoded(numbered_gray(number))


def is_made_from(output: Path, data: bytes) -> bool:
    """Whether a result says that it was made from a numbered file, and shows its number."""
    mark = read_provenance(output)
    if mark is None or mark.source_sha256 != hashlib.sha256(data).hexdigest():
        return False
    with Image.open(output) as picture:
        color = np.asarray(picture.convert("RGB"))
    number = sum(int(color[0, place].mean() > 127) << place for place in range(15))
    gray = numbered_gray(number)
    is_alike = np.allclose(luminance(color), luminance(np.dstack([gray] * 3)), atol=0.01)
    return bool(is_alike and encoded(gray) == data)


def temporary_files(folder: Path) -> list[Path]:
    """Return what a writer leaves behind that was not allowed to end."""
    return [path for path in folder.rglob("*.tmp") if path.is_file()]


class Watching:
    """A watcher of `incoming` in a folder. Every wait is for an event, up to a deadline."""

    def __init__(
        self,
        folder: Path,
        model: str,
        *arguments: str,
        variables: dict[str, str] | None = None,
        program: Sequence[str] = PROGRAM,
    ) -> None:
        self.root, self.output = folder / "incoming", folder / "out"
        self.root.mkdir(exist_ok=True)
        words = ["watch", "incoming", "--output-dir", "out", "-m", model, "--json", *arguments]
        self._errors = (folder / "stderr.txt").open("a+b")
        self.process = subprocess.Popen(
            [*program, *words],
            cwd=folder,
            env=watch_environment(folder, **(variables or {})),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )
        self.events: list[dict[str, Any]] = []
        self._lines: queue.Queue[bytes] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(b"")

    @property
    def errors(self) -> str:
        """What was said on stderr so far."""
        self._errors.seek(0)
        return self._errors.read().decode("utf-8", "replace")

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return the events of a kind so far."""
        return [event for event in self.events if event["event"] == kind]

    def names(self, kind: str) -> list[str]:
        """Return the names below the root of what events of a kind are about."""
        return [event["input"].removeprefix("incoming/") for event in self.of(kind)]

    def wait(self, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Read events up to the first new one that is meant, and return it."""
        end = time.monotonic() + DEADLINE
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"nothing came; {self.events[-20:]} {self.errors}") from None
            assert line, f"it has ended; {self.events[-20:]} {self.errors}"
            event: dict[str, Any] = json.loads(line)
            self.events.append(event)
            if is_it(event):
                return event

    def wait_for(self, kind: str, name: str | None = None) -> dict[str, Any]:
        """Wait for an event of a kind, about a file if one is named."""
        place = name and f"incoming/{name}"
        return self.wait(
            lambda event: event["event"] == kind and place in (None, event.get("input"))
        )

    def wait_for_done(self, *names: str) -> None:
        """Read events until all these pictures are done, now or before."""
        left = set(names) - set(self.names("done"))
        while left:
            left.discard(self.wait_for("done")["input"].removeprefix("incoming/"))

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the status; all events are read."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        """Wait for the end and return the status; all events are read."""
        self.process.wait(DEADLINE)
        self._reader.join(DEADLINE)
        while not self._lines.empty():
            if line := self._lines.get():
                self.events.append(json.loads(line))
        return self.process.returncode

    def close(self) -> None:
        """Let go of everything, whatever has happened."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(DEADLINE)
        self._reader.join(DEADLINE)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._errors.close()


def watch_environment(folder: Path, **variables: str) -> dict[str, str]:
    """Return an environment in which nothing is noted outside the folder."""
    state = str(folder / "state")
    return clean_environment(folder, **{"XDG_STATE_HOME": state, **variables})
