"""Which input becomes which output, decided and checked before any work is done."""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath
from typing import Final

from colorize_cli.core.errors import CannotCreateError, ColorizeError, UsageError, quoted
from colorize_cli.core.input_files import DASH, FileId, InputFile, file_id, is_folder, status_of
from colorize_cli.core.outputs import make_folder
from colorize_cli.core.records import record

DEFAULT_NAME: Final = "{stem}{ext}"
TIFF_SUFFIXES: Final = frozenset({".tif", ".tiff"})
OTHER_SUFFIX: Final = ".png"
"""PNG and TIFF keep the lightness exactly, with 16 bits, alpha and metadata."""

GREATEST_NAME: Final = 255
"""Bytes of a file's name on nearly all file systems (NAME_MAX of Linux)."""


@record
class Job:
    """One picture to colour: from a file or stdin (None), to a file or stdout (None).

    `problem` says why it cannot be done at all, `is_done` that an earlier run did it already,
    `is_new` that nothing was at the target when it was planned, and nothing may be replaced.
    """

    source: Path | None
    target: Path | None
    problem: ColorizeError | None = None
    is_done: bool = False
    is_new: bool = False


@record
class Naming:
    """How results are called in a folder: `{stem}{ext}`, with the suffix of the asked format.

    `suffix` None leaves TIFF files theirs and makes all others PNG.
    """

    template: str = DEFAULT_NAME
    suffix: str | None = None

    def __post_init__(self) -> None:
        """Raise UsageError for a template that would not give each input a name of its own."""
        fields = set(re.findall(r"\{(.*?)\}", self.template))
        is_sound = fields <= {"stem", "name", "ext"} and fields & {"stem", "name"}
        if not is_sound or os.sep in self.template or not self.template.endswith("{ext}"):
            raise UsageError(
                f"--name {self.template!r} must hold {{stem}} or {{name}} and end in {{ext}}, "
                "as '{stem}.color{ext}' does"
            )

    def name_for(self, place: PurePath) -> PurePath:
        """Return the place of a result for the place of an input."""
        kept = place.suffix if place.suffix.lower() in TIFF_SUFFIXES else OTHER_SUFFIX
        texts = {"stem": place.stem, "name": place.name, "ext": self.suffix or kept}
        name = re.sub(r"\{(\w+)\}", lambda field: texts[field[1]], self.template)
        return place.with_name(name)


def output_and_folder(output: str | None, folder: str | None) -> tuple[str | None, str | None]:
    """Tell a single output from a folder for several: one that is there or ends in a slash.

    Raises UsageError if both are given.
    """
    if output is not None and folder is not None:
        raise UsageError("-o and --output-dir exclude each other")
    if output is not None and (output.endswith(os.sep) or is_folder(Path(output))):
        return None, output
    return output, folder


def plan_single(file: InputFile, output: str | None) -> Job:
    """Plan one input for a file, or for stdout (`-` or None)."""
    target = None if output in {None, DASH} else Path(str(output))
    return Job(source=file.path, target=target, problem=file.problem)


def plan_folder(files: Iterable[InputFile], folder: Path, naming: Naming) -> list[Job]:
    """Plan inputs for their places below a folder. Raises UsageError for stdin."""
    return [_job_in_folder(file, folder, naming) for file in files]


def check_targets(jobs: Sequence[Job]) -> None:
    """Raise CannotCreateError if two inputs have one output, or it can be none at all.

    An output that is one of the inputs is refused, and so is one that is a folder.
    """
    _check_collisions(jobs)
    inputs = {file_id(job.source) for job in jobs if job.source is not None} - {None}
    for job in jobs:
        if job.target is not None:
            _check_target(job.target, inputs)


def make_target_folders(jobs: Iterable[Job], folder: Path | None) -> None:
    """Create the folders for many outputs; the one of a single output must be there.

    Raises CannotCreateError, NoPermissionError or OutputError.
    """
    parents = {job.target.parent: job.target for job in jobs if job.target is not None}
    if folder is not None:
        for parent in (folder, *parents):
            make_folder(parent)
    for parent, target in parents.items():
        if not is_folder(parent):
            raise CannotCreateError("its folder does not exist", path=target)


def is_special(path: Path) -> bool:
    """Whether a path is a device or a pipe, which is written to and never replaced."""
    return status_of(path) is not None and not path.is_file() and not path.is_dir()


def _job_in_folder(file: InputFile, folder: Path, naming: Naming) -> Job:
    if file.path is None:
        raise UsageError("standard input has no name: use -o FILE instead of a folder")
    if file.problem is not None:
        return Job(source=file.path, target=None, problem=file.problem)
    return Job(source=file.path, target=folder / naming.name_for(file.place))


def _check_collisions(jobs: Sequence[Job]) -> None:
    sources: dict[str, Path | None] = {}
    for job in jobs:
        if job.target is None:
            continue
        place = os.path.realpath(job.target)
        if place in sources:
            raise _collision(sources[place], job)
        sources[place] = job.source


def _collision(other: Path | None, job: Job) -> CannotCreateError:
    reason = (
        f"both {quoted(other)} and {quoted(job.source)} would become this file: "
        "rename one, or use --name '{name}{ext}'"
    )
    return CannotCreateError(reason, path=job.target)


def _check_target(target: Path, inputs: set[FileId | None]) -> None:
    if len(os.fsencode(target.name)) > GREATEST_NAME:
        raise CannotCreateError("its name is too long", path=target)
    if is_special(target):
        return
    if file_id(target) in inputs:
        raise CannotCreateError("is one of the inputs, which are never changed", path=target)
    if is_folder(target):
        raise CannotCreateError("is a folder", path=target)
