"""Manual pages and completions say what the program is, and nothing complains about them."""

import re
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import typer

from colorize_cli.commands.settings_files import tables_of
from colorize_cli.commands.settings_rules import GLOBAL
from colorize_cli.core import backend as contract
from colorize_cli.core.architecture import GENERATOR_FAMILIES, GeneratorSpec
from colorize_cli.core.config import Config
from colorize_cli.core.errors import ExitStatus
from colorize_cli.core.model_file import FORMAT_VERSION, Model
from colorize_cli.main import app
from colorize_cli.manual.command_tree import Argument, Command, Option, read_tree
from colorize_cli.manual.shared_sections import CONFIGURED, STATUSES, VARIABLES
from colorize_cli.manual.values import read_vocabulary, value_of
from shell_lines import calls_in

ROOT = Path(__file__).parents[2]
GENERATOR = ROOT / "man" / "generate.py"
PAGES = sorted(ROOT.glob("man/man?/*"))
PROGRAM: Any = typer.main.get_command(app)
TREE = read_tree(PROGRAM)
COMMANDS = list(TREE.walk())


def named(command: Command) -> str:
    return "-".join(("colorize", *command.path))


def text_of(name: str) -> str:
    """Return a page as one reads it, without fonts, its escapes resolved."""
    (path,) = (path for path in PAGES if path.name == name)
    text = re.sub(r"\\f[BIR]", "", path.read_text("utf-8"))
    text = re.sub(r"^\.[BI] |^\.(?:[BIR]{2}) ", "", text, flags=re.MULTILINE)
    for escape, character in {"\\-": "-", "\\(aq": "'", "\\(dq": '"', "\\(ti": "~"}.items():
        text = text.replace(escape, character)
    return text


def places(command: Command) -> list[Option | Argument]:
    return [*command.options, *command.arguments]


