"""One line about a command line that makes no sense, with what was probably meant."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import typer

from colorize_cli.console import PROGRAM
from colorize_cli.core.errors import UsageError
from colorize_cli.core.suggestions import nearest

PICTURES: Final = frozenset(
    {".avif", ".bmp", ".gif", ".heic", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
)
"""Suffixes of what is rather a picture than a command."""


def explained(error: typer.TyperException) -> UsageError:
    """Return what the parser found wrong, with what was meant or where the help is."""
    # The parser's own list of options is longer, and is not sorted by what is near.
    text = error.message if hasattr(error, "possibilities") else error.format_message()
    what = text.rstrip(".")
    context = getattr(error, "ctx", None)
    called = context.command_path if context else PROGRAM
    return _usage_error(f"{what[:1].lower()}{what[1:]}", _meant(error, context), called)


def unknown_command(words: Sequence[str], commands: Sequence[str], called: str) -> UsageError:
    """Return what is wrong with a command line that begins with no command.

    `words` come after what was `called`, as `colorize` or `colorize backends`.
    """
    word = words[0]
    shown = word if word.isprintable() and word else repr(word)
    meant = nearest(word, commands) or (_as_picture(words) if "run" in commands else None)
    return _usage_error(f"no such command: {shown}", meant, called)


def _usage_error(what: str, meant: str | None, called: str) -> UsageError:
    if meant is None:
        return UsageError(f"{what} (see {called} --help)")
    # A whole command line is there to be copied.
    is_line = meant.startswith(f"{PROGRAM} ")
    return UsageError(f"{what}; did you mean{': ' + meant if is_line else ' ' + meant + '?'}")


def _meant(error: Any, context: Any) -> str | None:
    if hasattr(error, "possibilities") and context is not None:
        names = [flag for option in context.command.get_params(context) for flag in option.opts]
        typed = str(error.option_name).partition("=")[0]
        return nearest(typed, [name for name in names if name.startswith("--")])
    choices = getattr(getattr(getattr(error, "param", None), "type", None), "choices", ())
    typed = str(getattr(error, "message", "")).partition("'")[2].partition("'")[0]
    return nearest(typed, [*map(str, choices)]) if choices and typed else None


def _as_picture(words: Sequence[str]) -> str | None:
    """Return how to colour the picture or folder that stands where a command is expected."""
    first = words[0]
    if os.path.isdir(first):  # noqa: PTH112 - a name with a zero byte is no folder, and no error
        return f"colorize run -r {shlex.quote(first)} --output-dir DIR"
    if Path(first).suffix.lower() not in PICTURES:
        return None
    if len(words) > 1:
        return shlex.join([PROGRAM, "run", *words])
    return f"colorize run {shlex.quote(first)} -o {shlex.quote(f'{Path(first).stem}-color.png')}"
