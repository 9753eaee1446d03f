"""`colorize info --config`: every setting, its value, and where that comes from."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import typer

from colorize_cli.commands.settings import OriginKind, given_keys, settings_of
from colorize_cli.commands.settings_files import tables_of
from colorize_cli.commands.settings_rules import key_of, refusal
from colorize_cli.console import aligned
from colorize_cli.core.errors import UsageError, quoted
from colorize_cli.standard_streams import protected_stdout


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What an option of a command is, and why: `place` says where it was set."""

    command: str
    key: str
    value: Any
    origin: OriginKind
    place: str | None


def show_config(program: Any, words: Sequence[str], *, is_json: bool) -> None:
    """Print the settings of all commands, of one, or of one with these options.

    `program` is the context of the program. Raises UsageError for an unknown command, what the
    parser raises for options that the command would refuse, BadConfigError for files and
    variables that do not fit.
    """
    from colorize_cli.core.config import suggestion

    commands = program.command.commands
    known = tables_of(commands)
    if words and words[0] not in known:
        raise UsageError(f"{words[0]!r} is no command with settings{suggestion(words[0], known)}")
    entries = [
        entry
        for name in ([words[0]] if words else known)
        for entry in _entries(program, name, list(words[1:]))
    ]
    text = _as_json(entries) if is_json else _as_text(entries)
    with protected_stdout() as stdout:
        stdout.write(f"{text}\n".encode("utf-8", "backslashreplace"))


def _entries(program: Any, name: str, words: list[str]) -> Iterator[Entry]:
    command = program.command.commands[name]
    context = command.context_class(command, info_name=name, parent=program)
    _read_words(command, context, words)
    given = given_keys(context)
    settings = settings_of(context)
    for option in command.params:
        key = key_of(option)
        if key is None or (key not in given and refusal(name, key)):
            continue
        if key in given:
            value, place = context.params.get(option.name), f"--{key}"
            yield Entry(command=name, key=key, value=value, origin="flag", place=place)
            continue
        found = settings.find(name, option, given)
        yield Entry(
            command=name,
            key=key,
            value=option.type_cast_value(context, found.value) if found else option.default,
            origin=found.kind if found else "default",
            place=found.place if found else None,
        )


def _read_words(command: Any, context: Any, words: list[str]) -> None:
    """Take the words as the command would, but for what is missing, as a file's name."""
    try:
        command.parse_args(context, [*words])
    except typer.BadParameter as error:
        # What is missing has no message of its own.
        if error.message:
            raise


def _as_json(entries: Sequence[Entry]) -> str:
    return json.dumps([asdict(entry) for entry in entries], indent=2, default=str)


def _as_text(entries: Sequence[Entry]) -> str:
    rows = [
        [f"{entry.command}.{entry.key}", _shown(entry.value), entry.place or entry.origin]
        for entry in entries
    ]
    return "\n".join(aligned(["SETTING", "VALUE", "ORIGIN"], rows))


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return text if text.isprintable() else quoted(text)
