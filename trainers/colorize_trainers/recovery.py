"""Going back after a NaN or a collapse: to which state, at what learning rate, how often.

After a number that is none, in a loss or in the weights, a run goes back to where the epoch
began, and on from there at half the learning rate. After three epochs in a row whose pictures are
gray or uniform it goes back to the weights of its best epoch and on with the next epoch at half
the rate; but only if that epoch was good, which is to be nearer to the truth than gray and not
collapsed itself: what has never coloured has nothing to go back to. After three returns it gives
up. All of it follows from the position that checkpoints keep, so that a run which was killed and
resumed decides the same.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.errors import BadConfigError
from colorize_trainers.checkpoint_files import CheckpointFiles, Stand
from colorize_trainers.checkpointing import read_checkpoint
from colorize_trainers.health import COLLAPSES
from colorize_trainers.position import Position

RATE_FACTOR: Final = 0.5
MOST_ROLLBACKS: Final = 3
COLLAPSED_EPOCHS: Final = 3
"""Epochs in a row: one alone is often left again without help."""
REMEDY: Final = (
    "the last good checkpoint is kept: go on by --resume with a lower --learning-rate, "
    "or train again with another --loss or in float32"
)


def odd_loss(losses: Mapping[str, float]) -> str | None:
    """Name the first loss that is not a finite number, if any."""
    return next((name for name, loss in losses.items() if not math.isfinite(loss)), None)


def odd_array(state: Mapping[str, NDArray[Any]]) -> str | None:
    """Name the first array of a state that holds anything but finite numbers, if any."""
    return next((name for name, array in state.items() if not np.isfinite(array).all()), None)


def after_nan(files: CheckpointFiles, cause: str, position: Position) -> Stand:
    """Return where to go on from after a number that is none: the start of the epoch.

    `cause` is what was no number. Raises BadConfigError if there is nothing to go back to, or
    it was done often enough.
    """
    what = f"{cause} is no longer a number after step {position.step}"
    found = files.epoch_start()
    if found is None:
        raise BadConfigError(f"{what}; {REMEDY}")
    state, start = found
    _check_count(start, what)
    return state, start.after_rollback(
        f"{what}: back to the start of epoch {start.epoch + 1}, at half the learning rate",
        factor=RATE_FACTOR,
    )


def after_epoch(
    position: Position, *, error: float, signs: tuple[str, ...], gray: float
) -> Position:
    """Return where a run stands after an epoch with this ab error; `gray` is that of gray."""
    done = position.after_epoch(error)
    is_collapsed = not COLLAPSES.isdisjoint(signs)
    if done.best_epoch == done.epoch:
        done = replace(done, is_best_good=error < gray and not is_collapsed)
    return replace(done, signs=signs, collapsed=position.collapsed + 1 if is_collapsed else 0)


def signs_to_tell(before: Position, after: Position) -> list[str]:
    """Return the signs of the last epoch that are worth a line: once, as they begin.

    A collapse is told of after some epochs: pictures of networks that have hardly learnt are gray.
    """
    is_lasting = after.collapsed == COLLAPSED_EPOCHS
    return [
        sign
        for sign in after.signs
        if (is_lasting if sign in COLLAPSES else sign not in before.signs)
    ]


def has_collapsed(position: Position) -> bool:
    """Whether it is time to go back to the best epoch, and that is worth it."""
    return position.collapsed >= COLLAPSED_EPOCHS and position.is_best_good


def after_collapse(files: CheckpointFiles, position: Position) -> Stand:
    """Return where to go on from after a collapse: the next epoch, with the best epoch's state.

    Raises BadConfigError if that cannot be read, or it was done often enough.
    """
    what = f"the pictures are {position.signs[0]} for {position.collapsed} epochs"
    _check_count(position, what)
    state, _ = read_checkpoint(files.best)
    return state, position.after_rollback(
        f"{what}: back to the weights of epoch {position.best_epoch}, at half the learning rate",
        factor=RATE_FACTOR,
    )


def _check_count(position: Position, what: str) -> None:
    if position.rollbacks >= MOST_ROLLBACKS:
        raise BadConfigError(f"{what}, and that after {position.rollbacks} returns; {REMEDY}")
