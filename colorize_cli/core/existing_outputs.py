"""What to do about outputs that are there already: an interrupted run goes on, nothing is lost."""

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, Literal, TypeAlias

from colorize_cli.core.errors import CannotCreateError, ColorizeError, quoted
from colorize_cli.core.output_plan import Job, is_special
from colorize_cli.core.provenance import read_provenance
from colorize_cli.core.records import record, replace

Policy: TypeAlias = Literal["refuse", "update", "force"]
"""What becomes of an output that differs: refused, replaced if it is ours, replaced."""

NAMED: Final = 3
"""How many files an error names before it counts the rest."""


@record
class Making:
    """What decides the results of a run, besides the inputs: the model and the options."""

    model_sha256: str
    options: str


def settle_existing(
    jobs: Sequence[Job], making: Callable[[], Making], *, policy: Policy
) -> list[Job]:
    """Mark the jobs whose output was made from the same input, by the same model and options.

    Only what may be such an output is read, and its input. Raises CannotCreateError for outputs
    that are there and differ: all of them unless forced, those without our mark if updating.
    """
    if policy == "force":
        return list(jobs)
    settled: list[Job] = []
    refused: list[Path] = []
    for job in jobs:
        if job.target is None or is_special(job.target) or not os.path.lexists(job.target):
            settled.append(replace(job, is_new=True))
            continue
        is_done, is_ours = _judged(job.source, job.target, making)
        settled.append(replace(job, is_done=is_done))
        if not is_done and not (is_ours and policy == "update"):
            refused.append(job.target)
    if refused:
        raise _refusal(refused, policy)
    return settled


def sha256_of(path: Path) -> str | None:
    """Return the SHA-256 of a file's bytes in hexadecimal; None if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _judged(source: Path | None, target: Path, making: Callable[[], Making]) -> tuple[bool, bool]:
    """Tell whether an output is what this run would make, and whether it is ours at all."""
    mark = read_provenance(target)
    if mark is None:
        return False, False
    made = making()
    is_same = (mark.model_sha256, mark.options) == (made.model_sha256, made.options)
    # Hashing costs a reading of the whole input: it comes last.
    return is_same and source is not None and sha256_of(source) == mark.source_sha256, True


def _refusal(targets: Sequence[Path], policy: Policy) -> ColorizeError:
    if policy == "update":
        remedy = "no mark says that colorize made it, so --update leaves it; --force replaces it"
    else:
        remedy = "use --update to replace what colorize made otherwise, --force to replace all"
    if len(targets) == 1:
        return CannotCreateError(f"exists already: {remedy}", path=targets[0])
    return CannotCreateError(f"{_some(targets)} exist already: {remedy}")


def _some(paths: Iterable[Path]) -> str:
    names = [quoted(path) for path in paths]
    rest = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + rest
