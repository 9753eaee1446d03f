"""What the command line of `colorize run` asks for, as values."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from colorize_cli.core.records import record

if TYPE_CHECKING:
    from colorize_cli.core.existing_outputs import Policy
    from colorize_cli.core.hints import Hints
    from colorize_cli.core.palette import Palette
    from colorize_cli.core.pipeline import Quality
    from colorize_cli.core.precision import PrecisionOrAuto


@record
class InputChoice:
    """Which pictures: names, a list of further names, and whether folders are entered."""

    names: tuple[str, ...]
    files_from: str | None = None
    is_null_separated: bool = False
    is_recursive: bool = False


@record
class OutputChoice:
    """Where results go, as which format, and what happens to those that are there already."""

    output: str | None = None
    folder: str | None = None
    template: str | None = None
    format_name: str | None = None
    policy: "Policy" = "refuse"


@record
class EngineChoice:
    """Which network colours, and where: the command line's own values, None where silent."""

    model: str | None = None
    backend: str | None = None
    device: str | None = None
    precision: "PrecisionOrAuto | None" = None


@record
class Finish:
    """What is made of the network's colours."""

    strength: float = 1.0
    size: int | None = None
    max_pixels: int | None = None
    is_only_gray: bool = False
    is_stripped: bool = False
    is_marked: bool = True
    quality: "Quality" = "standard"
    reference: str | None = None
    hints: str | None = None

    @cached_property
    def palette(self) -> "Palette | None":
        """The colours of the reference. Raises NoInputError or NotAnImageError."""
        if self.reference is None:
            return None
        from colorize_cli.core.palette import read_palette

        return read_palette(Path(self.reference), max_pixels=self.max_pixels)

    @cached_property
    def strokes(self) -> "Hints | None":
        """The strokes of the hints. Raises NoInputError or NotAnImageError."""
        if self.hints is None:
            return None
        from colorize_cli.core.hints import read_hints

        return read_hints(Path(self.hints), max_pixels=self.max_pixels)

    @property
    def needs_arrays(self) -> bool:
        """Whether something is asked for that is worked out on arrays of whole pictures."""
        is_rare = self.is_only_gray or self.quality != "standard"
        return is_rare or self.reference is not None or self.hints is not None

    @property
    def rare_options(self) -> list[str]:
        """What decides a result and is seldom asked for, in its one spelling; else nothing."""
        rare = [] if self.quality == "standard" else [f"quality={self.quality}"]
        if self.palette is not None:
            rare.append(f"reference={self.palette.sha256}")
        if self.strokes is not None:
            rare.append(f"hints={self.strokes.sha256}")
        return rare


@record
class Telling:
    """How much is said, and where: -1 errors only, 0 what matters, 1 each file, 2 all."""

    verbosity: int = 0
    is_json: bool = False
    json_file: str | None = None


@record
class Request:
    """A whole command line; `jobs` None is one for each processor."""

    inputs: InputChoice
    outputs: OutputChoice
    engine: EngineChoice
    finish: Finish
    telling: Telling
    jobs: int | None = None
