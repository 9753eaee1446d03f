"""The model that a report shows: that of the best epoch, or of the last one as the paper does."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, Literal, TypeAlias

from colorize_cli.core.cgan_state import generator_weights
from colorize_cli.core.model_file import Model, check_fit, read_model
from colorize_trainers.checkpointing import read_checkpoint
from colorize_trainers.report.run import RunRecord

Which: TypeAlias = Literal["best", "last"]
BEST: Final[Which] = "best"


def read_run_model(run: RunRecord, which: Which) -> Model | None:
    """Read a run's model, or None where there is none yet.

    Raises NoInputError or BadConfigError if the model or, for `last`, the checkpoint is damaged.
    """
    if not run.directory.model.exists():
        return None
    best = read_model(run.directory.model)
    return best if which == BEST else _of_last_epoch(run, best)


def _of_last_epoch(run: RunRecord, best: Model) -> Model:
    """Return the best epoch's model with the weights, and the scores, of the last one.

    Where no checkpoint of an epoch's end is there, the weights are those within the last epoch,
    for which no scores are known.
    """
    checkpoints = run.directory.checkpoints
    state, position = checkpoints.epoch_start() or read_checkpoint(checkpoints.last)
    epoch = position.epoch if position.is_between_epochs else None
    facts: Mapping[str, Any] = {**best.training, "epochs": epoch, "test": None}
    tested = [entry.test for entry in run.epochs if entry.number == epoch]
    facts = {**facts, "test": tested[0]} if tested else facts
    model = replace(best, weights=generator_weights(state), training=facts, path=None)
    check_fit(model)
    return model
