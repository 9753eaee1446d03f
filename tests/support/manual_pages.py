"""The documentation as tests read it: blocks of code, links, and what is said of the program."""

import re
from collections.abc import Iterator
from pathlib import Path

import typer.main

from colorize_cli.main import app
from colorize_cli.manual.command_tree import Command, read_tree

ROOT = Path(__file__).parents[2]
INDEX = ROOT / "docs" / "README.md"
PAGES = sorted(
    [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
        *(ROOT / "docs").rglob("*.md"),
    ]
)

BLOCK = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^]]*\]\(([^)\s]+)\)")
CALL = re.compile(r"(?<![\w-])(?<!-[og] )colorize ([^|;&>#\n]*)")
"""A command line; `-o colorize` and `-g colorize` are a user and a group of that name."""


def blocks(page: Path) -> list[tuple[list[str], str]]:
    """Return the words behind the fence and the text of each block of code."""
    return [(words.split(), text) for words, text in BLOCK.findall(page.read_text("utf-8"))]


def console_lines(page: Path) -> list[str]:
    """Return the lines of a page's blocks of code, without their comments.

    A block that names its language is not meant to be run here.
    """
    texts = [text for words, text in blocks(page) if not words]
    lines = [line.split("  #")[0].rstrip() for text in texts for line in text.splitlines()]
    return [line for line in lines if line]


def write_files(page: Path, home: Path) -> None:
    """Write the files that a page shows: blocks with a language and the file's name."""
    for words, text in blocks(page):
        if len(words) == 2:
            path = home / words[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")


def anchors(page: Path) -> set[str]:
    """Return what links may name behind `#`, by the rule that repositories show pages by."""
    text = BLOCK.sub("", page.read_text("utf-8"))
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def links(page: Path) -> list[str]:
    """Return the targets of a page's links within the repository."""
    text = BLOCK.sub("", page.read_text("utf-8"))
    return [target for target in LINK.findall(text) if not re.match(r"[a-z]+:", target)]


def broken_links(page: Path) -> list[str]:
    """Return those whose file or heading is not there."""
    return [target for target in links(page) if not _resolves(page, target)]


def _resolves(page: Path, target: str) -> bool:
    name, _, anchor = target.partition("#")
    path = (page.parent / name).resolve() if name else page
    if not path.exists() or (name and not path.is_relative_to(ROOT)):
        return False
    return not anchor or (path.suffix == ".md" and anchor in anchors(path))


def unknown_words(page: Path) -> list[str]:
    """Return the calls and options in a page's code that the program would not understand."""
    tree = read_tree(typer.main.get_command(app))
    text = page.read_text("utf-8")
    spans = SPAN.findall(BLOCK.sub("", text))
    code = [*spans, *(text for words, text in blocks(page) if words != ["text"])]
    flags = {flag for command in tree.walk() for option in command.options for flag in option.flags}
    alone = {found[0] for span in spans if (found := re.match(r"--[a-z][a-z0-9-]*", span))}
    wrong = [call for part in code for call in CALL.findall(part) if not _is_known(tree, call)]
    return [*wrong, *sorted(alone - flags - FOREIGN)]


FOREIGN = {"--run-path"}
"""Options of other programs that pages name by themselves."""


def _is_known(tree: Command, call: str) -> bool:
    command, words = _command_of(tree, call.replace("\\", " ").split())
    if command is tree and words and words[0][0] != "-" and not words[0].isupper():
        return False
    known = {flag for option in command.options for flag in option.flags}
    return all(flag in known for flag in _flags(words))


def _command_of(command: Command, words: list[str]) -> tuple[Command, list[str]]:
    for below in command.commands:
        if words and below.path[-1] == words[0]:
            return _command_of(below, words[1:])
    return command, words


def _flags(words: list[str]) -> Iterator[str]:
    """Yield the options among words: `-qr` is two, `--name=X` is `--name`."""
    for word in words:
        if word == "--":
            return
        if re.match(r"--[a-z]", word):
            yield re.match(r"[a-z0-9-]+", word)[0]
        elif re.fullmatch(r"-[a-zA-Z0]+", word):
            yield from (f"-{letter}" for letter in word[1:])
