"""What `colorize doctor` finds."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from colorize_cli.core.errors import ColorizeError, ExitStatus

State: TypeAlias = Literal["ok", "note", "failed"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at, in one line; `remedy` says what helps.

    A note is worth knowing and harms nothing; `status` is the exit status of what failed.
    """

    check: str
    state: State = "ok"
    text: str
    remedy: str | None = None
    status: int = ExitStatus.OK


def failure(check: str, error: ColorizeError, *, remedy: str | None = None) -> Finding:
    """Return an error as a finding; a remedy that its text states is the better one."""
    text, stated = parted(error)
    return Finding(
        check=check, state="failed", text=text, remedy=stated or remedy, status=error.status
    )


def parted(error: ColorizeError) -> tuple[str, str | None]:
    """Return an error's text and the remedy that it ends with, if any."""
    text, _, remedy = str(error).partition("; try: ")
    return text, remedy or None
