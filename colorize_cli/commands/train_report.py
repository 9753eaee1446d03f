"""What a person sees of training: a bar with the losses on a terminal, a line for each epoch."""

from collections.abc import Mapping
from contextlib import ExitStack
from time import perf_counter
from typing import TYPE_CHECKING, Self

from colorize_cli import console

if TYPE_CHECKING:
    from colorize_cli.core.batches import BatchPlan
    from colorize_cli.core.metrics import Scores
    from colorize_trainers.checkpointing import Position
    from colorize_trainers.history import EpochRecord
    from colorize_trainers.run_directory import RunConfig, RunDirectory

RATE_MEMORY = 0.1
"""Weight of the newest step in the moving average of images per second."""


class TrainingReport:
    """Reports one run on stderr; as a context manager it puts the terminal back in order."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._advance: console.Advance = _silent
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
        recipe, generator = config.recipe, config.recipe.cgan_config().generator
        skips = "with" if generator.has_skips else "without"
        place = config.environment.get("device", "?")
        console.print_line(
            f"{recipe.name}: {len(plan.photos)} photos, {plan.images} pictures an epoch, "
            f"{recipe.epochs} epochs"
        )
        console.print_line(
            f"{generator.output} at base width {generator.base_width}, {skips} skips, "
            f"{recipe.precision}, {config.backend} on {place}"
        )
        console.print_line(f"run: {run.path}")
        console.print_line(f"to beat, the gray test pictures: {_score_words(gray)}")
        self._epochs, self._images = recipe.epochs, plan.batch_size
        bar = console.progress(
            "training", recipe.epochs * plan.batches, fields=("epoch", "losses", "rate")
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
            losses=f"D {losses['discriminator']:.3f} G {losses['generator']:.3f}",
            rate=f"{self._rate:.0f} images/s",
        )

    def epoch(self, record: "EpochRecord") -> None:
        """Print the line of an epoch that has ended."""
        losses = record.losses
        console.print_line(
            f"epoch {record.epoch}/{self._epochs}  "
            f"D {losses['discriminator']:.3f}  G {losses['generator']:.3f}  "
            f"{_score_words(record.test)}  {record.images_per_second:.0f} images/s"
        )


def _silent(steps: int = 1, **fields: str) -> None:
    """Stand in for the bar until there is one."""
    del steps, fields


def _score_words(scores: "Scores") -> str:
    return f"ab error {scores.ab_error:.2f}  chroma {scores.chroma:.1f}"
