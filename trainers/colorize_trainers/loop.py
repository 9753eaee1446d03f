"""The loop: steps make epochs, epochs end with scores, samples and a checkpoint."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

from colorize_cli.core.backend import Cgan
from colorize_cli.core.batches import BatchPlan, Photos
from colorize_cli.core.cgan_state import GENERATOR, weights_of
from colorize_cli.core.errors import BadConfigError
from colorize_cli.core.metrics import Scores
from colorize_cli.core.model_file import Model, write_model
from colorize_trainers.checkpointing import Position, keep_as, write_checkpoint
from colorize_trainers.evaluation import evaluate
from colorize_trainers.figures import sample_photos, write_samples
from colorize_trainers.history import EpochRecord, append_record
from colorize_trainers.interruption import StopRequest
from colorize_trainers.run_directory import RunConfig, RunDirectory


class Reporter(Protocol):
    """Who is told how training goes."""

    def step(self, position: Position, losses: Mapping[str, float]) -> None:
        """Hear of a step just done."""
        ...

    def epoch(self, record: EpochRecord) -> None:
        """Hear of an epoch just ended."""
        ...


@dataclass(frozen=True, kw_only=True)
class Training:
    """A run with all that it needs. `describe` makes the model of some weights and scores."""

    cgan: Cgan
    plan: BatchPlan
    test: Photos
    config: RunConfig
    run: RunDirectory
    reporter: Reporter
    describe: Callable[[Mapping[str, object], Scores, Position], Model]

    def fit(self, position: Position, *, stop: StopRequest) -> Position:
        """Train to the last epoch, or until asked to stop; either way all of it is saved.

        Raises BadConfigError when a loss is no longer a number.
        """
        while position.epoch < self.config.recipe.epochs:
            started, first_image = perf_counter(), position.images
            position = self._train_epoch(position, stop)
            if position.batch < self.plan.batches:
                write_checkpoint(self.run.last, self.cgan.state(), position)
                return position
            rate = (position.images - first_image) / (perf_counter() - started)
            position = self._end_epoch(position, rate)
            if stop:
                return position
        return position

    def _train_epoch(self, position: Position, stop: StopRequest) -> Position:
        for batch in self.plan.epoch(position.epoch, start=position.batch):
            losses = self.cgan.train_step(batch.gray, batch.color)
            _check_finite(losses, position)
            position = position.after_step(losses, len(batch.gray))
            self.reporter.step(position, losses)
            if stop:
                break
        return position

    def _end_epoch(self, position: Position, rate: float) -> Position:
        scores = evaluate(self.cgan.generate, self.test)
        done = position.after_epoch(scores.ab_error)
        record = EpochRecord(
            epoch=done.epoch,
            step=done.step,
            losses=position.mean_losses(),
            test=scores,
            images_per_second=rate,
        )
        append_record(self.run.metrics, record)
        self._save(done, scores, is_best=position.is_improved_by(scores.ab_error))
        self._show_samples(done.epoch)
        self.reporter.epoch(record)
        return done

    def _save(self, position: Position, scores: Scores, *, is_best: bool) -> None:
        state = self.cgan.state()
        write_checkpoint(self.run.last, state, position)
        if is_best:
            keep_as(self.run.last, self.run.best)
            write_model(
                self.run.model, self.describe(weights_of(state, GENERATOR), scores, position)
            )

    def _show_samples(self, epoch: int) -> None:
        every, last = self.config.samples_every, self.config.recipe.epochs
        if epoch % every == 0 or epoch in (1, last):
            path = self.run.samples(epoch)
            write_samples(path, self.cgan.generate, sample_photos(self.test))


def _check_finite(losses: Mapping[str, float], position: Position) -> None:
    odd = [name for name, loss in losses.items() if not math.isfinite(loss)]
    if odd:
        raise BadConfigError(
            f"the {odd[0]} loss is no longer a number after step {position.step}; the last "
            "checkpoint is kept: train again with a lower --learning-rate or in float32"
        )
