"""What `colorize watch` tells people, on stderr: one line for each thing that matters."""

from functools import singledispatchmethod
from typing import TYPE_CHECKING, Final

from colorize_cli import console
from colorize_cli.commands.run_messages import STOPPING
from colorize_cli.core.errors import NotAnImageError, quoted
from colorize_cli.watch import events

if TYPE_CHECKING:
    from colorize_cli.commands.run_choices import Telling
    from colorize_cli.commands.run_engine import Engine
    from colorize_cli.watch.settings import WatchSettings
    from colorize_cli.watch.totals import Totals

WITHOUT_WORDS: Final = frozenset({"made before", "made by colorize"})
"""Reasons that concern results and what was done before: nobody asks for them but by -vv."""


class WatchMessages:
    """Says what happens at one of four levels: -q, nothing, -v, -vv.

    Where no live status can be drawn, each picture has a line without -v.
    """

    def __init__(self, telling: "Telling") -> None:
        self._level = telling.verbosity
        has_lines = not telling.is_json and not console.is_terminal()
        self._picture_level = 0 if has_lines else 1

    @property
    def has_live_status(self) -> bool:
        """Whether one line that renews itself is wanted and possible."""
        return self._level >= 0 and console.is_terminal()

    def watching(self, settings: "WatchSettings", engine: "Engine", *, means: str) -> None:
        """Say what is watched, how, and where results go."""
        if self._level >= 0:
            where = f"{quoted(settings.root)}, results in {quoted(settings.output)}"
            what = "colouring what is in" if means == "once" else f"watching by {means}"
            console.print_line(f"{console.PROGRAM}: {what} {where}; Ctrl-C stops")
        if self._level >= 1:
            console.print_line(
                f"backend {engine.backend.name} on {engine.device}, "
                f"model {engine.model_name} {engine.identity[:12]}"
            )

    def stopping(self) -> None:
        """Say that a signal was understood."""
        if self._level >= 0:
            console.print_line(f"{console.PROGRAM}: {STOPPING}")

    def summary(self, text: str) -> None:
        """Say what it came to, where that is no error."""
        if self._level >= 0:
            console.print_line(f"{console.PROGRAM}: {text}")

    @singledispatchmethod
    def told(self, event: events.Event) -> None:
        """Say what the watcher tells, if it matters."""

    @told.register
    def _(self, event: events.Done) -> None:
        for remark in event.made.warnings:
            if self._level >= 0:
                console.print_warning(f"{quoted(event.path)}: {remark}")
        if self._level >= self._picture_level:
            source, target = quoted(event.path), quoted(event.target)
            console.print_line(f"{source} -> {target} in {event.made.seconds:.2f} s{_after(event)}")

    @told.register
    def _(self, event: events.Failed) -> None:
        event.error.path = event.error.path or event.path
        console.print_error(event.error)
        if event.quarantined is not None and self._level >= 0:
            console.print_line(f"{quoted(event.path)} is in {quoted(event.quarantined)} now")

    @told.register
    def _(self, event: events.Skipped) -> None:
        level = 2 if event.reason in WITHOUT_WORDS else 1
        if self._level >= level:
            console.print_line(f"{quoted(event.path)} skipped: {event.reason}")

    @told.register
    def _(self, event: events.Retry) -> None:
        # A file that is still being written is not worth a word; a full disk is.
        is_ordinary = isinstance(event.error, NotAnImageError) or event.attempts > 1
        if self._level >= (1 if is_ordinary else 0):
            reason = f"{event.error.reason}; trying again in {event.delay:.0f} s"
            console.print_warning(f"{quoted(event.error.path or event.path)}: {reason}")

    @told.register
    def _(self, event: events.Rescan) -> None:
        if self._level >= 2 or (self._level == 1 and event.found):
            console.print_line(
                f"looked at all files ({event.reason}): {event.found} new or changed, "
                f"{event.seconds:.2f} s"
            )

    @told.register
    def _(self, event: events.Notice) -> None:
        if self._level < 0:
            return
        if event.is_warning:
            console.print_warning(event.text)
        else:
            console.print_line(f"{console.PROGRAM}: {event.text}")


def summary_text(totals: "Totals") -> str:
    """Return the counts as people read them: `12 coloured, 3 skipped (made before), 0 failed`."""
    reasons = ", ".join(f"{count} {reason}" for reason, count in totals.skipped.items())
    only = next(iter(totals.skipped), "") if len(totals.skipped) == 1 else reasons
    skipped = f"{totals.skipped.total()} skipped" + (f" ({only})" if only else "")
    text = f"{totals.done} coloured, {skipped}, {totals.failed} failed"
    left = totals.waiting + totals.in_hand
    return f"{text}, {left} left for the next time" if left else text


def _after(event: events.Done) -> str:
    if event.moved_to is not None:
        return f"; the input is {quoted(event.moved_to)} now"
    return "; the input is deleted" if event.is_deleted else ""
