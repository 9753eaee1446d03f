"""The loop: steps make epochs, epochs end with scores, samples and a checkpoint."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Final, Literal, Protocol, TypeAlias

from colorize_cli.core.backend import Cgan, Phase
from colorize_cli.core.batches import Batch, BatchPlan, Photos
from colorize_cli.core.cgan_state import State, generator_weights
from colorize_cli.core.metrics import Scores
from colorize_cli.core.model_file import Model, write_model
from colorize_cli.core.outputs import write_text
from colorize_trainers import recovery
from colorize_trainers.checkpoint_files import Stand
from colorize_trainers.evaluation import evaluate
from colorize_trainers.figures import sample_photos, write_samples
from colorize_trainers.health import ADVICE, HealthCheck
from colorize_trainers.history import EpochRecord, append_record
from colorize_trainers.leading import Leader
from colorize_trainers.model_card import model_card
from colorize_trainers.position import Position
from colorize_trainers.run_directory import RunConfig, RunDirectory
from colorize_trainers.schedules import rate_factor
from colorize_trainers.status import Clock, StatusFile
from colorize_trainers.tensorboard_events import EventLog

Ending: TypeAlias = Literal["all epochs", "patience", "time", "signal"]
"""Why a run ends: its epochs are done, nothing got better, the time is up, it was asked to."""
SECONDS: Final = 60


class Reporter(Protocol):
    """Who is told how training goes."""

    def step(self, position: Position, losses: Mapping[str, float]) -> None:
        """Hear of a step just done."""
        ...

    def epoch(self, record: EpochRecord) -> None:
        """Hear of an epoch just ended."""
        ...

    def notice(self, text: str) -> None:
        """Hear of something that a person should know: one line."""
        ...


@dataclass(frozen=True, kw_only=True)
class Training:
    """A run with all that it needs.

    `gray` scores the gray test pictures; `describe` makes the model of some weights and scores;
    `is_time_up` says whether the session's time is over, `is_asked_to_stop` whether a signal came;
    `leader` tells the other workers, if there are any, what is done.
    """

    cgan: Cgan
    plan: BatchPlan
    test: Photos
    gray: Scores
    config: RunConfig
    run: RunDirectory
    reporter: Reporter
    status: StatusFile
    events: EventLog
    health: HealthCheck
    leader: Leader
    describe: Callable[[Mapping[str, object], Scores, Position], Model]
    is_asked_to_stop: Callable[[], bool]
    is_time_up: Callable[[], bool]
    clock: Clock

    def fit(self, position: Position) -> tuple[Position, Ending]:
        """Train until there is a reason to end; all of it is saved then.

        Raises BadConfigError after numbers that are none, or a collapse, which did not go away.
        """
        while (ending := self._ending(position)) is None:
            started, first_image = perf_counter(), position.images
            position = self._train_epoch(position)
            if position.batch == self.plan.batches:
                rate = (position.images - first_image) / (perf_counter() - started)
                position = self._end_epoch(position, rate)
        if not position.is_between_epochs:
            self.run.checkpoints.save(self.cgan.state(), position)
        return position, ending

    def _ending(self, position: Position) -> Ending | None:
        if position.epoch >= self.config.recipe.epochs:
            return "all epochs"
        patience = self.config.patience
        if position.is_between_epochs and patience is not None and position.waited >= patience:
            return "patience"
        if self.is_asked_to_stop():
            return "signal"
        return "time" if self.is_time_up() else None

    def _train_epoch(self, position: Position) -> Position:
        """Train to the end of an epoch, to a reason to stop, or to a number that is none."""
        saved = self.clock()
        for batch in self.plan.epoch(position.epoch, start=position.batch):
            losses = self._step(batch, position)
            odd = recovery.odd_loss(losses)
            if odd is not None:
                return self._go_back_from_nan(f"the {odd} loss", position)
            pictures = self.plan.pictures_in(position.batch)
            position = position.after_step(losses, pictures)
            self.reporter.step(position, losses)
            self.status.step(position, losses, pictures)
            if position.batch == self.plan.batches or self._ending(position) is not None:
                break
            if self.clock() - saved >= self.config.checkpoint_minutes * SECONDS:
                self.run.checkpoints.save(self.cgan.state(), position)
                saved = self.clock()
        return position

    def _step(self, batch: Batch, position: Position) -> Mapping[str, float]:
        phase, rate = self._phase(position), self._rate(position.step, position)
        self.leader.step(position, phase=phase, rate=rate)
        return self.cgan.train_step(batch.gray, batch.color, phase=phase, rate=rate)

    def _phase(self, position: Position) -> Phase:
        is_warming_up = position.epoch < self.config.recipe.warm_up_epochs
        return "warm_up" if is_warming_up else "adversarial"

    def _rate(self, step: int, position: Position) -> float:
        recipe = self.config.recipe
        steps = recipe.epochs * self.plan.batches
        warm = recipe.warm_steps
        return position.rate * rate_factor(recipe.schedule, step=step, steps=steps, warm_steps=warm)

    def _end_epoch(self, position: Position, images_per_second: float) -> Position:
        state = self.cgan.state()
        odd = recovery.odd_array(state)
        if odd is not None:
            return self._go_back_from_nan(f"the array {odd}", position)
        scores = evaluate(self.cgan.generate, self.test)
        signs = self.health.signs(self.cgan.generate, position.mean_losses())
        done = recovery.after_epoch(
            position, error=scores.ab_error, signs=signs, gray=self.gray.ab_error
        )
        record = self._record(position, scores, signs, images_per_second)
        append_record(self.run.metrics, record)
        self.events.write(record)
        self._show_samples(done.epoch)
        self._save(state, done, scores)
        self._tell(record, position, done)
        return self._go_back_from_collapse(done) if recovery.has_collapsed(done) else done

    def _record(
        self, position: Position, scores: Scores, signs: tuple[str, ...], images_per_second: float
    ) -> EpochRecord:
        rate = self._rate(position.step - 1, position)
        return EpochRecord(
            epoch=position.epoch + 1,
            step=position.step,
            losses=position.mean_losses(),
            test=scores,
            images_per_second=images_per_second,
            phase=self._phase(position),
            learning_rate=self.config.recipe.learning_rate * rate,
            signs=signs,
            events=position.events,
        )

    def _save(self, state: State, done: Position, scores: Scores) -> None:
        """Write what an epoch leaves; the checkpoint at last, from which the rest follows."""
        files, keep = self.run.checkpoints, self.config.keep
        names = [files.epoch(done.epoch)] if keep else []
        is_best = done.best_epoch == done.epoch
        if is_best or self.config.recipe.keeps == "last":
            model = self.describe(generator_weights(state), scores, done)
            write_model(self.run.model, model)
            write_text(self.run.card, model_card(model, self.config))
        if is_best:
            names.append(files.best)
        files.save(state, done, also=names)
        files.keep_epochs(done.epoch, count=keep)

    def _tell(self, record: EpochRecord, before: Position, done: Position) -> None:
        self.status.epoch(done)
        self.reporter.epoch(record)
        for sign in recovery.signs_to_tell(before, done):
            self.reporter.notice(f"after epoch {record.epoch} {ADVICE[sign]}")

    def _show_samples(self, epoch: int) -> None:
        every, last = self.config.samples_every, self.config.recipe.epochs
        if epoch % every == 0 or epoch in (1, last):
            path = self.run.samples(epoch)
            write_samples(path, self.cgan.generate, sample_photos(self.test))

    def _go_back_from_nan(self, cause: str, position: Position) -> Position:
        return self._go_back(recovery.after_nan(self.run.checkpoints, cause, position))

    def _go_back_from_collapse(self, position: Position) -> Position:
        return self._go_back(recovery.after_collapse(self.run.checkpoints, position))

    def _go_back(self, stand: Stand) -> Position:
        state, position = stand
        self.cgan.restore(state)
        self.leader.restore(self.cgan)
        self.run.checkpoints.save(self.cgan.state(), position)
        self.reporter.notice(position.events[-1])
        return position
