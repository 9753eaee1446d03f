"""The course of a run: one JSON object per finished epoch, and how it reads as a line."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colorize_cli.core.backend import Phase
from colorize_cli.core.metrics import Scores
from colorize_cli.core.outputs import reported, write_bytes


@dataclass(frozen=True, kw_only=True)
class EpochRecord:
    """What one epoch came to. `losses` are means over its pictures; `test` scores the test pairs.

    `epoch` counts from 1; `step` is the number of updates since the start of the run;
    `learning_rate` that of the epoch's last step; `signs` those of `health`; `events` tells in
    words what a run did to recover before or within this epoch.
    """

    epoch: int
    step: int
    losses: Mapping[str, float]
    test: Scores
    images_per_second: float
    phase: Phase = "adversarial"
    learning_rate: float | None = None
    signs: tuple[str, ...] = ()
    events: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "epoch": self.epoch,
            "step": self.step,
            "losses": dict(self.losses),
            "test": self.test.as_dict(),
            "images_per_second": round(self.images_per_second, 1),
            "phase": self.phase,
            "learning_rate": self.learning_rate,
            "signs": list(self.signs),
            "events": list(self.events),
        }


def append_record(path: Path, record: EpochRecord) -> None:
    """Add an epoch's line to the metrics, on the disk before this returns."""
    with reported(path), path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record.as_dict()) + "\n")
        file.flush()
        os.fsync(file.fileno())


def forget_after(path: Path, epoch: int) -> None:
    """Drop the lines of epochs after this one: they will be trained again."""
    if not path.exists():
        return
    lines = path.read_bytes().splitlines()
    kept = [line for line in lines if _epoch_of(line) <= epoch]
    write_bytes(path, b"".join(line + b"\n" for line in kept))


def _epoch_of(line: bytes) -> float:
    """Return a line's epoch; a line that was cut off belongs to none that counts."""
    try:
        return int(json.loads(line)["epoch"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return float("inf")
