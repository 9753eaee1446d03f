"""What a person sees of training: a bar with the losses on a terminal, a line for each epoch."""

import shlex
from collections.abc import Mapping
from contextlib import ExitStack
from time import perf_counter
from typing import TYPE_CHECKING, Final, Self

from colorize_cli import console

if TYPE_CHECKING:
    from colorize_cli.core.batches import BatchPlan
    from colorize_cli.core.metrics import Scores
    from colorize_trainers.estimates import Estimate
    from colorize_trainers.history import EpochRecord
    from colorize_trainers.position import Position
    from colorize_trainers.run_directory import RunConfig, RunDirectory
    from colorize_trainers.runs import RunOutcome

RATE_MEMORY = 0.1
"""Weight of the newest step in the moving average of images per second."""
ENDINGS: Final = {
    "all epochs": "done: {run}",
    "patience": "done: no smaller ab error on the test pairs for long enough: {run}",
    "time": "the time is up after step {step}; all of it is saved",
    "signal": "interrupted after step {step}; all of it is saved",
}
"""How each `colorize_trainers.loop.Ending` reads."""


class TrainingReport:
    """Reports one run on stderr; as a context manager it puts the terminal back in order."""

    def __init__(self, *, is_quiet: bool = False) -> None:
        self._is_quiet = is_quiet
        self._stack = ExitStack()
        self._advance: console.Advance = console.stay
        self._epochs = self._images = 0
        self._rate: float | None = None
        self._last_step = self._started = perf_counter()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Take the bar away."""
        self._stack.close()

    def begin(
        self,
        config: "RunConfig",
        run: "RunDirectory",
        plan: "BatchPlan",
        gray: "Scores",
        position: "Position",
    ) -> Self:
        """Say what is going to be done, and show the bar where the run stands."""
        self._epochs, self._images = config.recipe.epochs, plan.batch_size
        if self._is_quiet:
            return self
        for line in _about(config, plan):
            console.print_line(line)
        console.print_line(f"run: {run.path}")
        console.print_line(f"to beat, the gray test pictures: {_score_words(gray)}")
        self._say_where(position)
        bar = console.progress(
            "training", self._epochs * plan.batches, fields=("epoch", "losses", "rate")
        )
        self._advance = self._stack.enter_context(bar)
        self._advance(position.step)
        self._last_step = self._started = perf_counter()
        return self

    def step(self, position: "Position", losses: Mapping[str, float]) -> None:
        """Move the bar on by a step."""
        now = perf_counter()
        rate = self._images / max(now - self._last_step, 1e-9)
        old = rate if self._rate is None else self._rate
        self._rate = old + RATE_MEMORY * (rate - old)
        self._last_step = now
        self._advance(
            1,
            epoch=f"epoch {position.epoch + 1}/{self._epochs}",
            losses=_loss_words(losses, " "),
            rate=f"{self._rate:.0f} images/s",
        )

    def epoch(self, record: "EpochRecord") -> None:
        """Print the line of an epoch that has ended."""
        self._print(
            f"epoch {record.epoch}/{self._epochs}  {_loss_words(record.losses, '  ')}  "
            f"{_score_words(record.test)}  {record.images_per_second:.0f} images/s"
        )

    def notice(self, text: str) -> None:
        """Print a line about something that went wrong, and what was done."""
        self._print(text)

    def _print(self, text: str) -> None:
        if not self._is_quiet:
            console.print_line(text)

    def _say_where(self, position: "Position") -> None:
        if position.epoch >= self._epochs:
            console.print_line(f"all is done: {_epochs(position.epoch)}; --epochs +N adds N more")
        elif position.step:
            batch = f", batch {position.batch}" if position.batch else ""
            console.print_line(f"going on after epoch {position.epoch}{batch}")


def print_outcome(outcome: "RunOutcome") -> None:
    """Say why a run ended, where it lies, and what can be done next."""
    run = outcome.run.path
    console.print_line(ENDINGS[outcome.ending].format(step=outcome.position.step, run=run))
    if outcome.ending != "all epochs":
        console.print_line(f"go on with: colorize train --resume {shlex.quote(str(run))}")
    if outcome.is_finished and outcome.run.model.exists():
        model = shlex.quote(str(run))
        console.print_line(
            f"colour photos with it: colorize run --model {model} < gray.png > color.png"
        )


def print_estimate(estimate: "Estimate") -> None:
    """Say what a run would take."""
    config, plan = estimate.config, estimate.plan
    for line in _about(config, plan):
        console.print_line(line)
    for name, count in estimate.parameters.items():
        console.print_line(f"{name}: {count:,} parameters")
    console.print_line(
        f"memory: about {_gigabytes(estimate.memory_bytes)} for weights, gradients, Adam and "
        "activations (an estimate; the framework itself comes on top)"
    )
    console.print_line(
        f"steps: {plan.batches:,} an epoch, {estimate.steps:,} in all, "
        f"{estimate.seconds_per_step:.3g} s each (measured just now)"
    )
    console.print_line(
        f"time: about {_duration(estimate.seconds)} for the steps, without scores and samples"
    )
    console.print_line("nothing was written")


def _about(config: "RunConfig", plan: "BatchPlan") -> tuple[str, str]:
    recipe, generator = config.recipe, config.recipe.cgan_config().generator
    skips = "with" if generator.has_skips else "without"
    place = config.environment.get("device", "?")
    return (
        f"{recipe.name}: {len(plan.photos)} photos, {plan.images} pictures an epoch, "
        f"{_epochs(recipe.epochs)}",
        f"{generator.output} at base width {generator.base_width}, {skips} skips, "
        f"{_precision_words(config)}, {config.backend} on {place}",
    )


def _precision_words(config: "RunConfig") -> str:
    is_fitted = config.origins.get("precision") == "device"
    return config.recipe.precision + (" (bfloat16 is not known here)" if is_fitted else "")


def _epochs(count: int) -> str:
    return f"{count} {'epoch' if count == 1 else 'epochs'}"


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    minutes = seconds / 60
    return f"{minutes:.0f} minutes" if minutes < 120 else f"{minutes / 60:.1f} hours"


def _loss_words(losses: "Mapping[str, float]", gap: str) -> str:
    """Name the losses that a phase has: while warming up there is no discriminator's."""
    shown = {"D": losses.get("discriminator"), "G": losses["generator"]}
    return gap.join(f"{name} {loss:.3f}" for name, loss in shown.items() if loss is not None)


def _score_words(scores: "Scores") -> str:
    return f"ab error {scores.ab_error:.2f}  chroma {scores.chroma:.1f}"
