"""How a run was made: its settings with their origins, and the command that makes it again."""

import os
import shlex
import string
from collections.abc import Iterator
from typing import Final

from colorize_trainers.report.run import RunRecord, shown

_NO_SETTINGS: Final = frozenset({"format_version", "recipe", "origins", "environment", "commands"})
_OPTIONS: Final = {"seed": 0, "limit": None, "samples_every": 1, "backend": None}
"""Settings beside the recipe that options give, with the value that needs no option."""


def settings_table(run: RunRecord) -> list[tuple[str, str, str]]:
    """Return rows of setting, value and origin: the recipe's, then the run's own."""
    recipe = f"recipe {shown(run.recipe.get('name', '?'))}"
    rows = [(name, value, recipe) for name, value in run.recipe.items() if name != "summary"]
    rows += [
        (name, value, "this run")
        for name, value in run.settings.items()
        if name not in _NO_SETTINGS
    ]
    return [
        (_words(name), as_text(value), shown(run.origins.get(name, origin)))
        for name, value, origin in rows
    ]


def environment_table(run: RunRecord) -> list[tuple[str, str]]:
    """Return rows of name and value: versions, device, machine."""
    return [(_words(name), as_text(value)) for name, value in run.environment.items()]


def training_commands(run: RunRecord) -> list[str]:
    """Return the command lines that made the run: as it noted them, or else from its settings."""
    noted = run.settings.get("commands")
    lines = [shown(line) for line in noted] if isinstance(noted, list | tuple) else []
    return lines or [_training_command(run)]


def _training_command(run: RunRecord) -> str:
    words = ["colorize", "train", str(run.settings.get("data", "colorize-data"))]
    words += ["--recipe", str(run.recipe.get("name", "?"))]
    return " ".join(_quoted(word) for word in [*words, *_options(run)])


def report_command(run: RunRecord) -> str:
    """Return the command that makes the report, quoted for a shell."""
    return f"colorize report {_quoted(str(run.directory.path))}"


def as_text(value: object) -> str:
    """Return a setting's value as people write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "none"
    if isinstance(value, list | tuple):
        return ", ".join(as_text(part) for part in value) or "none"
    if isinstance(value, dict):
        # As --augment takes them; amounts of 0 are none.
        return ",".join(f"{name}={as_text(part)}" for name, part in value.items() if part) or "none"
    return shown(value)


def _options(run: RunRecord) -> Iterator[str]:
    known = {**run.recipe, **run.settings}
    for name, origin in run.origins.items():
        is_option = isinstance(origin, str) and origin.startswith("--") and " " not in origin
        if is_option and name in known:
            yield from (origin,) if known[name] is True else (origin, as_text(known[name]))
    for name, usual in _OPTIONS.items():
        value = run.settings.get(name, usual)
        if name not in run.origins and value not in (usual, ""):
            yield from (f"--{name.replace('_', '-')}", as_text(value))


def _words(name: object) -> str:
    return shown(name).replace("_", " ")


def _quoted(word: str) -> str:
    """Quote a word for a shell; one that cannot be printed, byte by byte, as bash reads $'...'."""
    if word.isprintable():
        return shlex.quote(word)
    plain = set(string.ascii_letters + string.digits + "/._-+ ")
    letters = (chr(byte) if chr(byte) in plain else f"\\x{byte:02x}" for byte in os.fsencode(word))
    return f"$'{''.join(letters)}'"