def section(text: str, heading: str) -> str:
    found = re.search(rf"^\.SH {heading}\n(.*?)(?=^\.SH |\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def test_what_is_committed_is_what_the_program_says() -> None:
    ended = subprocess.run(
        [sys.executable, GENERATOR, "--check"], capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("command", COMMANDS, ids=named)
def test_every_option_and_argument_is_in_the_page_of_its_command(command: Command) -> None:
    page = text_of(f"{named(command)}.1")
    tags = re.findall(r"^\.TP\n(.*)$", section(page, "OPTIONS"), re.MULTILINE)
    listed = {flag for tag in tags for flag in re.findall(r"(?<![\w-])--?[\w-]+", tag)}
    assert listed == {flag for option in command.options for flag in option.flags}
    for argument in command.arguments:
        assert argument.value in section(page, "ARGUMENTS")


def test_the_walk_sees_what_the_parser_sees() -> None:
    """The flags that the parser knows, found in another way: by its own help."""
    for name, command in PROGRAM.commands.items():
        (found,) = (entry for entry in COMMANDS if entry.path == (name,))
        flags = {flag for p in command.params for flag in p.opts if flag.startswith("-")}
        flags |= {flag for p in command.params for flag in p.secondary_opts}
        walked = {flag for option in found.options for flag in option.flags}
        assert walked == flags | {"-h", "--help"}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_man_has_no_complaint_about_a_page(path: Path) -> None:
    if not shutil.which("man") or not shutil.which("groff"):
        pytest.skip("there is no man here")
    command = ["man", "--warnings", "-E", "UTF-8", "-l", str(path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert ended.stderr == ""
    assert f"{path.stem.upper()}({path.suffix[1:]})" in ended.stdout


def test_mandoc_has_no_complaint_about_any_page() -> None:
    if not shutil.which("mandoc"):
        pytest.skip("there is no mandoc here")
    command = ["mandoc", "-T", "lint", "-W", "warning", *map(str, PAGES)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout + ended.stderr) == (0, "")


def test_pages_refer_to_pages_that_there_are() -> None:
    known = {f"{path.stem}({path.suffix[1:]})" for path in PAGES}
    for path in PAGES:
        lines = section(text_of(path.name), "SEE ALSO").replace(" (", "(")
        references = re.findall(r"[\w.-]+\(\d\)", lines)
        assert references or path.name == "colorize.1"
        assert set(references) <= known, path.name
        assert f"{path.stem}({path.suffix[1:]})" not in references


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_example_is_a_command_line_that_the_program_takes(path: Path) -> None:
    blocks = re.findall(
        r"^\.RS 4\n(.*?)^\.RE", section(text_of(path.name), "EXAMPLES"), re.M | re.S
    )
    lines = [line for block in blocks for line in block.splitlines()]
    calls = [words for line in lines for words in calls_in(line)]
    assert calls or path.suffix == ".7"
    typed = "\n".join(line.split(" # ")[0] for line in lines)
    assert len(calls) == len(re.findall(r"\bcolorize [a-z]", typed))
    for words in calls:
        parsed(words)


def parsed(words: list[str]) -> None:
    """Have the parser read a command line; nothing is done."""
    program, command = PROGRAM, PROGRAM.commands[words[0]]
    with program.make_context("colorize", words) as context:
        below = command.make_context(words[0], words[1:], parent=context)
        assert below.command is command


def test_every_exit_status_has_a_sentence_and_stands_in_every_page_of_a_command() -> None:
    assert set(STATUSES) == set(ExitStatus)
    for command in COMMANDS:
        table = section(text_of(f"{named(command)}.1"), "EXIT STATUS")
        numbers = re.findall(r"^\.TP\n(\d+)$", table, re.MULTILINE)
        assert [int(number) for number in numbers] == sorted(ExitStatus)


def test_the_variables_are_those_that_the_program_reads() -> None:
    told = {entry.name: set(entry.commands or CONFIGURED[1:]) for entry in VARIABLES}
    assert {f"COLORIZE_{key.upper()}": set(names) for key, names in GLOBAL.items()} == {
        name: names
        for name, names in told.items()
        if name.startswith("COLORIZE_") and name != "COLORIZE_COMMAND_OPTION"
    }
    assert told["COLORIZE_COMMAND_OPTION"] <= set(tables_of(PROGRAM.commands))
    page = section(text_of("colorize.1"), "ENVIRONMENT")
    assert all(f"\n{name}\n" in page for name in told)


def test_the_page_of_settings_has_every_key_and_table() -> None:
    page = text_of("colorize.toml.5")
    tags = re.findall(r"^\.TP\n(.*)$", page, re.MULTILINE)
    assert {entry.name for entry in fields(Config)} <= set(tags)
    assert {f"[{name}]" for name in tables_of(PROGRAM.commands)} <= set(tags)


def test_the_page_of_the_model_file_has_every_entry_of_its_header() -> None:
    page = text_of("colorize-model.5")
    tags = set(re.findall(r"^\.TP\n(.*)$", page, re.MULTILINE))
    header = Model(generator=GeneratorSpec(), weights={}).header()
    assert set(header) <= tags
    assert {entry.name for entry in fields(GeneratorSpec)} <= tags
    for key, meaning in header["color"].items():
        assert f'"{key}": "{meaning}"' in page
    assert all(f'"{family}"' in page for family in GENERATOR_FAMILIES)
    assert f"which is {FORMAT_VERSION}." in page


def test_the_page_for_authors_of_backends_has_the_whole_contract() -> None:
    page = text_of("colorize-backends.7")
    for protocol in (contract.Backend, contract.TrainingBackend, contract.DistributedBackend):
        names = {*vars(protocol), *protocol.__annotations__}
        assert all(name in page for name in names if not name.startswith("_"))
    assert all(f"{name}(" in page for name in ("train_step", "generate", "state", "restore"))
    assert f"Its version is {contract.API_VERSION}," in page


def test_by_what_each_value_is_completed_is_decided() -> None:
    known = read_vocabulary(TREE)
    undecided = [
        f"{command.words} {place.name} {place.value}: see colorize_cli/manual/values.py"
        for command in COMMANDS
        for place in places(command)
        if place.value is not None and value_of(command, place, known) is None
    ]
    assert not undecided
