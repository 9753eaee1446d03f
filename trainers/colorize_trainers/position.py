"""Where a run stands, and what it has to remember to go on as if it had never stopped."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

from colorize_cli.core.errors import BadConfigError


@dataclass(frozen=True, kw_only=True)
class Position:
    """Epochs done, batches done of the present one, steps in all; and what the past decided.

    `sums` adds up the losses of the present epoch, each weighted by its batch's pictures, so that
    an epoch that was interrupted reports the same means as one that was not. `least_error` is the
    best epoch's ab error, `best_epoch` its number from 1 (0: none yet), `is_best_good` whether it
    is worth going back to; `waited` counts the epochs since. `signs` are those of trouble that the
    last epoch showed, `collapsed` how many epochs in a row it was collapsed. `rate` multiplies
    the learning rate: it falls with each of the `rollbacks`. `events` tells what happened since
    the last finished epoch. Nothing here depends on the clock.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    images: int = 0
    sums: Mapping[str, float] = field(default_factory=dict)
    least_error: float | None = None
    best_epoch: int = 0
    is_best_good: bool = False
    waited: int = 0
    signs: tuple[str, ...] = ()
    collapsed: int = 0
    rate: float = 1.0
    rollbacks: int = 0
    events: tuple[str, ...] = ()

    @property
    def is_between_epochs(self) -> bool:
        """Whether an epoch has just ended, or none has begun."""
        return self.batch == 0

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
        done = replace(self, epoch=self.epoch + 1, batch=0, images=0, sums={}, events=())
        if not self.is_improved_by(error):
            return replace(done, waited=self.waited + 1)
        return replace(done, least_error=error, best_epoch=done.epoch, waited=0)

    def after_rollback(self, event: str, *, factor: float) -> "Position":
        """Count one more return to an earlier state, from which the rate is smaller."""
        return replace(
            self,
            rate=self.rate * factor,
            rollbacks=self.rollbacks + 1,
            signs=(),
            collapsed=0,
            events=(*self.events, event),
        )

    def is_improved_by(self, error: float) -> bool:
        """Whether no epoch so far ended with so small an error."""
        return self.least_error is None or error < self.least_error

    def mean_losses(self) -> dict[str, float]:
        """Return the means of the present epoch's losses over its pictures so far."""
        return {name: total / self.images for name, total in self.sums.items()}

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> Self:
        """Read the JSON form; what earlier versions did not write has its default.

        Raises BadConfigError if it does not fit.
        """
        lists = {"signs", "events"} & entries.keys()
        try:
            return cls(**{**entries, **{name: tuple(entries[name]) for name in lists}})
        except TypeError as error:
            known = {entry.name for entry in fields(cls)}
            odd = ", ".join(sorted(entries.keys() - known)) or "its values"
            raise BadConfigError(f"the checkpoint's position is damaged: {odd}") from error
