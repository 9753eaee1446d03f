"""What `colorize watch` tells programs: JSON Lines, as `schemas/watch-1.json` describes them."""

import json
import signal
import time
from dataclasses import dataclass
from functools import singledispatch
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from colorize_cli.commands.run_events import (
    WriteLine,
    engine_fields,
    milliseconds,
    name_fields,
    printable,
)
from colorize_cli.watch import events
from colorize_cli.watch.observers import POLLING

if TYPE_CHECKING:
    from colorize_cli.commands.run_engine import Engine
    from colorize_cli.watch.settings import WatchSettings
    from colorize_cli.watch.totals import Totals

SCHEMA_VERSION: Final = 1
SCHEMA: Final = Path(__file__).parent.parent / "schemas" / f"watch-{SCHEMA_VERSION}.json"


@dataclass(frozen=True, kw_only=True)
class WatchLog:
    """Writes one line of JSON for each thing that happens."""

    write: WriteLine
    engine: "Engine"

    def watching(self, settings: "WatchSettings", state: Path, *, means: str) -> None:
        """Tell that from now on everything is noticed; `means` is events, polling or once."""
        fields = {
            **name_fields("folder", settings.root),
            **name_fields("output", settings.output),
            **name_fields("state", state),
            "means": means,
        }
        self._emit("watching", {**fields, **engine_fields(self.engine)})

    def told(self, event: events.Event) -> None:
        """Tell what the watcher tells."""
        if not _is_routine(event):
            self._emit(type(event).__name__.lower(), _fields(event))

    def summary(self, totals: "Totals", *, status: int, seconds: float, number: int | None) -> None:
        """Tell what the whole came to; `number` is the signal that ended it, if one did."""
        fields = {
            "done": totals.done,
            "failed": totals.failed,
            "skipped": totals.skipped.total(),
            "not_finished": totals.waiting + totals.in_hand,
            "signal": None if number is None else signal.Signals(number).name,
            "code": status if number is None else 128 + number,
            "ms": milliseconds(seconds),
        }
        self._emit("summary", {**fields, **engine_fields(self.engine)})

    def _emit(self, event: str, fields: dict[str, Any]) -> None:
        head = {"schema_version": SCHEMA_VERSION, "event": event, "time": round(time.time(), 3)}
        self.write((json.dumps({**head, **fields}) + "\n").encode("ascii"))


def _is_routine(event: events.Event) -> bool:
    """Whether it would fill a log for days with nothing."""
    return isinstance(event, events.Rescan) and event.reason == POLLING and event.found == 0


@singledispatch
def _fields(event: events.Event) -> dict[str, Any]:
    raise NotImplementedError(type(event).__name__)


@_fields.register
def _(event: events.Queued) -> dict[str, Any]:
    return name_fields("input", event.path)


@_fields.register
def _(event: events.Started) -> dict[str, Any]:
    return {**name_fields("input", event.path), **name_fields("output", event.target)}


@_fields.register
def _(event: events.Done) -> dict[str, Any]:
    made = event.made
    return {
        **name_fields("input", event.path),
        **name_fields("output", event.target),
        **name_fields("moved_to", event.moved_to),
        "is_deleted": event.is_deleted,
        "ms": milliseconds(made.seconds),
        "size": made.size and list(made.size),
        "frames": made.frames,
        "format": made.format_name,
        "warnings": [printable(warning) for warning in made.warnings],
    }


@_fields.register
def _(event: events.Failed) -> dict[str, Any]:
    return {
        **name_fields("input", event.path),
        "reason": printable(event.error.reason),
        "code": int(event.code),
        "attempts": event.attempts,
        **name_fields("quarantined", event.quarantined),
    }


@_fields.register
def _(event: events.Skipped) -> dict[str, Any]:
    return {
        **name_fields("input", event.path),
        "reason": event.reason,
        **name_fields("output", event.target),
    }


@_fields.register
def _(event: events.Retry) -> dict[str, Any]:
    return {
        **name_fields("input", event.path),
        "reason": printable(event.error.reason),
        "code": int(event.error.status),
        "attempts": event.attempts,
        "delay_ms": milliseconds(event.delay),
    }


@_fields.register
def _(event: events.Rescan) -> dict[str, Any]:
    return {
        "reason": printable(event.reason),
        "found": event.found,
        "ms": milliseconds(event.seconds),
    }


@_fields.register
def _(event: events.Notice) -> dict[str, Any]:
    return {"text": printable(event.text), "is_warning": event.is_warning}
