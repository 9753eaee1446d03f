"""The commands as they were written down, so that help needs neither the parser nor its options.

`commands.json` is made by `man/generate.py` from the parser's own objects, as manual pages and
completions are, and a test compares them.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any, Final

from colorize_cli.manual.command_tree import Argument, Command, Option

FILE: Final = "commands.json"
BELOW: Final[Mapping[str, type]] = {
    "arguments": Argument,
    "options": Option,
    "commands": Command,
}
"""Fields of a command that are lists of such."""


def as_json(tree: Command) -> str:
    """Return a tree as text; what is as usual is left out."""
    return json.dumps(_as_plain(tree), indent=1) + "\n"


def written_command(words: Sequence[str]) -> Command | None:
    """Return the command that some words call, None if there is none; no words: the program."""
    # pathlib takes as long to import as all else that is done here.
    place = os.path.join(os.path.dirname(__file__), FILE)  # noqa: PTH118, PTH120
    with open(place, encoding="utf-8") as file:  # noqa: PTH123
        found = json.load(file)
    for number in range(1, len(words) + 1):
        path = list(words[:number])
        found = next((c for c in found.get("commands", ()) if c["path"] == path), None)
        if found is None:
            return None
    command: Command = _from_plain(Command, found)
    return command


def _as_plain(part: Any) -> dict[str, Any]:
    values = {field.name: getattr(part, field.name) for field in fields(part)}
    usual = {field.name: field.default for field in fields(part) if field.default is not MISSING}
    return {
        name: [_as_plain(below) for below in value] if name in BELOW else value
        for name, value in values.items()
        if name not in usual or value != usual[name]
    }


def _from_plain(kind: Any, values: Mapping[str, Any]) -> Any:
    return kind(**{name: _value(name, value) for name, value in values.items()})


def _value(name: str, value: Any) -> Any:
    if name in BELOW:
        return tuple(_from_plain(BELOW[name], below) for below in value)
    return tuple(value) if isinstance(value, list) else value
