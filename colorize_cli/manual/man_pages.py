"""Manual pages of commands: what the parser knows, then what was written by hand.

The order of sections is that of man-pages(7). What is written by hand follows what is generated;
examples are taken from the help only where none were written.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from colorize_cli.manual import roff
from colorize_cli.manual.command_tree import Argument, Command, Option
from colorize_cli.manual.shared_sections import environment, exit_statuses, files

PROGRAM: Final = "colorize"
ORDER: Final = (
    "NAME",
    "SYNOPSIS",
    "DESCRIPTION",
    "COMMANDS",
    "ARGUMENTS",
    "OPTIONS",
    "EXIT STATUS",
    "ENVIRONMENT",
    "FILES",
    "NOTES",
    "EXAMPLES",
    "SEE ALSO",
)
HEADER: Final = (
    r".\" Made by man/generate.py from the program itself and man/sections; do not edit."
)


@dataclass(frozen=True, kw_only=True)
class Edition:
    """What every page says of itself: the version, and the day of that version (ISO 8601)."""

    version: str
    date: str


def page_name(command: Command) -> str:
    """Return what `man` is asked for, as `colorize-run`."""
    return "-".join((PROGRAM, *command.path))


def title(name: str, number: int, edition: Edition) -> list[str]:
    """Return the head of a page."""
    manual = {1: "User Commands", 5: "File Formats", 7: "Miscellaneous"}[number]
    upper = roff.literal(name.upper())
    return [
        HEADER,
        f'.TH {upper} {number} "{edition.date}" "{PROGRAM} {edition.version}" "{manual}"',
        # No hyphens where there are none, as they would be copied with the names of options.
        ".nh",
        ".ad l",
    ]


def command_page(
    command: Command, written: Mapping[str, str], *, edition: Edition, related: tuple[str, ...]
) -> str:
    """Return the page of a command. `written` are sections in roff, by their headings.

    `related` are pages to see also, as `colorize-run(1)`.
    """
    made = {
        "NAME": [f"{roff.literal(page_name(command))} \\- {_named(command.summary)}"],
        "SYNOPSIS": list(_synopsis(command)),
        "DESCRIPTION": list(_description(command)),
        "COMMANDS": list(_commands(command)),
        "ARGUMENTS": list(_arguments(command)),
        "OPTIONS": list(_options(command)),
        "EXIT STATUS": list(exit_statuses()),
        "ENVIRONMENT": list(environment(command)),
        "FILES": list(files(command)),
        "EXAMPLES": [] if "EXAMPLES" in written else list(_examples(command)),
        "SEE ALSO": [",\n".join(_reference(page) for page in related)],
    }
    lines = title(page_name(command), 1, edition)
    for heading in ORDER:
        by_hand = written.get(heading, "").splitlines()
        lines += roff.section(heading, [*made.get(heading, []), *by_hand])
    return "\n".join(lines) + "\n"


def _named(summary: str) -> str:
    text = summary.rstrip(".")
    return roff.prose(text[:1].lower() + text[1:])


def _synopsis(command: Command) -> Iterator[str]:
    called = roff.bold(" ".join((PROGRAM, *command.path)))
    needed = "".join(f" {_flag(option)}" for option in command.options if option.is_required)
    places = "".join(f" {_place(argument)}" for argument in command.arguments)
    yield f"{called} [\\fIOPTIONS\\fR]{needed}{places}"
    if command.commands:
        yield ".br"
        yield f"{called} \\fICOMMAND\\fR [\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]"


def _flag(option: Option) -> str:
    return f"{roff.bold(option.flags[0])} {_value(option)}"


def _place(argument: Argument) -> str:
    name = roff.italic(argument.value) + (r"\|.\|.\|." if argument.is_many else "")
    return name if argument.is_required else f"[{name}]"


def _description(command: Command) -> Iterator[str]:
    yield from roff.sentences(command.summary)
    for paragraph in command.prose:
        yield ".PP"
        yield from roff.sentences(paragraph)


def _commands(command: Command) -> Iterator[str]:
    for below in command.commands:
        yield from roff.entry(f"\\fB{roff.literal(page_name(below))}\\fR(1)", below.summary)


def _arguments(command: Command) -> Iterator[str]:
    for argument in command.arguments:
        yield from roff.entry(_place(argument), argument.help)


def _options(command: Command) -> Iterator[str]:
    groups = command.groups()
    for group, options in groups.items():
        if len(groups) > 1:
            yield f".SS {roff.literal(group)}"
        for option in options:
            yield from roff.entry(_flags(option), f"{_ended(option.help)} {option.limits}")


def _ended(text: str) -> str:
    return text if text.endswith((".", ")", ":")) else f"{text}."


def _flags(option: Option) -> str:
    names = ", ".join(roff.bold(flag) for flag in option.flags)
    return names if option.value is None else f"{names} {_value(option)}"


def _value(option: Option) -> str:
    if option.choices:
        return "|".join(roff.bold(choice) for choice in option.choices)
    # The names in a value stand for something, the signs between them do not.
    pieces = re.split(r"([A-Za-z.]+)", option.value or "")
    return "".join(roff.italic(p) if odd % 2 else roff.literal(p) for odd, p in enumerate(pieces))


def _examples(command: Command) -> Iterator[str]:
    if command.examples:
        yield from roff.example(command.examples)


def _reference(page: str) -> str:
    name, number = page.rstrip(")").split("(")
    return f"\\fB{roff.literal(name)}\\fR({number})"
