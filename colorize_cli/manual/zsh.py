"""The specifications of the completion for zsh, as `_arguments` reads them (zshcompsys(1))."""

from collections.abc import Iterator

from colorize_cli.manual.command_tree import Argument, Command, Option, brief
from colorize_cli.manual.values import Value, Vocabulary, value_of


def parts(tree: Command, known: Vocabulary) -> dict[str, str]:
    """Return what the template has places for."""
    commands = list(tree.walk())
    return {
        "FUNCTIONS": "\n".join(_function(command, known) for command in commands),
        "MODELS": " ".join(known.models),
        "MODEL_PATTERN": "*.(" + "|".join(s.strip(".") for s in known.model_suffixes) + ")",
        "IMAGE_PATTERN": "*.(" + "|".join(s.strip(".") for s in known.photo_suffixes) + ")",
    }


def _function(command: Command, known: Vocabulary) -> str:
    specs = [spec for option in command.options for spec in _option(command, option, known)]
    places = enumerate(command.arguments, start=1)
    specs += [_argument(command, number, place, known) for number, place in places]
    body = _group(command, specs) if command.commands else [_arguments("-s -S", specs)]
    return "\n".join([f"{_name(command)}() {{", *body, "}", ""])


def _group(command: Command, specs: list[str]) -> list[str]:
    """Return the body of a command with commands: it goes on with the one that is named."""
    described = [f"        '{c.path[-1]}:{_quoted(brief(c.summary))}'" for c in command.commands]
    cases = [f"        {c.path[-1]}) {_name(c)} && ret=0 ;;" for c in command.commands]
    return [
        "    local curcontext=$curcontext ret=1",
        "    local -a state line commands",
        "    local -A opt_args",
        "    commands=(",
        *described,
        "    )",
        _arguments("-C -S", [*specs, "'1: :->command'", "'*:: :->rest'"]) + " && ret=0",
        "    case $state in",
        "    command) _describe -t commands command commands && ret=0 ;;",
        "    rest) case $line[1] in",
        *cases,
        "        esac ;;",
        "    esac",
        "    return ret",
    ]


def _arguments(flags: str, specs: list[str]) -> str:
    return " \\\n        ".join([f"    _arguments {flags}", *specs])


def _name(command: Command) -> str:
    return "_".join(("_colorize_of", *command.path)) if command.path else "_colorize_program"


def _option(command: Command, option: Option, known: Vocabulary) -> Iterator[str]:
    end = f"[{_quoted(brief(option.help), ']')}]"
    if option.value is not None:
        colons = "::" if option.is_value_optional else ":"
        end += f"{colons}{_quoted(_message(option), ':')}:"
        end += _action(value_of(command, option, known))
    others = "*" if option.is_many else f"({' '.join(option.flags)})"
    for flag in option.flags:
        # After a long name the value may follow an equals sign, after a short one nothing.
        joint = "" if option.value is None else "=" if flag.startswith("--") else "+"
        yield f"'{others}{flag}{joint}{end}'"


def _message(option: Option) -> str:
    """Return what stands above the values: the name of the option, where they speak themselves."""
    if option.choices or option.value is None:
        return option.flags[-1].strip("-")
    return option.value.strip("[]")


def _argument(command: Command, number: int, argument: Argument, known: Vocabulary) -> str:
    place = "*" if argument.is_many else number
    action = _action(value_of(command, argument, known))
    return f"'{place}:{_quoted(argument.value, ':')}:{action}'"


def _action(value: Value | None) -> str:
    if value is None:
        return "_files"
    return {
        "words": f"({' '.join(value.words)})",
        "files": "_files",
        "images": "_colorize_images",
        "folders": "_path_files -/",
        "models": "_colorize_models",
        "runs": "_colorize_runs",
        "things": "_colorize_things",
        "backends": "_colorize_backends",
        "nothing": " ",
    }[value.kind]


def _quoted(text: str, special: str = "") -> str:
    """Escape text for single quotes, and the signs that have a meaning there."""
    text = text.replace("\\", "\\\\").replace("'", "'\\''")
    for sign in special + ("[" if special == "]" else ""):
        text = text.replace(sign, f"\\{sign}")
    return text
