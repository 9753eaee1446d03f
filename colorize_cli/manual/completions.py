"""Completions for shells: what the parser knows, written into a script for each.

The scripts know commands, options and fixed values by heart; files, models and runs they find by
patterns of the shell. Python is started for the names of backends alone, which plug-ins bring
(`backend_names`).
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from colorize_cli.manual import bash, fish, zsh
from colorize_cli.manual.command_tree import Command
from colorize_cli.manual.values import Vocabulary, read_vocabulary

SHELLS: Final = {"bash": "colorize.bash", "zsh": "_colorize", "fish": "colorize.fish"}
"""The shells, and what their scripts are called in the source."""

TEMPLATES: Final = Path(__file__).parent / "templates"
PARTS: Final[Mapping[str, Callable[[Command, Vocabulary], dict[str, str]]]] = {
    "bash": bash.parts,
    "zsh": zsh.parts,
    "fish": fish.parts,
}


def completion(shell: str, tree: Command) -> str:
    """Return the script of a shell, one of `SHELLS`."""
    text = (TEMPLATES / SHELLS[shell]).read_text("utf-8")
    for name, part in PARTS[shell](tree, read_vocabulary(tree)).items():
        text = text.replace(f"@{name}@", part)
    return text
