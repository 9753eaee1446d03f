"""`status.json`: how a run goes now, for people, scripts and other machines to look at."""

import json
import os
import platform
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal, Self, TypeAlias

from colorize_cli.core.errors import ColorizeError
from colorize_cli.core.outputs import write_text
from colorize_trainers.position import Position

SECONDS_BETWEEN: Final = 5.0
"""The least time between two writings while steps are done: no load on a network's disk."""

Clock: TypeAlias = Callable[[], float]
"""Seconds since some moment, never going back."""
State: TypeAlias = Literal["running", "interrupted", "finished", "failed"]


@dataclass(frozen=True, kw_only=True)
class Status:
    """What the file says. `reason` is why a run ended, in words.

    `steps` counts those of the whole run, `step` those done; `best` names the number that picks
    the best epoch. A run that says `running` and whose process is gone was killed.
    """

    state: State = "running"
    reason: str | None = None
    pid: int = field(default_factory=os.getpid)
    host: str = field(default_factory=platform.node)
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps: int = 0
    images_per_second: float | None = None
    eta_seconds: float | None = None
    losses: Mapping[str, float] = field(default_factory=dict)
    best: Mapping[str, float] | None = None
    rate: float = 1.0
    rollbacks: int = 0
    signs: tuple[str, ...] = ()


def read_status(path: Path) -> Mapping[str, Any]:
    """Read a run's status; empty if there is none that can be read."""
    try:
        entries = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return entries if isinstance(entries, dict) else {}


class StatusFile:
    """Keeps a run's status up to date while it is trained."""

    def __init__(self, path: Path, *, clock: Clock, epochs: int, steps: int) -> None:
        self._path = path
        self._clock = clock
        self._status = Status(epochs=epochs, steps=steps)
        self._began = self._written = clock()
        self._first_step = self._images = 0

    def begin(self, position: Position) -> None:
        """Say that the run is at work."""
        self._first_step = position.step
        self._began = self._clock()
        self._stand(position)
        self._write()

    def step(self, position: Position, losses: Mapping[str, float], images: int) -> None:
        """Note a step; write if the last writing is long enough ago."""
        self._images += images
        self._status = replace(self._status, losses=dict(losses))
        if self._clock() - self._written < SECONDS_BETWEEN:
            return
        self._stand(position)
        self._write()

    def epoch(self, position: Position) -> None:
        """Note the end of an epoch."""
        self._stand(position)
        self._write()

    def end(self, state: State, reason: str | None = None) -> None:
        """Say how it ended."""
        self._status = replace(self._status, state=state, reason=reason, eta_seconds=None)
        self._write()

    def __enter__(self) -> Self:
        """Begin to watch over the run."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        """Note that the run failed, and why, if anything was raised."""
        if error is None:
            return
        # What went wrong matters more than that it could not be noted.
        with suppress(ColorizeError):
            self.end("failed", str(error) or type(error).__name__)

    def _stand(self, position: Position) -> None:
        seconds = self._clock() - self._began
        left, fresh = self._status.steps - position.step, position.step - self._first_step
        is_moving = seconds > 0 and fresh > 0
        self._status = replace(
            self._status,
            epoch=position.epoch,
            step=position.step,
            images_per_second=round(self._images / seconds, 1) if is_moving else None,
            eta_seconds=round(left * seconds / fresh) if is_moving else None,
            best=_best(position),
            rate=position.rate,
            rollbacks=position.rollbacks,
            signs=position.signs,
        )

    def _write(self) -> None:
        self._written = self._clock()
        write_text(self._path, json.dumps(asdict(self._status), indent=2) + "\n")


def _best(position: Position) -> dict[str, float] | None:
    if position.least_error is None:
        return None
    return {"epoch": position.best_epoch, "ab_error": round(position.least_error, 4)}
