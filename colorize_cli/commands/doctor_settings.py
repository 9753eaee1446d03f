"""What `colorize doctor` says of settings: the files, and the variables."""

import os
from collections.abc import Iterator
from typing import Any, Final

from colorize_cli.commands.doctor_findings import Finding, failure
from colorize_cli.commands.settings import settings_of
from colorize_cli.commands.settings_files import read_file, tables_of
from colorize_cli.commands.settings_rules import GLOBAL, key_of, variable_of
from colorize_cli.core.errors import ColorizeError, quoted

PREFIX: Final = "COLORIZE_"


def settings_findings(program: Any) -> Iterator[Finding]:
    """Look at every settings file and every variable; `program` is the program's context."""
    yield from _files(program)
    known = _known_variables(program)
    for variable in sorted(name for name in os.environ if name.startswith(PREFIX)):
        yield _variable(program, variable, known)


def _files(program: Any) -> Iterator[Finding]:
    from colorize_cli.core.config import config_files

    for path in config_files():
        try:
            found = read_file(path, program)
        except ColorizeError as error:
            yield failure("settings", error, remedy="correct it, or move it away")
            continue
        yield Finding(
            check="settings", text=f"{path}: {'not there, or empty' if found is None else 'right'}"
        )


def _known_variables(program: Any) -> dict[str, tuple[str, Any]]:
    """Return the variables that are looked at, each with a command and the option it sets."""
    commands = program.command.commands
    known = {}
    for name in tables_of(commands):
        for option in commands[name].params:
            key = key_of(option)
            if key is not None:
                known[variable_of(name, key)] = (name, option)
                if name in GLOBAL.get(key, ()):
                    known.setdefault(variable_of("", key), (name, option))
    return known


def _variable(program: Any, name: str, known: dict[str, tuple[str, Any]]) -> Finding:
    if name not in known:
        from colorize_cli.core.config import suggestion

        hint = suggestion(name, sorted(known)) if _is_close(name, known) else ""
        text = f"{name} sets nothing{hint}"
        return Finding(check="settings", state="note", text=text, remedy=f"unset {name}")
    command, option = known[name]
    try:
        settings_of(program).check_variable(command, option, name)
    except ColorizeError as error:
        return failure("settings", error, remedy=f"unset {name}")
    value = os.environ[name]
    shown = value if value.isprintable() else quoted(value)
    return Finding(check="settings", text=f"{name}={shown}")


def _is_close(name: str, known: dict[str, tuple[str, Any]]) -> bool:
    from difflib import get_close_matches

    return bool(get_close_matches(name, known, n=1))
