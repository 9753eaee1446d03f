"""From what a settings file or a variable holds to what an option takes."""

from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Any, Final

import typer

from colorize_cli.core.errors import BadConfigError, UsageError

PLACES: Final = frozenset({"FILE", "DIR", "FILE|DIR", "PHOTO"})
MODELS: Final = frozenset({"MODEL"})
"""What the help of options calls values that are paths, or may be: they count from the file."""

MOST_DIGITS: Final = 100
"""Of a whole number: one of 309 is no longer a number to what takes a fraction as well."""

KINDS: Final[Mapping[str, str]] = {
    "flag": "true or false",
    "count": "a whole number",
    "int": "a whole number",
    "float": "a number",
    "text": "a text in quotes",
    "text or int": "a text in quotes or a whole number",
}


def from_file(option: Any, value: Any, path: Path) -> Any:
    """Return a value of a settings file as the option takes it.

    Raises BadConfigError, which names neither the file nor the key.
    """
    if option.multiple:
        entries = value if isinstance(value, list) else [value]
        return [_single(option, entry, path) for entry in entries]
    return _single(option, value, path)


def from_variable(option: Any, text: str) -> Any:
    """Return a variable's text as the option takes it; several paths are separated by colons."""
    return option.type.split_envvar_value(text) if option.multiple else text


def check_value(context: Any, option: Any, value: Any) -> None:
    """Raise BadConfigError, which names neither place nor key, if an option cannot be this."""
    try:
        option.process_value(context, value)
    except (typer.BadParameter, UsageError) as error:
        text = error.message if isinstance(error, typer.BadParameter) else error.reason
        raise BadConfigError(text.rstrip(".")) from error


def _single(option: Any, value: Any, path: Path) -> Any:
    kind = _kind(option)
    if not _is_of(kind, value):
        raise BadConfigError(f"must be {KINDS[kind]}, not {value!r}")
    if isinstance(value, float) and not isfinite(value):
        raise BadConfigError(f"{value} is not a finite number")
    if isinstance(value, int) and abs(value) >= 10**MOST_DIGITS:
        raise BadConfigError(f"must be {KINDS[kind]} of {MOST_DIGITS} digits at most")
    if isinstance(value, str) and "\0" in value:
        raise BadConfigError("must be a text without a zero character")
    if kind == "text or int":
        return str(value)
    return _counted_from(path, option, value) if kind == "text" else value


def _kind(option: Any) -> str:
    if option.is_flag:
        return "flag"
    if option.count:
        return "count"
    name = str(option.type.name).removesuffix(" range")
    if name in ("int", "float"):
        return name
    # As of --epochs, which is a number or +N.
    return "text or int" if str(option.metavar).startswith("N|") else "text"


def _is_of(kind: str, value: Any) -> bool:
    if kind == "flag" or isinstance(value, bool):
        return kind == "flag" and isinstance(value, bool)
    if kind == "float":
        return isinstance(value, int | float)
    if isinstance(value, str):
        return kind.startswith("text") and bool(value)
    return kind != "text" and isinstance(value, int)


def _counted_from(path: Path, option: Any, value: str) -> str:
    from colorize_cli.core.config import resolved, resolved_model

    if option.metavar in MODELS:
        return resolved_model(path, value)
    return resolved(path, value) if option.metavar in PLACES else value
