"""The checkpoints of a run: the last, the end of the epoch before it, the best, and some more.

last.safetensors        what training goes on from: after an epoch, or within a long one
previous.safetensors    the end of the epoch before `last`, in case that is damaged
best.safetensors        the end of the epoch with the least ab error on the test pairs
epoch-0007.safetensors  ends of the last epochs, as many as were asked for

All have the same form. `last` gets its name after everything else that an epoch leaves is there:
what a crash before that leaves half-done is made again when the run goes on.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from numpy.typing import NDArray

from colorize_cli.core.cgan_state import State
from colorize_cli.core.errors import BadConfigError, ColorizeError, NoInputError
from colorize_cli.core.outputs import reported, sync
from colorize_trainers.checkpointing import (
    keep_as,
    read_checkpoint,
    read_position,
    write_checkpoint,
)
from colorize_trainers.position import Position

Stand: TypeAlias = tuple[Mapping[str, NDArray[Any]], Position]
"""A state and the position it belongs to."""


@dataclass(frozen=True)
class CheckpointFiles:
    """The folder of a run's checkpoints."""

    folder: Path

    @property
    def last(self) -> Path:
        """What training goes on from."""
        return self.folder / "last.safetensors"

    @property
    def previous(self) -> Path:
        """The end of the epoch before `last`."""
        return self.folder / "previous.safetensors"

    @property
    def best(self) -> Path:
        """The end of the best epoch."""
        return self.folder / "best.safetensors"

    def epoch(self, number: int) -> Path:
        """The end of an epoch, counted from 1."""
        return self.folder / f"epoch-{number:04d}.safetensors"

    def save(self, state: State, position: Position, *, also: Sequence[Path] = ()) -> None:
        """Make this the last checkpoint; an epoch's end that was the last becomes the one before.

        `also` are further names for it. They are there before it is the last.
        """
        write_checkpoint(self._next, state, position)
        for name in also:
            keep_as(self._next, name)
        if self._is_last_between_epochs():
            keep_as(self.last, self.previous)
        with reported(self.last):
            self._next.replace(self.last)
            sync(self.folder)

    def keep_epochs(self, newest: int, *, count: int) -> None:
        """Remove the checkpoints of epochs but those of the last `count`."""
        kept = {self.epoch(newest - back) for back in range(count)}
        for path in set(self.folder.glob("epoch-*.safetensors")) - kept:
            path.unlink(missing_ok=True)

    def newest(self, *, warn: Callable[[str], None]) -> Stand | None:
        """Read the last checkpoint, or if it is damaged the one before, with a warning.

        None if there is none of both. Raises BadConfigError if none of them can be read.
        """
        try:
            return read_checkpoint(self.last)
        except (BadConfigError, NoInputError) as error:
            return self._before(error, warn)

    def epoch_start(self) -> Stand | None:
        """Read the newest checkpoint between two epochs. Raises BadConfigError if it is damaged.

        None if there is none, as in runs that were begun by versions that wrote none at the start.
        """
        for path in (self.last, self.previous):
            with suppress(NoInputError):
                if read_position(path).is_between_epochs:
                    return read_checkpoint(path)
        return None

    def clear(self) -> None:
        """Remove what a killed process left half-written."""
        for path in (*self.folder.glob(".*.tmp"), self._next):
            path.unlink(missing_ok=True)

    @property
    def _next(self) -> Path:
        return self.folder / "next.safetensors"

    def _is_last_between_epochs(self) -> bool:
        try:
            return read_position(self.last).is_between_epochs
        except (BadConfigError, NoInputError):
            return False

    def _before(self, fault: ColorizeError, warn: Callable[[str], None]) -> Stand | None:
        try:
            state, position = read_checkpoint(self.previous)
        except NoInputError:
            if isinstance(fault, NoInputError):
                return None
            raise BadConfigError(
                f"{fault.reason}; there is no other checkpoint: start a new run", path=fault.path
            ) from fault
        except BadConfigError as error:
            reason = (
                f"{error.reason}, and so is {self.last.name}: start a new run (--from may help)"
            )
            raise BadConfigError(reason, path=error.path) from fault
        warn(f"{fault}; going on from the checkpoint before it, after epoch {position.epoch}")
        # At once, lest the damaged one become the one before.
        keep_as(self.previous, self.last)
        return state, position
