"""Settings that people keep in files: `./colorize.toml`, then the user's own.

The user's file is `$XDG_CONFIG_HOME/colorize/config.toml` (XDG Base Directory Specification
0.8: `~/.config` where the variable is unset or not absolute). A key of the nearer file wins.
Known here are the keys at the top of a file, which hold for all commands; tables are the
commands' own, and are read and checked where these are known.
"""

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

from colorize_cli.core.errors import BadConfigError, NoPermissionError
from colorize_cli.core.records import names_of, record

if TYPE_CHECKING:
    from colorize_cli.core.precision import PrecisionOrAuto

PROJECT_FILE: Final = "colorize.toml"
USER_FILE: Final = "colorize/config.toml"
GREATEST_SIZE: Final = 2**20
"""Bytes of a settings file, lest a device or somebody's video be read whole."""


@record
class Config:
    """What the files say; None where they are silent.

    `backend` and `device` are what `--backend` and `--device` take; `model` is a bundled name or
    a path, which counts from the folder of the file that states it.
    """

    backend: str | None = None
    device: str | None = None
    model: str | None = None
    precision: "PrecisionOrAuto | None" = None


def read_config() -> Config:
    """Read the keys of both files that hold for all commands; tables are passed over.

    Raises BadConfigError on bad TOML, unknown keys and unfit values.
    """
    merged: dict[str, Any] = {}
    for path in reversed(list(config_files())):
        merged |= global_entries(path, parse_config(path))
    return Config(**merged)


def config_files() -> Iterator[Path]:
    """Yield where settings may stand, the one that wins first."""
    yield Path(PROJECT_FILE)
    base = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    if not base.is_absolute():
        base = Path(os.path.expanduser("~/.config"))  # noqa: PTH111 - never raises
    yield base / USER_FILE


def parse_config(path: Path) -> dict[str, Any]:
    """Return what a file says, nothing where there is none. Raises BadConfigError."""
    return parsed(path, config_text(path))


def config_text(path: Path) -> str:
    """Return a file's text, nothing where there is none. Raises BadConfigError."""
    try:
        data = _read_some(path)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except PermissionError as error:
        raise NoPermissionError("no permission to read this file", path=path) from error
    except IsADirectoryError as error:
        raise BadConfigError("a folder, not a settings file", path=path) from error
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise BadConfigError(f"cannot be read: {reason}", path=path) from error
    if len(data) > GREATEST_SIZE:
        raise BadConfigError("larger than a settings file can be, 1 MiB", path=path)
    try:
        # Editors of Windows begin a text with a byte order mark.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadConfigError(f"not valid TOML: {error}", path=path) from error


def _read_some(path: Path) -> bytes:
    mode = path.stat().st_mode
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        raise BadConfigError("a pipe or a socket, not a settings file", path=path)
    with path.open("rb") as file:
        return file.read(GREATEST_SIZE + 1)


def parsed(path: Path, text: str) -> dict[str, Any]:
    """Return what the text of a file says. Raises BadConfigError."""
    if not text:
        return {}
    # Most people have no such file: they need not wait for the parser either.
    import tomllib

    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise BadConfigError("not valid TOML: nested too deeply", path=path) from error
    except ValueError as error:
        # Not only its own: a number of thousands of digits is none to Python.
        reason = str(error).partition(";")[0]
        raise BadConfigError(f"not valid TOML: {reason}", path=path) from error


def global_entries(path: Path, entries: Mapping[str, Any]) -> dict[str, str]:
    """Return the keys at the top of a file, checked, the model's path counted from the file.

    Raises BadConfigError.
    """
    found = {key: value for key, value in entries.items() if not isinstance(value, Mapping)}
    _check(path, found)
    if "model" in found:
        found["model"] = resolved_model(path, found["model"])
    return found


def global_keys() -> list[str]:
    """Return the keys that hold for all commands, sorted."""
    return list(names_of(Config))


def suggestion(key: str, known: Sequence[str]) -> str:
    """Return what somebody may have meant who wrote an unknown key, else what is known."""
    from difflib import get_close_matches

    close = get_close_matches(key, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f" (known: {', '.join(known)})"


def resolved(path: Path, place: str) -> str:
    """Return a path that a settings file states, counted from that file's folder."""
    return str(path.parent / os.path.expanduser(place))  # noqa: PTH111 - never raises


def resolved_model(path: Path, model: str) -> str:
    """Return a model that a settings file states: a bundled one's name, or a path."""
    is_bundled_name = os.sep not in model and "." not in model
    return model if is_bundled_name else resolved(path, model)


def _check(path: Path, entries: Mapping[str, Any]) -> None:
    from colorize_cli.core.precision import PrecisionOrAuto

    known = global_keys()
    for key, value in entries.items():
        if key not in known:
            raise BadConfigError(f"unknown key {key!r}{suggestion(key, known)}", path=path)
        if not isinstance(value, str) or not value:
            raise BadConfigError(f"{key} must be a text in quotes, not {value!r}", path=path)
        if "\0" in value:
            raise BadConfigError(f"{key} must be a text without a zero character", path=path)
    precision = entries.get("precision", "float32")
    if precision not in get_args(PrecisionOrAuto):
        choices = ", ".join(get_args(PrecisionOrAuto))
        raise BadConfigError(f"precision is {precision!r}; it can be {choices}", path=path)
