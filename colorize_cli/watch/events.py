"""What the watcher tells: one value for each thing that happens, to one listener."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from colorize_cli.core.errors import ColorizeError, ExitStatus

SkipReason: TypeAlias = Literal[
    "made before", "has colours already", "not a picture", "made by colorize", "gone"
]


@dataclass(frozen=True, kw_only=True)
class Made:
    """What the work on one picture came to.

    `is_skipped` says that nothing was written, as the picture has colours already and only gray
    ones are asked for. `seconds` are those of its work, `parts` of reading, decoding, ...
    """

    is_skipped: bool = False
    seconds: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)
    size: tuple[int, int] | None = None
    frames: int | None = None
    format_name: str | None = None
    warnings: tuple[str, ...] = ()


class Work(Protocol):
    """Colours one picture; called from several threads at once."""

    def __call__(self, source: Path, target: Path, *, is_new: bool) -> Made:
        """Colour `source` into `target`, which appears by one rename (`core.outputs`).

        With `is_new`, what has appeared at `target` meanwhile is not replaced. Its folder is
        there. Raises a ColorizeError: NotAnImageError if this content cannot be coloured;
        NoInputError if the file is gone; an error whose `path` is `source`, or None, for all
        else that is wrong with the input; one whose `path` is another for what is wrong with
        the place of the output; OutputError and TemporaryError for what may pass.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Queued:
    """A file was found or has changed. It ends as Done, Failed or Skipped, or is queued again."""

    path: Path


@dataclass(frozen=True, kw_only=True)
class Started:
    """A worker begins with a picture."""

    path: Path
    target: Path


@dataclass(frozen=True, kw_only=True)
class Done:
    """A picture was coloured. `moved_to` is where the input is now; None if it stays."""

    path: Path
    target: Path
    made: Made
    moved_to: Path | None = None
    is_deleted: bool = False


@dataclass(frozen=True, kw_only=True)
class Failed:
    """A file cannot be coloured, and is not tried again before it changes.

    `quarantined` is where it is now; None if it stays.
    """

    path: Path
    error: ColorizeError
    attempts: int = 1
    quarantined: Path | None = None

    @property
    def code(self) -> ExitStatus:
        """The exit status that it would be alone."""
        return self.error.status


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """A file needs no work; `target` is its output, if it has one."""

    path: Path
    reason: SkipReason
    target: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Retry:
    """A file could not be done now, and is tried again after `delay` seconds."""

    path: Path
    error: ColorizeError
    attempts: int
    delay: float


@dataclass(frozen=True, kw_only=True)
class Rescan:
    """The whole tree was looked at; `found` files were new or had changed."""

    reason: str
    found: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Something that people should hear of, as one line: what happened and what is done."""

    text: str
    is_warning: bool = True


Event: TypeAlias = Queued | Started | Done | Failed | Skipped | Retry | Rescan | Notice


class Listener(Protocol):
    """Whom the watcher tells. Called in the main thread only, but for Started."""

    def told(self, event: Event) -> None:
        """Take notice; quickly, as the loop waits."""
        ...
