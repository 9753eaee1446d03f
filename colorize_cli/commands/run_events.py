"""What `colorize run` tells programs: JSON Lines, as `schemas/run-1.json` describes them."""

import json
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from colorize_cli.core.errors import CannotCreateError
from colorize_cli.core.input_files import DASH, file_id, status_of
from colorize_cli.core.output_plan import Job, is_special
from colorize_cli.core.outputs import reported
from colorize_cli.standard_streams import STDIN_NAME, STDOUT_NAME, ImageOutput

if TYPE_CHECKING:
    from colorize_cli.commands.run_engine import Engine
    from colorize_cli.commands.run_picture import Outcome
    from colorize_cli.commands.run_totals import Totals

SCHEMA_VERSION: Final = 1
SCHEMA: Final = Path(__file__).parent.parent / "schemas" / f"run-{SCHEMA_VERSION}.json"
OUR_START: Final = b'{"schema_version": '
"""How each line starts, and so a file that may be written anew."""

WriteLine = Callable[[bytes], object]


class EventLog:
    """Writes one line of JSON for each input and one at the end."""

    def __init__(self, writers: Sequence[WriteLine], engine: "Engine") -> None:
        self._writers, self._engine = writers, engine

    def picture(self, outcome: "Outcome") -> None:
        """Tell what became of one input."""
        if self._writers:
            self._emit("picture", _picture_fields(outcome))

    def summary(self, totals: "Totals", *, status: int, seconds: float, number: int | None) -> None:
        """Tell what the whole came to; `number` is the signal that ended it, if one did."""
        if self._writers:
            self._emit("summary", _summary_fields(totals, status, seconds, number))

    def _emit(self, event: str, fields: dict[str, Any]) -> None:
        head = {"schema_version": SCHEMA_VERSION, "event": event}
        line = json.dumps({**head, **fields, **engine_fields(self._engine)}) + "\n"
        for write in self._writers:
            write(line.encode("ascii"))


@contextmanager
def event_writers(
    stdout: ImageOutput | None, path: str | None, jobs: Sequence[Job]
) -> Iterator[list[WriteLine]]:
    """Open where events go: stdout, a file, both or neither.

    Raises CannotCreateError for a file that is there and is not such a log, or is in use.
    """
    writers: list[WriteLine] = [] if stdout is None else [stdout.write]
    if path is None:
        yield writers
        return
    _check_log(Path(path), jobs)
    with reported(Path(path)):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        yield [*writers, ImageOutput(descriptor, name=path).write]
    finally:
        os.close(descriptor)


def _check_log(path: Path, jobs: Sequence[Job]) -> None:
    if path.name == DASH:
        raise CannotCreateError("standard output takes events with --json", path=path)
    targets = {os.path.realpath(job.target) for job in jobs if job.target is not None}
    sources = {file_id(job.source) for job in jobs if job.source is not None} - {None}
    if os.path.realpath(path) in targets or file_id(path) in sources:
        raise CannotCreateError("is one of the inputs or outputs", path=path)
    if status_of(path) is None or is_special(path):
        return
    with reported(path), path.open("rb") as file:
        start = file.read(len(OUR_START))
    if start and start != OUR_START:
        raise CannotCreateError("exists already and holds something else than events", path=path)


def _picture_fields(outcome: "Outcome") -> dict[str, Any]:
    return {
        **name_fields("input", outcome.job.source or STDIN_NAME),
        **name_fields("output", _output_of(outcome)),
        "status": outcome.status,
        "reason": outcome.reason and printable(outcome.reason),
        "code": int(outcome.code),
        "ms": milliseconds(outcome.seconds),
        "size": outcome.size and list(outcome.size),
        "frames": outcome.frames,
        "format": outcome.format_name,
        "warnings": [printable(warning) for warning in outcome.warnings],
    }


def _output_of(outcome: "Outcome") -> Path | str | None:
    if outcome.job.problem is not None:
        return None
    return outcome.job.target or STDOUT_NAME


def _summary_fields(
    totals: "Totals", status: int, seconds: float, number: int | None
) -> dict[str, Any]:
    return {
        "done": totals.counts["done"],
        "skipped": totals.counts["skipped"],
        "failed": totals.counts["failed"],
        "not_tried": totals.not_tried,
        "left_out": {
            "not_pictures": len(totals.inputs.not_pictures),
            "own_outputs": len(totals.inputs.own_outputs),
        },
        "signal": None if number is None else signal.Signals(number).name,
        "code": status if number is None else 128 + number,
        "ms": milliseconds(seconds),
    }


def engine_fields(engine: "Engine") -> dict[str, Any]:
    """Return what computes, as an event tells it."""
    return {
        "backend": engine.backend.name,
        "device": engine.device,
        "model": {"name": engine.model_name, "sha256": engine.identity},
    }


def name_fields(key: str, name: Path | str | None) -> dict[str, Any]:
    """Return a name, and its exact bytes as base64 where it is not UTF-8."""
    if name is None:
        return {key: None}
    exact = os.fsencode(name)
    text = exact.decode("utf-8", "replace")
    is_exact = text.encode("utf-8") == exact
    return {key: text} if is_exact else {key: text, f"{key}_base64": _base64(exact)}


def _base64(data: bytes) -> str:
    import base64

    return base64.b64encode(data).decode("ascii")


def printable(text: str) -> str:
    """Return text with a sign in place of what UTF-8 cannot say."""
    return text.encode("utf-8", "replace").decode("utf-8")


def milliseconds(seconds: float) -> float:
    """Return seconds as milliseconds, to a tenth."""
    return round(seconds * 1000, 1)
