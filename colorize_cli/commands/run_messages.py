"""What `colorize run` tells people, on stderr: as much as they asked for, and no more."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from colorize_cli import console
from colorize_cli.commands.run_picture import HAS_COLORS, MADE_BEFORE, Outcome, name_of
from colorize_cli.core.errors import quoted
from colorize_cli.standard_streams import STDOUT_NAME

if TYPE_CHECKING:
    from colorize_cli.commands.run_choices import Telling
    from colorize_cli.commands.run_engine import Engine
    from colorize_cli.commands.run_totals import Totals
    from colorize_cli.core.input_files import Inputs

STOPPING: Final = "stopping after the pictures in hand (Ctrl-C again to quit now)"
SINGLE_REASONS: Final = {
    MADE_BEFORE: "made before from the same input, model and options; --force makes it anew",
    HAS_COLORS: "has colours already: left as it is",
}


class Messages:
    """Says what happens at one of four levels: -q, nothing, -v, -vv."""

    def __init__(self, telling: "Telling", *, is_batch: bool) -> None:
        self._level, self._is_batch = telling.verbosity, is_batch
        self._has_progress = is_batch and self._level >= 0 and not telling.is_json

    def engine(self, engine: "Engine") -> None:
        """Say what computes."""
        if self._level >= 1:
            console.print_line(
                f"backend {engine.backend.name} on {engine.device}, "
                f"model {engine.model_name} {engine.identity[:12]}"
            )

    def left_out(self, inputs: "Inputs") -> None:
        """Say which files in folders are no inputs."""
        if self._level >= 1:
            for path in inputs.not_pictures:
                console.print_line(f"{quoted(path)} left out: no picture")
            for path in inputs.own_outputs:
                console.print_line(f"{quoted(path)} left out: made by colorize")

    def outcome(self, outcome: Outcome) -> None:
        """Say what became of one input; an error of a single one is told when it ends it."""
        for remark in outcome.warnings:
            if self._level >= 0:
                console.print_warning(f"{quoted(name_of(outcome.job))}: {remark}")
        if outcome.error is not None:
            console.print_error(outcome.error)
        elif self._level >= 1:
            console.print_line(self._described(outcome))
        elif outcome.status == "skipped" and self._level == 0 and not self._is_batch:
            self._tell_single_skip(outcome)

    def stopping(self) -> None:
        """Say that a signal was understood."""
        if self._level >= 0:
            console.print_line(f"{console.PROGRAM}: {STOPPING}")

    def summary(self, text: str) -> None:
        """Say what a batch came to, where that is no error."""
        if self._is_batch and self._level >= 0:
            console.print_line(f"{console.PROGRAM}: {text}")

    @contextmanager
    def progress(self, totals: "Totals") -> Iterator["Progress"]:
        """Show how far it is: a bar on a terminal, else a line now and then."""
        total = len(totals.inputs.files)
        if not self._has_progress:
            yield Progress(totals, console.stay, None)
            return
        # A line for each file tells enough.
        has_lines = self._level >= 1 or console.is_terminal()
        heartbeat = None if has_lines else console.Heartbeat()
        with console.progress("Colouring", total) as advance:
            yield Progress(totals, advance, heartbeat)

    def _described(self, outcome: Outcome) -> str:
        source, target = quoted(name_of(outcome.job)), outcome.job.target or STDOUT_NAME
        if outcome.status == "skipped":
            return f"{source} skipped: {outcome.reason}"
        text = f"{source} -> {quoted(target)} in {outcome.seconds:.2f} s"
        if self._level < 2:
            return text
        parts = [f"{name} {seconds * 1000:.0f}" for name, seconds in outcome.parts.items()]
        return f"{text} (ms: {', '.join(parts)})"

    def _tell_single_skip(self, outcome: Outcome) -> None:
        is_made = outcome.reason == MADE_BEFORE and outcome.job.target is not None
        about = outcome.job.target if is_made else name_of(outcome.job)
        console.print_warning(f"{quoted(about)}: {SINGLE_REASONS[outcome.reason or '']}")


class Progress:
    """Moves the bar on, or prints the line that tells of life."""

    def __init__(
        self, totals: "Totals", advance: console.Advance, heartbeat: console.Heartbeat | None
    ) -> None:
        self._totals, self._advance, self._heartbeat = totals, advance, heartbeat

    def step(self) -> None:
        """Count one more input."""
        self._advance()

    def tick(self) -> None:
        """Say how far it is if nothing was said for a while."""
        if self._heartbeat is not None:
            self._heartbeat.beat(self._text)

    def _text(self) -> str:
        total, rest = len(self._totals.inputs.files), self._totals.not_tried
        failed = self._totals.counts["failed"]
        return f"{console.PROGRAM}: {total - rest} of {total} pictures, {failed} failed"
