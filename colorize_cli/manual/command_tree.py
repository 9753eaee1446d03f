"""The commands, arguments and options of the program, as plain data.

They are read from the parser's own objects, so that manual pages and completions know what the
program knows. Only public attributes are used, and their types are not: the parser's package
keeps them private.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

COMMON: Final = "Common options"
"""The group that comes first, whatever the order of the parameters; `--help` ends it."""

PLACEHOLDERS: Final = {
    "int": "N",
    "int range": "N",
    "float": "X",
    "float range": "X",
    "path": "PATH",
}
"""What stands for a value that nobody has named."""


@dataclass(frozen=True, kw_only=True)
class Argument:
    """What stands on the command line by its place. `value` is its name, as `FILE`."""

    name: str
    value: str
    help: str
    choices: tuple[str, ...] = ()
    is_required: bool = True
    is_many: bool = False


@dataclass(frozen=True, kw_only=True)
class Option:
    """What has a name on the command line. `value` is None for a switch.

    `flags` are its names, the short ones first; `limits` says its range and default in words.
    """

    name: str
    flags: tuple[str, ...]
    value: str | None
    help: str
    choices: tuple[str, ...] = ()
    group: str = COMMON
    limits: str = ""
    is_required: bool = False
    is_many: bool = False

    @property
    def is_value_optional(self) -> bool:
        """Whether it may also stand without its value: the value's name is in brackets."""
        return self.value is not None and self.value.startswith("[")


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command and those below it. `path` are the words that call it; empty: the program.

    `group` is what it is for, as the program's help has it; empty where nobody says.
    """

    path: tuple[str, ...]
    group: str
    summary: str
    prose: tuple[str, ...]
    examples: tuple[str, ...]
    arguments: tuple[Argument, ...] = ()
    options: tuple[Option, ...] = ()
    commands: tuple["Command", ...] = ()

    @property
    def words(self) -> str:
        """The words that call it, without the program's."""
        return " ".join(self.path)

    def walk(self) -> Iterator["Command"]:
        """Yield this command and all below it."""
        yield self
        for command in self.commands:
            yield from command.walk()

    def groups(self) -> dict[str, list[Option]]:
        """Return the options by group, in the order of help, pages and completions."""
        groups: dict[str, list[Option]] = {}
        for option in self.options:
            groups.setdefault(option.group, []).append(option)
        return groups


def read_tree(program: Any) -> Command:
    """Walk the parser's objects, from `typer.main.get_command`."""
    return _read_below(program, (), None)


def _read_below(command: Any, path: tuple[str, ...], above: Any) -> Command:
    name = path[-1] if path else "colorize"
    context = command.context_class(
        command, info_name=name, parent=above, **command.context_settings
    )
    return read_command(command, path, context)


def read_command(command: Any, path: tuple[str, ...], context: Any) -> Command:
    """Read a command and those below it; `context` is a call of it, as the parser has it."""
    below = getattr(command, "commands", {})
    return replace(
        read_alone(command, path, context),
        commands=tuple(
            _read_below(below[name], (*path, name), context)
            for name in below
            if not below[name].hidden
        ),
    )


def read_alone(command: Any, path: tuple[str, ...], context: Any) -> Command:
    """Read a command; of those below it what they are called and for, as its help has it."""
    shown = [p for p in command.get_params(context) if not getattr(p, "hidden", False)]
    below = getattr(command, "commands", {})
    return replace(
        _read_name(command, path),
        arguments=tuple(_read_argument(p) for p in shown if p.param_type_name == "argument"),
        options=_ordered(_read_option(p) for p in shown if p.param_type_name == "option"),
        commands=tuple(
            _read_name(below[name], (*path, name)) for name in below if not below[name].hidden
        ),
    )


def _read_name(command: Any, path: tuple[str, ...]) -> Command:
    summary, prose, examples = read_help(command.help or "")
    return Command(
        path=path,
        group=getattr(command, "rich_help_panel", None) or "",
        summary=summary,
        prose=prose,
        examples=examples,
    )


def _ordered(options: Iterable[Option]) -> tuple[Option, ...]:
    """Put common options first, then the others by the first of their groups; all else stays."""
    found = list(options)
    groups = list(dict.fromkeys([COMMON, *(option.group for option in found)]))
    return tuple(sorted(found, key=lambda option: groups.index(option.group)))


def brief(text: str) -> str:
    """Return help for one line: its first sentence without the full stop."""
    return re.split(r"(?<!\.)\. ", text)[0].rstrip(".")


def read_help(text: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Split a command's help into its first sentence, its other paragraphs, and its examples.

    An example is a line of a paragraph that is not to be filled, which `\\b` marks.
    """
    first, *rest = re.split(r"\n\s*\n", text.strip()) if text.strip() else [""]
    prose, examples = [], []
    for paragraph in rest:
        lines = [line.strip() for line in paragraph.replace("\b", "").strip().splitlines()]
        if "\b" in paragraph:
            examples += [line for line in lines if line]
        else:
            prose.append(" ".join(lines))
    return " ".join(first.split()), tuple(prose), tuple(examples)


def _read_argument(parameter: Any) -> Argument:
    return Argument(
        name=parameter.name,
        value=_value_of(parameter).strip("[].{}"),
        help=_joined(parameter.help),
        choices=_choices_of(parameter),
        is_required=parameter.required,
        is_many=parameter.nargs != 1,
    )


def _read_option(parameter: Any) -> Option:
    is_switch = parameter.is_flag or parameter.count
    flags = sorted([*parameter.opts, *parameter.secondary_opts], key=lambda f: f.startswith("--"))
    return Option(
        name=parameter.name,
        flags=tuple(flags),
        value=None if is_switch else _value_of(parameter),
        help=_joined(parameter.help),
        choices=_choices_of(parameter),
        group=getattr(parameter, "rich_help_panel", None) or COMMON,
        limits="" if is_switch else " ".join([*_range_of(parameter), *_default_of(parameter)]),
        is_required=parameter.required,
        is_many=bool(parameter.multiple or parameter.count),
    )


def _joined(text: str | None) -> str:
    return " ".join((text or "").split())


def _value_of(parameter: Any) -> str:
    if parameter.metavar:
        return str(parameter.metavar)
    choices = "|".join(_choices_of(parameter))
    if choices or parameter.param_type_name == "option":
        return choices or PLACEHOLDERS.get(parameter.type.name, "TEXT")
    return str(parameter.name).upper()


def _choices_of(parameter: Any) -> tuple[str, ...]:
    return tuple(str(choice) for choice in getattr(parameter.type, "choices", ()))


def _range_of(parameter: Any) -> Iterator[str]:
    least = getattr(parameter.type, "min", None)
    greatest = getattr(parameter.type, "max", None)
    if least is not None and greatest is not None:
        yield f"From {least:g} to {greatest:g}."
    elif least is not None:
        yield f"At least {least:g}."
    elif greatest is not None:
        yield f"At most {greatest:g}."


def _default_of(parameter: Any) -> Iterator[str]:
    is_told = "default" in (parameter.help or "")
    if parameter.default is None or not parameter.show_default or is_told:
        return
    default = parameter.default
    yield f"Default: {default:g}." if isinstance(default, float) else f"Default: {default}."
