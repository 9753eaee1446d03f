"""What the command line of `colorize run` asks for, as values."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from colorize_cli.core.backend import Precision
    from colorize_cli.core.existing_outputs import Policy


@dataclass(frozen=True, kw_only=True)
class InputChoice:
    """Which pictures: names, a list of further names, and whether folders are entered."""

    names: tuple[str, ...]
    files_from: str | None = None
    is_null_separated: bool = False
    is_recursive: bool = False


@dataclass(frozen=True, kw_only=True)
class OutputChoice:
    """Where results go, as which format, and what happens to those that are there already."""

    output: str | None = None
    folder: str | None = None
    template: str | None = None
    format_name: str | None = None
    policy: "Policy" = "refuse"


@dataclass(frozen=True, kw_only=True)
class EngineChoice:
    """Which network colours, and where: the command line's own values, None where silent."""

    model: str | None = None
    backend: str | None = None
    device: str | None = None
    precision: "Precision | None" = None


@dataclass(frozen=True, kw_only=True)
class Finish:
    """What is made of the network's colours."""

    strength: float = 1.0
    size: int | None = None
    max_pixels: int | None = None
    is_only_gray: bool = False
    is_stripped: bool = False
    is_marked: bool = True


@dataclass(frozen=True, kw_only=True)
class Telling:
    """How much is said, and where: -1 errors only, 0 what matters, 1 each file, 2 all."""

    verbosity: int = 0
    is_json: bool = False
    json_file: str | None = None


@dataclass(frozen=True, kw_only=True)
class Request:
    """A whole command line; `jobs` None is one for each processor."""

    inputs: InputChoice
    outputs: OutputChoice
    engine: EngineChoice
    finish: Finish
    telling: Telling
    jobs: int | None = None
