"""A watcher under a clock of its own, with work that costs nothing: for tests without waiting."""

import hashlib
import os
import queue
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from colorize_cli.core.existing_outputs import Making
from colorize_cli.core.outputs import write_bytes
from colorize_cli.core.picture_file import FileChoices, recolored
from colorize_cli.core.provenance import Provenance
from colorize_cli.watch.dirty_set import DirtySet
from colorize_cli.watch.events import Event, Made
from colorize_cli.watch.journal import Journal, opened
from colorize_cli.watch.settings import WatchSettings
from colorize_cli.watch.totals import Totals
from colorize_cli.watch.watcher import Watcher

MAKING = Making(model_sha256="0" * 64, options="strength=1")


def write_picture(path: Path, number: int = 0, *, size: int = 8) -> bytes:
    """Write a gray picture of its own for each number; return its bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    codes = np.random.default_rng(number).integers(0, 256, (size, size), dtype=np.uint8)
    form = {".png": "PNG", ".jpg": "JPEG", ".tif": "TIFF"}[path.suffix]
    Image.fromarray(codes).save(path, form)
    return path.read_bytes()


class FakeClock:
    """Time that passes only where the loop would wait; `plan` says what happens when."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.planned: list[tuple[float, Callable[[], object]]] = []
        self.waits = 0

    def plan(self, delay: float, action: Callable[[], object]) -> None:
        """Have something done so many seconds from now."""
        self.planned.append((self.now + delay, action))
        self.planned.sort(key=lambda planned: planned[0])

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        # Long after, so that files of the test are old, unless a test says otherwise.
        return 0.0

    def wait(self, wakes: "queue.SimpleQueue[None]", seconds: float | None) -> None:
        self.waits += 1
        is_awake = not wakes.empty()
        with suppress(queue.Empty):
            while True:
                wakes.get_nowait()
        if is_awake:
            return
        until = float("inf") if seconds is None else self.now + seconds
        if self.planned and self.planned[0][0] <= until:
            self.now, action = self.planned.pop(0)
            action()
            return
        if until == float("inf"):
            raise AssertionError("the watcher would wait for ever")
        self.now = until


class InlineExecutor(Executor):
    """Does the work at once, in the same thread; what kills the process comes through."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - as executors do
            future.set_exception(error)
        return future


@dataclass
class FakeWork:
    """Writes a marked picture of the very bytes that it reads; counts what it has read."""

    making: Making = MAKING
    is_marked: bool = True
    seen: list[tuple[str, str]] = field(default_factory=list)
    before: Callable[[Path, Path], object] = lambda source, target: None
    after: Callable[[Path, Path], object] = lambda source, target: None

    def __call__(self, source: Path, target: Path, *, is_new: bool) -> Made:
        self.before(source, target)
        data = source.read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
        mark = Provenance(
            program="colorize 0",
            model="fake",
            model_sha256=self.making.model_sha256,
            source_sha256=sha256,
            options=self.making.options,
        )
        result = recolored(
            data,
            lambda picture: picture,
            FileChoices(),
            path=source,
            provenance=mark if self.is_marked else None,
        )
        write_bytes(target, result.data, is_new=is_new)
        self.seen.append((source.name, sha256))
        self.after(source, target)
        return Made()


@dataclass
class Told:
    """A listener that remembers."""

    events: list[Event] = field(default_factory=list)

    def told(self, event: Event) -> None:
        self.events.append(event)

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def names(self, kind: type[Any]) -> list[str]:
        return [event.path.name for event in self.of(kind)]


@dataclass
class Folder:
    """A watched folder with all around it; each `drain` or `watch` is a process of its own."""

    top: Path
    choices: dict[str, Any] = field(default_factory=dict)
    work: Callable[..., Made] = field(default_factory=FakeWork)
    clock: FakeClock = field(default_factory=FakeClock)
    dirty: DirtySet = field(default_factory=DirtySet)
    told: Told = field(default_factory=Told)
    totals: Totals = field(default_factory=Totals)

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)

    @property
    def root(self) -> Path:
        return self.top / "in"

    @property
    def output(self) -> Path:
        return self.root / "color"

    @property
    def state(self) -> Path:
        return self.top / "state" / "journal.sqlite3"

    @property
    def settings(self) -> WatchSettings:
        choices = {"root": self.root, "output": self.output, "making": MAKING, **self.choices}
        return WatchSettings(**choices)

    @contextmanager
    def watcher(self) -> Iterator[Watcher]:
        with self.journal() as journal:
            yield Watcher(
                self.settings,
                work=self.work,
                journal=journal,
                dirty=self.dirty,
                listener=self.told,
                clock=self.clock,
            )

    @contextmanager
    def journal(self) -> Iterator[Journal]:
        with opened(self.state, self.root) as journal:
            yield journal

    def drain(self) -> Totals:
        """Run as `--once` does."""
        with self.watcher() as watcher:
            return watcher.run(stop=lambda: False, once=True, executor=InlineExecutor())

    def watch(self, seconds: float, *, executor: Executor | None = None) -> Totals:
        """Run for so many seconds of the fake time."""
        pool = executor or InlineExecutor()
        end = self.clock.now + seconds
        self.clock.plan(seconds, self.dirty.wake)
        with self.watcher() as watcher:
            return watcher.run(stop=lambda: self.clock.now >= end, executor=pool)

    def outputs(self) -> list[str]:
        """Return the places of all files in the output folder, hidden ones as well."""
        return places_in(self.output)

    def states(self) -> dict[str, str]:
        """Return the state of each file in the journal."""
        import sqlite3

        with sqlite3.connect(self.state) as db:
            rows = db.execute("SELECT folder, name, state FROM inputs").fetchall()
        db.close()
        return {
            str(Path(os.fsdecode(folder)) / os.fsdecode(name)): state
            for folder, name, state in rows
        }


def places_in(folder: Path) -> list[str]:
    """Return the places of all files below a folder."""
    files = [path for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()]
    return sorted(str(path.relative_to(folder)) for path in files)
