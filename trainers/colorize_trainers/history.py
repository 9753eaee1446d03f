"""The course of a run: one JSON object per finished epoch, and how it reads as a line."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colorize_cli.core.metrics import Scores
from colorize_cli.core.outputs import write_text


@dataclass(frozen=True, kw_only=True)
class EpochRecord:
    """What one epoch came to. `losses` are means over its pictures; `test` scores the test pairs.

    `epoch` counts from 1; `step` is the number of updates since the start of the run.
    """

    epoch: int
    step: int
    losses: Mapping[str, float]
    test: Scores
    images_per_second: float

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "epoch": self.epoch,
            "step": self.step,
            "losses": dict(self.losses),
            "test": self.test.as_dict(),
            "images_per_second": round(self.images_per_second, 1),
        }


def append_record(path: Path, record: EpochRecord) -> None:
    """Add an epoch's line to the metrics."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record.as_dict()) + "\n")


def forget_after(path: Path, epoch: int) -> None:
    """Drop the lines of epochs after this one: they will be trained again."""
    if not path.exists():
        return
    lines = path.read_text("utf-8").splitlines()
    kept = [line for line in lines if _epoch_of(line) <= epoch]
    write_text(path, "".join(f"{line}\n" for line in kept))


def _epoch_of(line: str) -> float:
    """Return a line's epoch; a line that was cut off belongs to none that counts."""
    try:
        return int(json.loads(line)["epoch"])
    except (ValueError, KeyError, TypeError):
        return float("inf")
