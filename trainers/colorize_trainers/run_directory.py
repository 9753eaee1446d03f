"""The run directory: everything about one training run, in one folder.

config.json                    every setting with its origin, data, versions, device
metrics.jsonl                  one line per finished epoch
checkpoints/last.safetensors   all that training goes on from
checkpoints/best.safetensors   the same at the epoch with the least ab error on the test pairs
samples/epoch-0001.png         gray | generated | real, the same test photos each time
model.safetensors              the generator of the best epoch, ready for `colorize run`
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
from colorize_trainers.recipes import Recipe, recipe_with

FORMAT_VERSION: Final = 1


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """All that decides a run. `origins` says which settings differ from the recipe, and why.

    `limit` is the number of training photos used, before augmentation; None is all of them.
    """

    recipe: Recipe
    data: str
    fingerprint: str
    backend: str
    seed: int = 0
    limit: int | None = None
    samples_every: int = 1
    origins: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"format_version": FORMAT_VERSION, **asdict(self)}

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> Self:
        """Read the JSON form. Raises BadConfigError if it does not fit."""
        if entries.get("format_version") != FORMAT_VERSION:
            raise BadConfigError("the run was written by another version of colorize")
        try:
            recipe = dict(entries["recipe"])
            recipe["variants"] = tuple(recipe["variants"])
            others = {entry.name for entry in fields(cls)} - {"recipe"}
            return cls(recipe=Recipe(**recipe), **{name: entries[name] for name in others})
        except (KeyError, TypeError) as error:
            raise BadConfigError(f"the run's configuration is damaged: {error}") from error

    def with_changes(self, *, epochs: int | None, learning_rate: float | None) -> "RunConfig":
        """Return the run as it is to go on: what may change on the way, where it was given."""
        changes = {"epochs": epochs, "learning_rate": learning_rate}
        recipe, origins = recipe_with(self.recipe, changes)
        return replace(self, recipe=recipe, origins={**self.origins, **origins})


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
    def last(self) -> Path:
        """The checkpoint that training goes on from."""
        return self.path / "checkpoints" / "last.safetensors"

    @property
    def best(self) -> Path:
        """The checkpoint of the best epoch."""
        return self.path / "checkpoints" / "best.safetensors"

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
        except (ValueError, OSError) as error:
            raise BadConfigError("cannot be read as JSON", path=self.config) from error
        return RunConfig.from_dict(entries)


def create_run(path: Path | None, config: RunConfig, *, parent: Path) -> RunDirectory:
    """Make a new run directory, named by time and recipe unless a path is given.

    Raises CannotCreateError if the path is there already and not an empty folder.
    """
    run = RunDirectory(path or parent / _name(config.recipe.name))
    if run.config.exists():
        raise CannotCreateError(
            f"holds a run already; go on with it by --resume {run.path}", path=run.path
        )
    if run.path.exists() and (not run.path.is_dir() or any(run.path.iterdir())):
        raise CannotCreateError("exists and is not an empty folder", path=run.path)
    for folder in (run.last.parent, run.samples(0).parent):
        make_folder(folder)
    run.write_config(config)
    return run


def _name(recipe: str) -> str:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    return f"{stamp}-{recipe}-{secrets.token_hex(2)}"
