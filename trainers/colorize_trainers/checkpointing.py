"""Checkpoints: the state of both networks and both optimizers, and where training stood."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Self

from numpy.typing import NDArray

from colorize_cli.core.cgan_state import State
from colorize_cli.core.errors import BadConfigError
from colorize_cli.core.outputs import replacing
from colorize_cli.core.tensor_file import read_tensors, write_tensors

KIND: Final = "checkpoint"
FORMAT_VERSION: Final = 1


@dataclass(frozen=True, kw_only=True)
class Position:
    """Where a run stands: epochs done, batches done of the present one, steps in all.

    `sums` adds up the losses of the present epoch, each weighted by its batch's pictures, so that
    an epoch that was interrupted reports the same means as one that was not. `least_error` is the
    best epoch's ab error.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    images: int = 0
    sums: Mapping[str, float] = field(default_factory=dict)
    least_error: float | None = None

    def after_step(self, losses: Mapping[str, float], images: int) -> "Position":
        """Count one more batch."""
        sums = {name: self.sums.get(name, 0.0) + loss * images for name, loss in losses.items()}
        return replace(
            self,
            batch=self.batch + 1,
            step=self.step + 1,
            images=self.images + images,
            sums=sums,
        )

    def after_epoch(self, error: float) -> "Position":
        """Count one more epoch, which ended with this ab error."""
        least = error if self.least_error is None else min(error, self.least_error)
        return Position(epoch=self.epoch + 1, step=self.step, least_error=least)

    def is_improved_by(self, error: float) -> bool:
        """Whether no epoch so far ended with so small an error."""
        return self.least_error is None or error < self.least_error

    def mean_losses(self) -> dict[str, float]:
        """Return the means of the present epoch's losses over its pictures so far."""
        return {name: total / self.images for name, total in self.sums.items()}

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> Self:
        """Read the JSON form. Raises BadConfigError if it does not fit."""
        try:
            return cls(**entries)
        except TypeError as error:
            raise BadConfigError("the checkpoint's position is damaged") from error


def write_checkpoint(path: Path, state: State, position: Position) -> None:
    """Write a checkpoint, atomically."""
    header = {"kind": KIND, "format_version": FORMAT_VERSION, "position": asdict(position)}
    write_tensors(path, state, header)


def read_checkpoint(path: Path) -> tuple[dict[str, NDArray[Any]], Position]:
    """Read a checkpoint. Raises NoInputError or BadConfigError."""
    state, header = read_tensors(path)
    if header.get("kind") != KIND or header.get("format_version") != FORMAT_VERSION:
        raise BadConfigError("not a checkpoint of this version of colorize", path=path)
    return state, Position.from_dict(header.get("position", {}))


def keep_as(source: Path, name: Path) -> None:
    """Give a finished checkpoint a second name, without copying where the disk allows it."""
    with replacing(name) as temporary:
        temporary.unlink()
        with suppress(OSError):
            temporary.hardlink_to(source)
            return
        temporary.write_bytes(source.read_bytes())
