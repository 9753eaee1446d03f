"""The tables of the completion for bash: patterns of `case`, by command and place."""

from collections.abc import Iterator

from colorize_cli.manual.command_tree import Command
from colorize_cli.manual.values import Value, Vocabulary, value_of


def parts(tree: Command, known: Vocabulary) -> dict[str, str]:
    """Return what the template has places for."""
    commands = list(tree.walk())
    return {
        "COMMANDS": "\n".join(_command(command) for command in commands),
        "VALUES": "\n".join(line for command in commands for line in _values(command, known)),
        "MODELS": " ".join(known.models),
        "MODEL_PATTERN": "|".join(f"*{suffix}" for suffix in known.model_suffixes),
        "IMAGE_PATTERN": "|".join(f"*{_any_case(s)}" for s in known.photo_suffixes),
    }


def _command(command: Command) -> str:
    below = " ".join(c.path[-1] for c in command.commands)
    flags = " ".join(flag for option in command.options for flag in reversed(option.flags))
    return f"        '{command.words}') commands='{below}' options='{flags}' ;;"


def _values(command: Command, known: Vocabulary) -> Iterator[str]:
    for option in command.options:
        if option.value is not None:
            patterns = "|".join(f"'{command.words} {flag}'" for flag in option.flags)
            optional = " optional=1" if option.is_value_optional else ""
            yield f"        {patterns}) {_value(value_of(command, option, known))}{optional} ;;"
    for number, argument in enumerate(command.arguments, start=1):
        place = "*" if argument.is_many else number
        pattern = f"'{command.words} {place}'"
        yield f"        {pattern}) {_value(value_of(command, argument, known))} ;;"


def _value(value: Value | None) -> str:
    if value is None:
        return "kind=files"
    words = f" words='{' '.join(value.words)}'" if value.words else ""
    return f"kind={value.kind}{words}"


def _any_case(suffix: str) -> str:
    """Return a pattern for a suffix in small or capital letters."""
    return "".join(f"[{c}{c.upper()}]" if c.isalpha() else c for c in suffix)
