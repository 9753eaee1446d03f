"""A run as its report sees it: read leniently, since runs outlive the version that wrote them."""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeAlias

from colorize_cli.core.errors import BadConfigError, NoInputError, quoted
from colorize_trainers.run_directory import RunDirectory

Curve: TypeAlias = tuple[list[int], list[float]]
"""Epochs, counted from 1, and what was measured at each."""

_NOTHING: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """One finished epoch: mean losses and test scores by name, finite numbers only."""

    number: int
    losses: Mapping[str, float] = field(default_factory=dict)
    test: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """What a run directory tells: its settings and its epochs, in order, each once.

    `name` is the folder's, printable on one line; `damaged_lines` counts the lines of the metrics
    that could not be read.
    """

    directory: RunDirectory
    name: str
    settings: Mapping[str, Any]
    epochs: Sequence[Epoch] = ()
    damaged_lines: int = 0

    @property
    def recipe(self) -> Mapping[str, Any]:
        """The recipe's entries, as the settings hold them."""
        return _mapping(self.settings.get("recipe"))

    @property
    def origins(self) -> Mapping[str, Any]:
        """Where settings came from that are not the recipe's own."""
        return _mapping(self.settings.get("origins"))

    @property
    def environment(self) -> Mapping[str, Any]:
        """Versions and device of the run."""
        return _mapping(self.settings.get("environment"))

    def losses(self, name: str) -> Curve:
        """Return one loss over the epochs that have it."""
        return _curve([(epoch.number, epoch.losses.get(name)) for epoch in self.epochs])

    def scores(self, name: str) -> Curve:
        """Return one test score over the epochs that have it."""
        return _curve([(epoch.number, epoch.test.get(name)) for epoch in self.epochs])


def read_run(path: Path) -> RunRecord:
    """Read a run directory, whatever is missing in it but its settings.

    Raises NoInputError if no run lies there, BadConfigError if its settings are no JSON object.
    """
    directory = RunDirectory(path)
    epochs, damaged = _read_epochs(directory.metrics)
    return RunRecord(
        directory=directory,
        name=shown(path.resolve().name or "run"),
        settings=_read_settings(directory),
        epochs=epochs,
        damaged_lines=damaged,
    )


def with_distinct_names(runs: Sequence[RunRecord]) -> list[RunRecord]:
    """Return the runs, by their paths where two folders have the same name."""
    counts = Counter(run.name for run in runs)
    return [
        run if counts[run.name] == 1 else replace(run, name=shown(run.directory.path))
        for run in runs
    ]


def shown(name: object) -> str:
    """Return a name that any page can hold: on one line, without control characters."""
    text = str(name)
    return text if text.isprintable() else quoted(text)


def _read_settings(directory: RunDirectory) -> Mapping[str, Any]:
    try:
        settings = json.loads(directory.config.read_bytes())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NoInputError("no training run here", path=directory.path) from error
    except OSError as error:
        reason = f"the run cannot be read: {(error.strerror or 'error').lower()}"
        raise NoInputError(reason, path=directory.config) from error
    except (ValueError, RecursionError) as error:
        raise BadConfigError("cannot be read as JSON", path=directory.config) from error
    if not isinstance(settings, Mapping):
        raise BadConfigError("does not hold the settings of a run", path=directory.config)
    return settings


def _read_epochs(path: Path) -> tuple[list[Epoch], int]:
    """Return the epochs and the number of damaged lines; the last line of an epoch counts."""
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return [], 0
    except OSError as error:
        reason = f"cannot be read: {(error.strerror or 'error').lower()}"
        raise NoInputError(reason, path=path) from error
    epochs: dict[int, Epoch] = {}
    damaged = 0
    for line in lines:
        epoch = _epoch(line)
        if epoch is None:
            damaged += 1
        else:
            epochs[epoch.number] = epoch
    return [epochs[number] for number in sorted(epochs)], damaged


def _epoch(line: bytes) -> Epoch | None:
    try:
        entries = json.loads(line)
        number = entries["epoch"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(number, int) or number < 1:
        return None
    losses, test = (_numbers(_mapping(entries.get(key))) for key in ("losses", "test"))
    return Epoch(number=number, losses=losses, test=test)


def _numbers(entries: Mapping[str, Any]) -> dict[str, float]:
    return {
        str(name): float(value)
        for name, value in entries.items()
        if isinstance(value, int | float) and _is_finite(value)
    }


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        # A whole number beyond those of floating point.
        return False


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else _NOTHING


def _curve(points: Sequence[tuple[int, float | None]]) -> Curve:
    known = [(epoch, value) for epoch, value in points if value is not None]
    return [epoch for epoch, _ in known], [value for _, value in known]
