"""The settings files: read whole and checked against all commands, whichever is called."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colorize_cli.commands.settings_rules import refusal, settable
from colorize_cli.commands.settings_values import check_value, from_file
from colorize_cli.core.errors import BadConfigError


@dataclass(frozen=True, kw_only=True)
class SettingsFile:
    """What a file says: to all commands, and by tables to each of them."""

    path: Path
    text: str
    globals: Mapping[str, str]
    tables: Mapping[str, Mapping[str, Any]]

    def place(self, key: str, table: str | None = None) -> str:
        """Return FILE:LINE of a key, FILE alone where it is not written in the plainest way."""
        line = _line(self.text, table, key)
        return f"{self.path}:{line}" if line else str(self.path)


def read_files(context: Any) -> Iterator[SettingsFile]:
    """Yield the files there are, the one that wins first.

    `context` is one below that of the program, whose commands the tables are for. Raises
    BadConfigError with the file and the key.
    """
    from colorize_cli.core.config import config_files

    for path in config_files():
        found = read_file(path, context)
        if found is not None:
            yield found


def read_file(path: Path, context: Any) -> SettingsFile | None:
    """Read one file, None if it is not there or empty; as `read_files`."""
    from colorize_cli.core.config import config_text, global_entries, parsed

    text = config_text(path)
    entries = parsed(path, text)
    if not entries:
        return None
    commands = context.find_root().command.commands
    tables = {}
    for name, table in entries.items():
        if isinstance(table, Mapping):
            tables[name] = _read_table(path, name, table, context)
        else:
            _check_home(path, name, commands)
    return SettingsFile(path=path, text=text, globals=global_entries(path, entries), tables=tables)


def tables_of(commands: Mapping[str, Any]) -> list[str]:
    """Return the commands that have a table: those with an option that may be set."""
    return [name for name, command in commands.items() if [*settable(name, command.params)]]


def _read_table(path: Path, name: str, table: Mapping[str, Any], context: Any) -> dict[str, Any]:
    from colorize_cli.core.config import suggestion

    commands = context.find_root().command.commands
    known = tables_of(commands)
    if name not in known:
        raise BadConfigError(f"unknown table [{name}]{suggestion(name, known)}", path=path)
    options = dict(settable(name, commands[name].params))
    return {
        key: _read_value(path, f"[{name}] {key}", value, options.get(key), context)
        for key, value in table.items()
        if _is_allowed(path, name, key, options)
    }


def _is_allowed(path: Path, table: str, key: str, options: Mapping[str, Any]) -> bool:
    from colorize_cli.core.config import suggestion

    if key in options:
        return True
    reason = refusal(table, key)
    if reason is not None:
        raise BadConfigError(f"[{table}] {key} cannot be set here: {reason}", path=path)
    raise BadConfigError(
        f"unknown key {key!r} in [{table}]{suggestion(key, list(options))}", path=path
    )


def _read_value(path: Path, shown: str, value: Any, option: Any, context: Any) -> Any:
    try:
        read = from_file(option, value, path)
        check_value(context, option, read)
    except BadConfigError as error:
        raise BadConfigError(f"{shown}: {error.reason}", path=path) from error
    return read


def _check_home(path: Path, key: str, commands: Mapping[str, Any]) -> None:
    """Raise BadConfigError for a key or a table of commands that stands where it does not go."""
    from colorize_cli.core.config import global_keys

    if key in global_keys():
        return
    if key in tables_of(commands):
        raise BadConfigError(f"{key} is a table, which is written as [{key}]", path=path)
    homes = [n for n in tables_of(commands) if key in dict(settable(n, commands[n].params))]
    if homes:
        names = " or ".join(f"[{name}]" for name in homes)
        raise BadConfigError(f"{key} belongs below {names}", path=path)


def _line(text: str, table: str | None, key: str) -> int | None:
    """Find a key written as `key = ...` below `[table]`; others are in no single line."""
    current = None
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[\s*([\w-]+)\s*\]", line)
        if header:
            current = header[1]
        elif current == table and re.match(rf'\s*["\']?{re.escape(key)}["\']?\s*=', line):
            return number
    return None
