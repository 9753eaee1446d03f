"""Settings that people keep in files: `./colorize.toml`, then the user's own.

The user's file is `$XDG_CONFIG_HOME/colorize/config.toml` (XDG Base Directory Specification
0.8: `~/.config` where the variable is unset or not absolute). A key of the nearer file wins.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, get_args

from colorize_cli.core.backend import Precision
from colorize_cli.core.errors import BadConfigError, NoPermissionError

PROJECT_FILE: Final = "colorize.toml"
USER_FILE: Final = "colorize/config.toml"


@dataclass(frozen=True, kw_only=True)
class Config:
    """What the files say; None where they are silent.

    `backend` and `device` are what `--backend` and `--device` take; `model` is a bundled name or
    a path, which counts from the folder of the file that states it.
    """

    backend: str | None = None
    device: str | None = None
    model: str | None = None
    precision: Precision | None = None


def read_config() -> Config:
    """Read both files. Raises BadConfigError on bad TOML, unknown keys and unfit values."""
    merged: dict[str, Any] = {}
    for path in reversed(list(config_files())):
        merged |= _entries(path)
    return Config(**merged)


def config_files() -> Iterator[Path]:
    """Yield where settings may stand, the one that wins first."""
    yield Path(PROJECT_FILE)
    base = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    if not base.is_absolute():
        base = Path(os.path.expanduser("~/.config"))  # noqa: PTH111 - never raises
    yield base / USER_FILE


def _entries(path: Path) -> dict[str, str]:
    entries = _parse(path)
    _check(path, entries)
    if "model" in entries:
        entries["model"] = _resolved(path, entries["model"])
    return entries


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except PermissionError as error:
        raise NoPermissionError("no permission to read this file", path=path) from error
    except IsADirectoryError as error:
        raise BadConfigError("a folder, not a settings file", path=path) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadConfigError(f"not valid TOML: {error}", path=path) from error


def _check(path: Path, entries: Mapping[str, Any]) -> None:
    known = [entry.name for entry in fields(Config)]
    for key, value in entries.items():
        if key not in known:
            raise BadConfigError(f"unknown key {key!r}{_suggestion(key, known)}", path=path)
        if not isinstance(value, str) or not value:
            raise BadConfigError(f"{key} must be a text in quotes, not {value!r}", path=path)
    precision = entries.get("precision", "float32")
    if precision not in get_args(Precision):
        choices = " or ".join(get_args(Precision))
        raise BadConfigError(f"precision is {precision!r}; it can be {choices}", path=path)


def _suggestion(key: str, known: list[str]) -> str:
    close = get_close_matches(key, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f" (known: {', '.join(known)})"


def _resolved(path: Path, model: str) -> str:
    is_bundled_name = os.sep not in model and "." not in model
    if is_bundled_name:
        return model
    return str(path.parent / os.path.expanduser(model))  # noqa: PTH111 - never raises
