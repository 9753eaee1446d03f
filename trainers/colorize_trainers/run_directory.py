"""The run directory: everything about one training run, in one folder.

config.json               every setting with its origin, command line, data, versions, device
status.json               how it goes now: running, interrupted, finished or failed, and how far
metrics.jsonl             one line per finished epoch
events.out.tfevents.*     the same for TensorBoard, where that is installed
checkpoints/              all that training goes on from (see `checkpoint_files`)
samples/epoch-0001.png    gray | generated | real, the same test photos each time
model.safetensors         the generator of the best epoch (or the last), ready for `run`
MODEL_CARD.md             what the model is, in words
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

from colorize_cli.core.errors import BadConfigError, CannotCreateError, NoInputError
from colorize_cli.core.outputs import make_folder, write_text
from colorize_trainers.checkpoint_files import CheckpointFiles
from colorize_trainers.recipes import Recipe, recipe_with
from colorize_trainers.run_lock import LOCK_FILE

FORMAT_VERSION: Final = 1
CHECKPOINT_MINUTES: Final = 10.0
"""Minutes between two checkpoints within an epoch: what a power cut may cost."""
MAY_CHANGE: Final = ("data", "patience", "keep", "checkpoint_minutes", "samples_every")
"""Settings that may change when a run goes on: they leave the steps as they are. The photos may lie
elsewhere, but must be the same."""


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """All that decides a run. `origins` says which settings differ from the recipe, and why.

    `limit` is the number of training photos used, before augmentation; None is all of them.
    `start` is the model or run that it began from, with its identity; `keep` how many checkpoints
    of epochs are kept beside the best; `patience` after how many epochs without improvement it
    ends. `commands` are the command lines, the first one and those that went on with it.
    """

    recipe: Recipe
    data: str
    fingerprint: str
    backend: str
    seed: int = 0
    limit: int | None = None
    samples_every: int = 1
    start: Mapping[str, str] | None = None
    patience: int | None = None
    keep: int = 0
    checkpoint_minutes: float = CHECKPOINT_MINUTES
    commands: tuple[str, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"format_version": FORMAT_VERSION, **asdict(self)}

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> Self:
        """Read the JSON form; what earlier versions did not write has its default.

        Raises BadConfigError if it does not fit.
        """
        if not isinstance(entries, Mapping) or entries.get("format_version") != FORMAT_VERSION:
            raise BadConfigError("the run was written by another version of colorize")
        try:
            others = {entry.name for entry in fields(cls)} - {"recipe"}
            given = {name: entries[name] for name in others & entries.keys()}
            given["commands"] = tuple(given.get("commands", ()))
            return cls(recipe=Recipe.from_dict(entries["recipe"]), **given)
        except (KeyError, TypeError) as error:
            raise BadConfigError(f"the run's configuration is damaged: {error}") from error

    def with_changes(self, changes: Mapping[str, Any]) -> "RunConfig":
        """Return the run as it is to go on. Options that are None were not given.

        Of the recipe, `epochs` and `learning_rate` may change; of the run, what `MAY_CHANGE` names.
        """
        given = {name: value for name, value in changes.items() if value is not None}
        own = {name: given.pop(name) for name in MAY_CHANGE if name in given}
        recipe, origins = recipe_with(self.recipe, given)
        return replace(self, recipe=recipe, origins={**self.origins, **origins}, **own)


@dataclass(frozen=True)
class RunDirectory:
    """Where the parts of a run lie."""

    path: Path

    @property
    def config(self) -> Path:
        """Every setting of the run."""
        return self.path / "config.json"

    @property
    def metrics(self) -> Path:
        """One JSON object per finished epoch."""
        return self.path / "metrics.jsonl"

    @property
    def status(self) -> Path:
        """How the run goes now."""
        return self.path / "status.json"

    @property
    def card(self) -> Path:
        """What the model is, in words."""
        return self.path / "MODEL_CARD.md"

    @property
    def checkpoints(self) -> CheckpointFiles:
        """What training goes on from."""
        return CheckpointFiles(self.path / "checkpoints")

    @property
    def last(self) -> Path:
        """The checkpoint that training goes on from."""
        return self.checkpoints.last

    @property
    def best(self) -> Path:
        """The checkpoint of the best epoch."""
        return self.checkpoints.best

    @property
    def model(self) -> Path:
        """The generator of the best epoch."""
        return self.path / "model.safetensors"

    def samples(self, epoch: int) -> Path:
        """The grid of samples of an epoch, counted from 1."""
        return self.path / "samples" / f"epoch-{epoch:04d}.png"

    def write_config(self, config: RunConfig) -> None:
        """Write the run's settings."""
        write_text(self.config, json.dumps(config.as_dict(), indent=2) + "\n")

    def read_config(self) -> RunConfig:
        """Read the run's settings. Raises NoInputError or BadConfigError."""
        try:
            entries = json.loads(self.config.read_text("utf-8"))
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NoInputError("no training run here", path=self.path) from error
        except (ValueError, RecursionError, OSError) as error:
            raise BadConfigError("cannot be read as JSON", path=self.config) from error
        try:
            return RunConfig.from_dict(entries)
        except BadConfigError as error:
            raise BadConfigError(error.reason, path=self.config) from error


def create_run(path: Path | None, config: RunConfig, *, parent: Path) -> RunDirectory:
    """Make a new run directory, named by time and recipe unless a path is given.

    Raises CannotCreateError if the path is there already and not an empty folder.
    """
    run = RunDirectory(path or parent / _name(config.recipe.name))
    if run.config.exists():
        raise CannotCreateError(
            f"holds a run already; go on with it by --resume {run.path}", path=run.path
        )
    if run.path.exists() and not _is_unused(run.path):
        raise CannotCreateError("exists and is not an empty folder", path=run.path)
    make_folder(run.path)
    run.write_config(config)
    return run


def newest_run(parent: Path) -> RunDirectory:
    """Return the run below a folder that was at work last. Raises NoInputError if there is none."""
    runs = [RunDirectory(path.parent) for path in parent.glob("*/config.json")]
    if not runs:
        raise NoInputError("no training run in this folder yet; give its path", path=parent)
    return max(runs, key=_last_sign)


def _last_sign(run: RunDirectory) -> float:
    files = [path for path in (run.config, run.status, run.last) if path.exists()]
    return max((path.stat().st_mtime for path in files), default=0.0)


def _is_unused(path: Path) -> bool:
    """Whether a folder is empty but for what a process leaves that is killed as it begins."""
    return path.is_dir() and all(
        entry.name == LOCK_FILE or entry.name.startswith(".config.json.")
        for entry in path.iterdir()
    )


def _name(recipe: str) -> str:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    return f"{stamp}-{recipe}-{secrets.token_hex(2)}"
