"""What a run came to: the counts, what computed, how long it took."""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from colorize_cli.commands.run_picture import HAS_COLORS, MADE_BEFORE, Outcome
from colorize_cli.core.errors import ExitStatus

if TYPE_CHECKING:
    from colorize_cli.core.input_files import Inputs

SHORT_REASONS = {MADE_BEFORE: "made before", HAS_COLORS: "in colour already"}


class Totals:
    """Counts outcomes as they come."""

    def __init__(self, inputs: "Inputs") -> None:
        self.inputs = inputs
        self.counts: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.fatal: ExitStatus | None = None
        """The status of an error that ended the run before its end."""

    def count(self, outcome: Outcome) -> None:
        """Count one more outcome."""
        self.counts[outcome.status] += 1
        if outcome.status == "skipped":
            self.reasons[SHORT_REASONS[outcome.reason or ""]] += 1
        if outcome.code is ExitStatus.IO_ERROR:
            self.fatal = outcome.code

    @property
    def not_tried(self) -> int:
        """How many inputs have no outcome."""
        return len(self.inputs.files) - self.counts.total()

    @property
    def status(self) -> ExitStatus:
        """The exit status of several inputs."""
        if self.fatal is not None:
            return self.fatal
        return ExitStatus.SOME_FAILED if self.counts["failed"] else ExitStatus.OK

    def text(self) -> str:
        """Return the counts as people read them: `12 coloured, 3 skipped (made before), ...`."""
        parts = [
            f"{self.counts['done']} coloured",
            f"{self.counts['skipped']} skipped{self._reasons()}",
            f"{self.counts['failed']} failed",
        ]
        if self.not_tried:
            parts.append(f"{self.not_tried} not tried")
        return ", ".join(parts) + self._left_out()

    def _reasons(self) -> str:
        if len(self.reasons) == 1:
            return f" ({next(iter(self.reasons))})"
        return _in_brackets(f"{count} {reason}" for reason, count in self.reasons.items())

    def _left_out(self) -> str:
        parts = []
        if self.inputs.not_pictures:
            count = len(self.inputs.not_pictures)
            parts.append(f"{count} other {'file' if count == 1 else 'files'}")
        if self.inputs.own_outputs:
            parts.append(f"{len(self.inputs.own_outputs)} made by colorize")
        return f"; left out: {', '.join(parts)}" if parts else ""


def _in_brackets(parts: Iterable[str]) -> str:
    text = ", ".join(parts)
    return f" ({text})" if text else ""
