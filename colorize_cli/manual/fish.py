"""The lines of the completion for fish: one `complete` for each option, value and command."""

from collections.abc import Iterator

from colorize_cli.manual.command_tree import Argument, Command, Option, brief
from colorize_cli.manual.values import Value, Vocabulary, value_of


def parts(tree: Command, known: Vocabulary) -> dict[str, str]:
    """Return what the template has places for."""
    commands = list(tree.walk())
    return {
        "COMMANDS": " ".join(_quoted(command.words) for command in commands if command.path),
        "LINES": "\n".join(line for command in commands for line in _lines(command, known)),
        "MODELS": " ".join(known.models),
        "MODEL_PATTERN": "|".join(s.strip(".") for s in known.model_suffixes),
        "IMAGE_PATTERN": "|".join(s.strip(".") for s in known.photo_suffixes),
    }


def _lines(command: Command, known: Vocabulary) -> Iterator[str]:
    start = f"complete -c colorize -n {_quoted(f'__colorize_at {command.words}'.strip())}"
    for below in command.commands:
        yield f"{start} -a {below.path[-1]} -d {_quoted(brief(below.summary))}"
    for argument in command.arguments:
        yield f"{start}{_values(_value(command, argument, known))}"
    for option in command.options:
        yield f"{start} {_names(option)} -d {_quoted(brief(option.help))}" + (
            f" -r{_values(_value(command, option, known))}" if option.value is not None else ""
        )


def _value(command: Command, place: Option | Argument, known: Vocabulary) -> Value:
    return value_of(command, place, known) or Value(kind="files")


def _names(option: Option) -> str:
    return " ".join(
        f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in option.flags
    )


def _values(value: Value) -> str:
    if value.kind == "words":
        return f" -f -a {_quoted(' '.join(value.words))}"
    return {
        "files": " -F",
        "images": " -f -a '(__colorize_images)'",
        "folders": " -f -a '(__fish_complete_directories)'",
        "models": " -f -a '(__colorize_models)'",
        "things": " -F -a '(__colorize_models)'",
        "runs": " -f -a '(__colorize_runs)'",
        "backends": " -f -a '(__colorize_backends)'",
        "nothing": " -f",
    }[value.kind]


def _quoted(text: str) -> str:
    """Quote a word: within single quotes fish knows two escapes."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
