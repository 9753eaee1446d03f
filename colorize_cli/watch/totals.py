"""What a watcher came to: the counts, and the status that a batch of them ends with."""

from collections import Counter
from dataclasses import dataclass, field

from colorize_cli.core.errors import ExitStatus
from colorize_cli.watch.events import SkipReason


@dataclass
class Totals:
    """Counts what was told. `waiting` are files not ready or to be tried again.

    `in_hand` are those that workers had when the grace was over: more than 0 means that threads
    still run, and that only the end of the process ends them.
    """

    done: int = 0
    failed: int = 0
    skipped: Counter[SkipReason] = field(default_factory=Counter)
    waiting: int = 0
    in_hand: int = 0
    fatal: ExitStatus | None = None
    """The status of an error that ended a drain before its end."""

    @property
    def status(self) -> ExitStatus:
        """The exit status of `--once`, as that of `run` for several inputs.

        75 if files were left that somebody still writes.
        """
        if self.fatal is not None:
            return self.fatal
        if self.failed:
            return ExitStatus.SOME_FAILED
        return ExitStatus.TEMPORARY if self.waiting else ExitStatus.OK
