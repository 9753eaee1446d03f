"""Where an option's value comes from that is not given: variables, files, the program's default.

Options are strongest, then `COLORIZE_*` of the environment, then `./colorize.toml`, then the
user's file. All of it goes the way of the command line: the same types, ranges and checks.
"""

import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal, TypeAlias

import typer

from colorize_cli.commands.settings_files import SettingsFile, read_files
from colorize_cli.commands.settings_rules import (
    is_beside,
    is_global,
    key_of,
    refusal,
    rivals,
    variable_of,
)
from colorize_cli.commands.settings_values import check_value, from_variable
from colorize_cli.core.errors import (
    BadConfigError,
    ColorizeError,
    NoInputError,
    NoPermissionError,
    UnavailableError,
    UsageError,
)

OriginKind: TypeAlias = Literal["flag", "variable", "file", "default"]
STORE: Final = "colorize.settings"
USED: Final = f"{STORE}.used"


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A value from outside the command line: `place` is a variable's name or FILE:LINE.

    `rank` is smaller for what is stronger.
    """

    key: str
    value: Any
    kind: OriginKind
    place: str
    rank: int = 0


class Settings:
    """What the environment and the files say; files are read when first asked for."""

    def __init__(self, context: Any) -> None:
        self._context = context

    @cached_property
    def files(self) -> list[SettingsFile]:
        """The files there are, the one that wins first. Raises BadConfigError."""
        return list(read_files(self._context))

    def find(self, command: str, option: Any, given: Collection[str] = ()) -> Setting | None:
        """Return what is set for an option that is not given, None if that is nothing.

        `given` are the keys of the options on the command line. Raises BadConfigError.
        """
        key = key_of(option)
        if key is None:
            return None
        if refusal(command, key) is not None:
            self.check_variable(command, option, variable_of(command, key))
            return None
        found = next(self._all(command, option, key), None)
        if found is None or not is_beside(command, key, given):
            return None
        return None if self._gives_way(command, found, given) else found

    def _all(self, command: str, option: Any, key: str) -> Iterator[Setting]:
        yield from self._variables(command, option, key)
        for rank, file in enumerate(self.files, 1):
            table = file.tables.get(command, {})
            if key in table:
                place = file.place(key, command)
                yield Setting(key=key, value=table[key], kind="file", place=place, rank=rank)
            if is_global(command, key) and key in file.globals:
                place, value = file.place(key), file.globals[key]
                yield Setting(key=key, value=value, kind="file", place=place, rank=rank)

    def _variables(self, command: str, option: Any, key: str) -> Iterator[Setting]:
        names = [variable_of(command, key)]
        names += [variable_of("", key)] if is_global(command, key) else []
        for name in names:
            value = self.check_variable(command, option, name)
            if value is not None:
                yield Setting(key=key, value=value, kind="variable", place=name)

    def check_variable(self, command: str, option: Any, name: str) -> Any:
        """Return what a variable sets an option to, None if it is unset or, as usual, empty.

        Raises BadConfigError if it may not be set, or not to this.
        """
        text = os.environ.get(name)
        reason = refusal(command, key_of(option) or "")
        if text and reason is not None:
            raise BadConfigError(f"{name} cannot be set: {reason}")
        if not text:
            return None
        value = from_variable(option, text)
        try:
            check_value(self._context, option, value)
        except BadConfigError as error:
            raise BadConfigError(f"{name}: {error.reason}") from error
        return value

    def _gives_way(self, command: str, setting: Setting, given: Collection[str]) -> bool:
        for rival in rivals(command, setting.key):
            if rival in given:
                return True
            option = options_of(self._context.find_root().command.commands[command]).get(rival)
            other = option and next(self._all(command, option, rival), None)
            if other and other.value and other.rank < setting.rank:
                return True
        return False


class ConfiguredContext(typer.Context):
    """The call of a command, in which options that are not given have the values set for them.

    Help shows the program's own defaults, whatever is set, and reads no file.
    """

    def lookup_default(self, name: str, call: bool = True) -> Any:
        """Return what is set for an option, None if nothing is. Raises BadConfigError."""
        if not call or self.resilient_parsing or self.info_name is None:
            return None
        option = next((entry for entry in self.command.params if entry.name == name), None)
        found = option and settings_of(self).find(self.info_name, option, given_keys(self))
        if not found:
            return None
        self.meta.setdefault(USED, []).append(found)
        return found.value

    def invoke(self, callback: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Do the command's work; an error about a value that was set says where."""
        try:
            return super().invoke(callback, *args, **kwargs)
        except (UsageError, NoInputError, NoPermissionError, UnavailableError) as error:
            used = self.meta.get(USED, [])
            notes = [f"{s.key} is set by {s.place}" for s in used if _is_about(error, s)]
            if not notes:
                raise
            kind = BadConfigError if isinstance(error, UsageError) else type(error)
            raise kind(f"{error.reason} ({', '.join(notes)})", path=error.path) from error


def configured(program: Any) -> Any:
    """Return the program's command with settings for all its commands but groups."""
    for command in program.commands.values():
        if not hasattr(command, "commands"):
            command.context_class = ConfiguredContext
    return program


def settings_of(context: Any) -> Settings:
    """Return the settings of this call of the program, which are read once."""
    found: Settings = context.meta.setdefault(STORE, Settings(context))
    return found


def places_of(context: Any) -> dict[str, str]:
    """Return where options have their values from that were not given, by their keys."""
    return {setting.key: setting.place for setting in context.meta.get(USED, [])}


def given_keys(context: Any) -> list[str]:
    """Return the keys of the options that are on the command line, as far as it was read."""
    given = [
        key_of(option)
        for option in context.command.params
        if getattr(context.get_parameter_source(option.name), "name", "") == "COMMANDLINE"
    ]
    return [key for key in given if key is not None]


def options_of(command: Any) -> dict[str, Any]:
    """Return the options of a command by their keys."""
    return {key: option for option in command.params if (key := key_of(option)) is not None}


def _is_about(error: ColorizeError, setting: Setting) -> bool:
    """Whether an error names an option that was set, or the value that it was set to."""
    if re.search(rf"--{setting.key}(?![\w-])", error.reason):
        return True
    is_named = isinstance(setting.value, str) and repr(setting.value) in error.reason
    return is_named or (error.path is not None and str(error.path) == str(setting.value))
