"""Write manual pages, completions and what help says from the program itself, or check them.

    python man/generate.py            write what differs
    python man/generate.py --check    only tell, and end with 1 if anything differs

What the parser does not know is written by hand in `man/sections`: whole pages (`NAME.5`,
`NAME.7`, without their title), and sections of the pages of commands (`NAME.roff`).
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import typer

from colorize_cli import __version__
from colorize_cli.commands.settings_files import tables_of
from colorize_cli.commands.settings_rules import settable
from colorize_cli.core.backend import API_VERSION
from colorize_cli.main import app
from colorize_cli.manual import roff
from colorize_cli.manual.command_tree import Command, read_tree
from colorize_cli.manual.completions import SHELLS, completion
from colorize_cli.manual.man_pages import Edition, command_page, page_name, title
from colorize_cli.manual.written_commands import FILE, as_json

ROOT: Final = Path(__file__).resolve().parents[1]
SECTIONS: Final = ROOT / "man" / "sections"
WRITTEN: Final = ROOT / "colorize_cli" / "manual" / FILE
COMMAND: Final = "python man/generate.py"
BEFORE_ANY_RELEASE: Final = "2026-11-23"
"""The day of the pages until the changelog has a version with a day; never the clock's."""

RELATED: Final = {
    "": ("colorize-backends(7)", "colorize-model(5)", "colorize.toml(5)"),
    "prep": ("colorize-train(1)",),
    "train": ("colorize-prep(1)", "colorize-report(1)", "colorize-eval(1)", "colorize-run(1)"),
    "report": ("colorize-train(1)", "colorize-eval(1)"),
    "eval": ("colorize-train(1)", "colorize-report(1)"),
    "export": ("colorize-train(1)", "colorize-backends(7)", "colorize-model(5)"),
    "run": ("colorize-watch(1)", "colorize-model(5)", "colorize.toml(5)"),
    "watch": ("colorize-run(1)", "colorize.toml(5)"),
    "info": ("colorize-model(5)", "colorize.toml(5)"),
    "help": ("colorize-doctor(1)",),
    "completion": ("colorize(1)",),
    "doctor": ("colorize-backends(1)", "colorize-info(1)"),
    "backends": ("colorize-backends(7)",),
    "backends check": ("colorize-backends(7)",),
}


def files() -> dict[Path, str]:
    """Return everything that is generated, by its place."""
    tree = read_tree(typer.main.get_command(app))
    pages = {ROOT / "man" / f"man{name[-1]}" / name: text for name, text in _pages(tree)}
    scripts = {name: completion(shell, tree) for shell, name in SHELLS.items()}
    completions = {ROOT / "completions" / name: text for name, text in scripts.items()}
    return pages | completions | {WRITTEN: as_json(tree)}


def stale() -> list[Path]:
    """Return what differs from what is here, and what is here and no longer made."""
    wanted = files()
    there = {*ROOT.glob("man/man?/*"), *ROOT.glob("completions/*"), *WRITTEN.parent.glob(FILE)}
    differing = [p for p, text in wanted.items() if p not in there or p.read_text("utf-8") != text]
    return sorted([*differing, *(there - wanted.keys())])


def main(arguments: list[str]) -> int:
    """Do what the command line says."""
    wanted, found = files(), stale()
    for path in found:
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")
        if "--check" in arguments:
            continue
        if path in wanted:
            path.parent.mkdir(exist_ok=True)
            path.write_text(wanted[path], "utf-8")
        else:
            path.unlink()
    if found and "--check" in arguments:
        sys.stdout.write(f"these differ from the program: run {COMMAND}\n")
        return 1
    return 0


def _pages(tree: Command) -> Iterator[tuple[str, str]]:
    edition = Edition(version=__version__, date=_day_of(__version__))
    for command in tree.walk():
        name = page_name(command)
        related = tuple(_related(tree, command))
        text = command_page(command, _written(name), edition=edition, related=related)
        yield f"{name}.1", text
    for path in sorted(SECTIONS.glob("*.[57]")):
        head = title(path.stem, int(path.suffix[1:]), edition)
        yield path.name, "\n".join(head) + "\n" + _filled(path.read_text("utf-8"))


def _filled(text: str) -> str:
    """Fill in what pages that are written by hand leave to the program."""
    tables = "\n".join(_settings_tables())
    return text.replace('.\\" @TABLES@', tables).replace("@API_VERSION@", str(API_VERSION))


def _settings_tables() -> Iterator[str]:
    """Yield a paragraph for each table of settings files, with the keys that it may have."""
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for name in tables_of(commands):
        keys = ", ".join(key for key, _ in settable(name, commands[name].params))
        yield from (".TP", roff.bold(f"[{name}]"), f"{roff.literal(keys)}.")


def _related(tree: Command, command: Command) -> Iterator[str]:
    near = [c for c in tree.walk() if c is not command and _is_near(c, command)]
    yield from (f"{page_name(c)}(1)" for c in near)
    yield from RELATED.get(command.words, ())


def _is_near(other: Command, command: Command) -> bool:
    """Whether one is directly or indirectly below the other."""
    length = min(len(other.path), len(command.path))
    return other.path[:length] == command.path[:length]


def _written(name: str) -> dict[str, str]:
    """Return the sections of a page that are written by hand, by their headings."""
    path = SECTIONS / f"{name}.roff"
    text = path.read_text("utf-8") if path.exists() else ""
    _, *parts = re.split(r"^\.SH (.*)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _day_of(version: str) -> str:
    """Return the day that the changelog states for a version, or for the newest that has one."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    days = dict(re.findall(r"^## \[?([\d.]+)\]? - (\d{4}-\d\d-\d\d)$", text, re.MULTILINE))
    return days.get(version) or next(iter(days.values()), BEFORE_ANY_RELEASE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
