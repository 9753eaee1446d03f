"""Help as `-h` prints it: what it is for, examples, the common options, then all else.

It is made from the same tree as manual pages and completions, so that all of them have the same
options in the same order.
"""

import os
import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import Final, TextIO

from colorize_cli.manual.command_tree import Argument, Command, Option, brief

PIPED_WIDTH: Final = 80
READABLE_WIDTH: Final = 100
"""Longer lines than these are hard to follow, however wide the terminal."""
COLUMN: Final = 26
"""Where help begins beside the names of options, at most."""
NARROW: Final = 60
"""Below this many columns there is no room beside the names: help goes below them."""

DOCUMENTS: Final = {
    "": ("README.md",),
    "prep": ("docs/train.md",),
    "train": ("docs/train.md", "docs/distributed.md"),
    "report": ("docs/train.md",),
    "eval": ("docs/evaluation.md",),
    "run": ("docs/run.md", "docs/configuration.md"),
    "watch": ("docs/watch.md",),
    "info": ("docs/configuration.md",),
    "backends check": ("man 7 colorize-backends",),
    "backends": ("man 7 colorize-backends",),
}
"""What tells more than the manual page of a command, by its words."""

Row = tuple[str, str]


def page_for(command: Command, stream: TextIO | None) -> str:
    """Return the help of a command as it suits where it is printed: a terminal or anything else."""
    if stream is None or not stream.isatty():
        return help_page(command)
    columns = os.get_terminal_size(stream.fileno()).columns
    # A terminal that does not know how wide it is says 0.
    width = min(columns or PIPED_WIDTH, READABLE_WIDTH)
    return help_page(command, width=width, is_bold=_is_styled())


def _is_styled() -> bool:
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"


def help_page(command: Command, *, width: int = PIPED_WIDTH, is_bold: bool = False) -> str:
    """Return the help of a command: no line is longer than `width`, but for examples.

    Headings are bold where the terminal takes it.
    """
    parts = [_usage(command, width), _filled(command.summary, width)]
    for heading, lines in _sections(command, width):
        shown = f"\x1b[1m{heading}:\x1b[0m" if is_bold else f"{heading}:"
        parts.append("\n".join([shown, *lines]))
    return "\n\n".join([*parts, _filled(_more(command), width)])


def _sections(command: Command, width: int) -> Iterator[tuple[str, list[str]]]:
    if command.examples:
        yield "Examples", [f"  {line}" for line in command.examples]
    yield from _commands(command, width)
    if command.arguments:
        yield "Arguments", _table([_argument(a) for a in command.arguments], width)
    groups = command.groups()
    for group, options in groups.items():
        heading = group if len(groups) > 1 else "Options"
        yield heading, _table([_option(option) for option in options], width)
    if command.prose:
        text = "\n\n".join(_filled(paragraph, width, indent="  ") for paragraph in command.prose)
        yield "Notes", [text]


def _usage(command: Command, width: int) -> str:
    words = ["Usage: colorize", *command.path]
    if command.commands and not command.path:
        words += ["COMMAND"]
    words += ["[OPTIONS]"]
    words += [f"{option.flags[0]} {option.value}" for option in command.options if _is_due(option)]
    words += [_place(argument) for argument in command.arguments]
    words += ["[COMMAND]"] if command.commands and command.path else []
    return _filled(" ".join(words), width, below=" " * 7)


def _is_due(option: Option) -> bool:
    return option.is_required


def _place(argument: Argument) -> str:
    name = f"{argument.value}..." if argument.is_many else argument.value
    return name if argument.is_required else f"[{name}]"


def _commands(command: Command, width: int) -> Iterator[tuple[str, list[str]]]:
    """Yield the commands below this one, by what they are for."""
    groups: dict[str, list[Row]] = {}
    for below in command.commands:
        row = (below.path[-1], brief(below.summary))
        groups.setdefault(below.group or "Commands", []).append(row)
    column = max((len(below.path[-1]) for below in command.commands), default=0)
    for group, rows in groups.items():
        yield group, _table([(name.ljust(column), text) for name, text in rows], width)


def _argument(argument: Argument) -> Row:
    return _place(argument), argument.help


def _option(option: Option) -> Row:
    short = [flag for flag in option.flags if not flag.startswith("--")]
    names = ", ".join(option.flags) if short else f"    {', '.join(option.flags)}"
    shown = names if option.value is None else f"{names} {option.value}"
    help_text = option.help if re.search(r"[.:)]$", option.help) else f"{option.help}."
    return shown, f"{help_text} {option.limits}".strip()


def _table(rows: Iterable[Row], width: int) -> list[str]:
    found = list(rows)
    if width < NARROW:
        return [line for row in found for line in _stacked(row, width)]
    fitting = [len(name) for name, _ in found if len(name) + 4 <= COLUMN]
    column = max(fitting, default=COLUMN - 4) + 4
    return [line for row in found for line in _beside(row, column, width)]


def _stacked(row: Row, width: int) -> list[str]:
    name, text = row
    return [f"  {name.strip()}", _filled(text, width, indent=" " * 6)]


def _beside(row: Row, column: int, width: int) -> list[str]:
    name, text = row
    indent = " " * column
    if len(name) + 4 > column:
        return [f"  {name}", _filled(text, width, indent=indent)]
    start = f"  {name}".ljust(column)
    return [_filled(text, width, indent=start, below=indent)]


def _more(command: Command) -> str:
    page = "-".join(("colorize", *command.path))
    places = ", ".join([f"man {page}", *DOCUMENTS.get(command.words, ())])
    return f"More: {places}" + ("; colorize help COMMAND" if command.commands else "")


def _filled(text: str, width: int, *, indent: str = "", below: str | None = None) -> str:
    return textwrap.fill(
        text,
        max(width, 20),
        initial_indent=indent,
        subsequent_indent=indent if below is None else below,
        break_long_words=False,
        break_on_hyphens=False,
    )
