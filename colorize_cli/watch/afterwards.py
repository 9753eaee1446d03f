"""What becomes of an input: kept, moved or deleted when it is done, put aside when it failed."""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from colorize_cli.core.errors import ColorizeError, OutputError
from colorize_cli.core.output_plan import GREATEST_NAME
from colorize_cli.core.outputs import make_folder, reported, sync, write_text
from colorize_cli.watch.moving import free_names, is_moved_to, moved
from colorize_cli.watch.settings import WatchSettings

SIDECAR: Final = ".error.json"
"""What is put behind the name of a file in quarantine, for the file that says why."""


@dataclass(frozen=True, kw_only=True)
class Fate:
    """Where an input is now: moved, deleted, or where it was."""

    moved_to: Path | None = None
    is_deleted: bool = False


def dispose(
    settings: WatchSettings, place: str, target: Path, *, is_unchanged: Callable[[], bool]
) -> Fate:
    """Do with an input what is asked for when its output is there.

    It is touched only if it is still what was coloured, and deleted only if the output can be
    read back. Raises OutputError if that cannot, and what moving raises.
    """
    source = settings.root / place
    if settings.then == "keep":
        return Fate()
    if settings.then == "delete":
        check_output(target, max_pixels=settings.max_pixels)
    if not is_unchanged():
        return Fate()
    if settings.move_to is not None:
        try:
            return Fate(moved_to=moved(source, settings.move_to / place))
        except FileNotFoundError:
            # Somebody else has taken it away just now.
            return Fate()
    with reported(source):
        source.unlink(missing_ok=True)
        sync(source.parent)
    return Fate(is_deleted=True)


def check_output(target: Path, *, max_pixels: int | None = None) -> None:
    """Wait until an output is on the disk, then read and decode all of it.

    Raises OutputError if it cannot be.
    """
    from colorize_cli.core.frames import read_frames

    try:
        with reported(target):
            sync(target)
            sync(target.parent)
            data = target.read_bytes()
        for _ in read_frames(data, path=target, max_pixels=max_pixels).frames:
            pass
    except ColorizeError as error:
        reason = f"cannot be read back, so its input stays: {error.reason}"
        raise OutputError(reason, path=target) from error


def quarantine(
    settings: WatchSettings, place: str, error: ColorizeError, *, sha256: str | None
) -> Path | None:
    """Move an input that failed into the quarantine, if there is one, with a note beside it.

    The note is written first, so that no file is ever there without one. Returns where the
    input is now. Raises what moving and writing raise.
    """
    if settings.quarantine is None:
        return None
    source = settings.root / place
    wanted = settings.quarantine / place
    make_folder(wanted.parent)
    for target in free_names(wanted, longest=GREATEST_NAME - len(SIDECAR)):
        if not os.path.lexists(target) or is_moved_to(source, target):
            note = _note(source, error, sha256)
            write_text(target.with_name(f"{target.name}{SIDECAR}"), note)
            # Somebody else may take it away just now: then the note alone tells of it.
            with suppress(FileNotFoundError):
                return moved(source, target)
            return None
    return None


def _note(source: Path, error: ColorizeError, sha256: str | None) -> str:
    note = {
        "input": os.fsencode(source).decode("utf-8", "backslashreplace"),
        "reason": error.reason,
        "status": int(error.status),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "sha256": sha256,
    }
    return json.dumps(note, indent=2, ensure_ascii=False) + "\n"
