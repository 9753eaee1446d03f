"""Command lines that are plainly understood, read without Typer, which takes 0.1 s to load.

What is not plain is left to the whole parser, which has the last word on every command line, and
the only one on those that are wrong.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from colorize_cli.core.config import config_files

if TYPE_CHECKING:
    from pathlib import Path

VARIABLES: Final = "COLORIZE_"
"""How the names of variables begin that are settings."""

MOST_DIGITS: Final = 9


class Range(NamedTuple):
    """Which numbers an option takes."""

    field: str
    kind: type[int] | type[float]
    least: float
    most: float | None = None


class _NotPlainError(Exception):
    """Something that the whole parser has to look at."""


class PlainOptions(NamedTuple):
    """The options of a command: by name, the field that each sets, and to what."""

    texts: Mapping[str, str]
    flags: Mapping[str, tuple[str, Any]]
    words: Mapping[str, tuple[str, tuple[str, ...]]]
    numbers: Mapping[str, Range]

    def fields(self, arguments: Sequence[str]) -> dict[str, Any] | None:
        """Return the fields that a command line sets, or None if it is not plain.

        `names` are all that is no option. Plain are known options in full, each once, without
        abbreviations or clusters.
        """
        try:
            return self._read(arguments)
        except _NotPlainError:
            return None

    def _read(self, arguments: Sequence[str]) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        names: list[str] = []
        rest = iter(arguments)
        for argument in rest:
            if argument == "-" or not argument.startswith("-"):
                names.append(argument)
                continue
            field, value = self._option(argument, rest)
            if field in fields:
                raise _NotPlainError
            fields[field] = value
        return {"names": tuple(names), **fields}

    def _option(self, argument: str, rest: Iterator[str]) -> tuple[str, Any]:
        if argument in self.flags:
            return self.flags[argument]
        name, is_joined, value = argument.partition("=")
        if is_joined and not name.startswith("--"):
            raise _NotPlainError
        return self._valued(name, value if is_joined else next(rest, ""))

    def _valued(self, name: str, value: str) -> tuple[str, Any]:
        if not value or (value.startswith("-") and value != "-"):
            raise _NotPlainError
        if name in self.texts:
            return self.texts[name], value
        if name in self.words:
            field, words = self.words[name]
            if value in words:
                return field, value
        if name in self.numbers:
            return self.numbers[name].field, _number(value, self.numbers[name])
        raise _NotPlainError


def has_settings() -> bool:
    """Whether anything is set outside the command line; an empty variable counts as well."""
    return any(name.startswith(VARIABLES) for name in os.environ) or any(
        _may_be_there(path) for path in config_files()
    )


def _number(text: str, allowed: Range) -> float:
    digits = text.replace(".", "", 1) if allowed.kind is float else text
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= MOST_DIGITS):
        raise _NotPlainError
    number = allowed.kind(text)
    if number < allowed.least or (allowed.most is not None and number > allowed.most):
        raise _NotPlainError
    return number


def _may_be_there(path: "Path") -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True
