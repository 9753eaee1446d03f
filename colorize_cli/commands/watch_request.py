"""A whole command line of `colorize watch`, and what the watcher is to know of it."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from colorize_cli.core.errors import UsageError
from colorize_cli.core.output_plan import DEFAULT_NAME, Naming
from colorize_cli.watch.settings import CLOSED_SETTLE, WatchSettings

if TYPE_CHECKING:
    from colorize_cli.commands.run_choices import EngineChoice, Finish, Telling
    from colorize_cli.commands.run_engine import Engine
    from colorize_cli.core.image_encoding import Format
    from colorize_cli.watch.settings import Then


@dataclass(frozen=True, kw_only=True)
class WatchRequest:
    """A whole command line. Times are in seconds; `poll` None waits for events."""

    root: Path
    output: Path
    then: "Then"
    move_to: Path | None
    quarantine: Path | None
    state: Path | None
    template: str | None
    format_name: str | None
    is_once: bool
    settle: float
    rescan: float
    patience: float
    poll: float | None
    grace: float
    engine: "EngineChoice"
    finish: "Finish"
    telling: "Telling"
    jobs: int | None


def check_state(request: WatchRequest) -> None:
    """Raise UsageError for a journal that would be looked at whenever it is written to."""
    if request.state is None:
        return
    state = Path(os.path.realpath(request.state))
    root = Path(os.path.realpath(request.root))
    if state.is_relative_to(root) and not state.name.startswith("."):
        reason = (
            "lies in the watched folder: choose a place outside, or a name that begins with '.'"
        )
        raise UsageError(reason, path=request.state)


def settings_of(request: WatchRequest, engine: "Engine", *, threads: int) -> WatchSettings:
    """Return what the watcher is told. Raises UsageError for folders that make no sense."""
    form = form_of(request)
    return WatchSettings(
        root=request.root,
        output=request.output,
        making=engine.making(request.finish),
        naming=Naming(
            template=request.template or DEFAULT_NAME, suffix=form.suffixes[0] if form else None
        ),
        then=request.then,
        move_to=request.move_to,
        quarantine=request.quarantine,
        settle=request.settle,
        closed_settle=min(CLOSED_SETTLE, request.settle),
        rescan=request.rescan,
        patience=request.patience,
        grace=request.grace,
        max_pixels=request.finish.max_pixels,
        threads=threads,
    )


def form_of(request: WatchRequest) -> "Format | None":
    """Return the format that is asked for, if one is."""
    from colorize_cli.core.image_encoding import choose_format

    return None if request.format_name is None else choose_format(request.format_name, None)


def probe_folder(request: WatchRequest) -> Path:
    """Return where a hidden file does the least harm: among results, if these are watched."""
    root = Path(os.path.realpath(request.root))
    output = Path(os.path.realpath(request.output))
    return request.output if output.is_relative_to(root) else request.root
