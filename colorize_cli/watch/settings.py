"""What a watcher is told once, at its start."""

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeAlias

from colorize_cli import __version__
from colorize_cli.core.errors import UsageError
from colorize_cli.core.existing_outputs import Making
from colorize_cli.core.output_plan import Naming

Then: TypeAlias = Literal["keep", "move", "delete"]
"""What becomes of an input when its output is there."""

SETTLE: Final = 2.0
"""Seconds without a change after which a file is taken for complete. watchexec went down to 0.1
for builds (watchexec#168); writers of pictures pause for longer."""

CLOSED_SETTLE: Final = 0.2
"""Seconds after its writer closed it, or moved it in: others may still set its times."""

RESCAN: Final = 300.0
"""Seconds between looks at the whole tree, as paperless-ngx#13013 came to."""

PATIENCE: Final = 30.0
"""Seconds without a change after which a file that cannot be decoded is given up."""

GRACE: Final = 30.0
"""Seconds for the pictures in hand when the watcher is to stop."""


@dataclass(frozen=True, kw_only=True)
class BackOff:
    """How long to wait before the next attempt: 1 s, 2 s, 4 s, ... up to 5 minutes."""

    first: float = 1.0
    factor: float = 2.0
    greatest: float = 300.0

    def delay(self, attempts: int) -> float:
        """Return the seconds to wait after so many attempts, one at least."""
        # Beyond 64 doublings the power itself would overflow, after some weeks.
        return min(self.greatest, self.first * self.factor ** min(attempts - 1, 64))


@dataclass(frozen=True, kw_only=True)
class WatchSettings:
    """Where pictures come from, where they go, and when.

    `making` is what decides a result besides its input: the model's sha256 and the options, as
    `run` marks them. `move_to` is the folder of `then="move"`. Times are in seconds. With
    `quarantine` None, inputs that cannot be coloured stay where they are. `has_backlog` False
    ignores what is there at the start until it changes. `max_pixels` is the most of one frame,
    None for the usual limit, when outputs are read back.
    """

    root: Path
    output: Path
    making: Making
    naming: Naming = field(default_factory=Naming)
    then: Then = "keep"
    move_to: Path | None = None
    quarantine: Path | None = None
    settle: float = SETTLE
    closed_settle: float = CLOSED_SETTLE
    rescan: float = RESCAN
    patience: float = PATIENCE
    grace: float = GRACE
    back_off: BackOff = field(default_factory=BackOff)
    threads: int = 1
    max_pixels: int | None = None
    is_recursive: bool = True
    has_backlog: bool = True

    def __post_init__(self) -> None:
        """Raise UsageError for folders with which results could come back as inputs."""
        if (self.then == "move") != (self.move_to is not None):
            raise UsageError("--then move needs a folder, and no other --then has one")
        root = Path(os.path.realpath(self.root))
        for folder in self.own_folders:
            # Whatever lies around the root may get sub-folders that are the root again.
            if root.is_relative_to(os.path.realpath(folder)):
                reason = "contains the watched folder: choose one inside it or beside it"
                raise UsageError(reason, path=folder)

    @property
    def own_folders(self) -> tuple[Path, ...]:
        """The folders that are written to, and never looked into for inputs."""
        folders = (self.output, self.move_to, self.quarantine)
        return tuple(folder for folder in folders if folder is not None)

    @property
    def identity(self) -> str:
        """A short text that differs whenever the same input gives another result or place of it."""
        parts = (
            self.making.model_sha256,
            self.making.options,
            self.naming.template,
            str(self.naming.suffix),
            os.path.realpath(self.output),
        )
        return hashlib.sha256(os.fsencode("\0".join(parts))).hexdigest()[:32]

    @property
    def reader_identity(self) -> str:
        """As `identity`, and differs as well when more inputs may be readable than before."""
        return f"{self.identity} {self.max_pixels} {__version__}"
