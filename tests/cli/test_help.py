"""Help teaches: what every command has to have, and what a slip of the keyboard is answered."""

import fcntl
import os
import pty
import shlex
import struct
import subprocess
import termios
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import typer

from colorize_cli.commands.grouped_help import COMMON
from colorize_cli.core.errors import UsageError
from colorize_cli.main import app, run_program
from colorize_cli.manual import command_tree
from colorize_cli.manual.command_tree import Command, read_tree
from colorize_cli.manual.help_pages import DOCUMENTS, help_page
from colorize_cli.manual.quick_help import print_help
from colorize_cli.manual.written_commands import as_json, written_command
from command_line import PROGRAM, clean_environment, run_colorize
from shell_lines import calls_in

ROOT = Path(__file__).parents[2]
PARSER: Any = typer.main.get_command(app)
TREE = read_tree(PARSER)
COMMANDS = [command for command in TREE.walk() if command.path]
MOST_COMMON = 9
"""Options that people have to look through first, --help among them."""


def named(command: Command) -> str:
    return " ".join(command.path)


def parser_of(command: Command) -> Any:
    found = PARSER
    for word in command.path:
        found = found.commands[word]
    return found


@pytest.mark.parametrize("command", COMMANDS, ids=named)
def test_every_option_has_help_and_a_group_of_its_own_choice(command: Command) -> None:
    for parameter in parser_of(command).params:
        assert parameter.help, parameter.name
        if parameter.param_type_name == "option":
            assert parameter.rich_help_panel, f"{parameter.name} has no rich_help_panel"


@pytest.mark.parametrize("command", COMMANDS, ids=named)
def test_the_common_options_are_few(command: Command) -> None:
    group, options = next(iter(command.groups().items()))
    assert group == COMMON == command_tree.COMMON
    assert options[-1].name == "help"
    assert len(options) <= MOST_COMMON


@pytest.mark.parametrize("command", COMMANDS, ids=named)
def test_every_command_has_three_to_six_examples_of_itself(command: Command) -> None:
    assert 3 <= len(command.examples) <= 6
    for line in command.examples:
        assert f"colorize {command.words}" in line


@pytest.mark.parametrize("command", [TREE, *COMMANDS], ids=named)
def test_every_example_is_a_command_line_that_the_program_takes(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    calls = [words for line in command.examples for words in calls_in(line)]
    assert len(calls) >= len(command.examples)
    for words in calls:
        parse(words)
    assert not list(tmp_path.iterdir())


def parse(words: list[str]) -> None:
    """Have the parser read a command line; nothing is done."""
    command, above, name = PARSER, None, "colorize"
    # What answers at once, as --json-schema, ends the reading.
    with suppress(typer.Exit):
        while command is not None:
            above = command.make_context(name, [*words], parent=above)
            below = getattr(command, "commands", {})
            is_called = below and words and not words[0].startswith("-")
            name, words = (words[0], words[1:]) if is_called else ("", [])
            command = below[name] if is_called else None


def test_an_example_that_is_wrong_would_be_found() -> None:
    for line in ("colorize run --ouput x", "a | colorize rum", "colorize backends chekc torch"):
        with pytest.raises((typer.TyperException, KeyError)):
            parse(calls_in(line)[0])


@pytest.mark.parametrize("command", [TREE, *COMMANDS], ids=named)
def test_help_fits_eighty_columns(command: Command) -> None:
    assert max(map(len, help_page(command).splitlines())) <= 80


def test_each_command_has_one_line_in_the_programs_help() -> None:
    page = help_page(TREE)
    for command in TREE.commands:
        assert command.group
        line = f"  {command.path[0]:<10}  {command.summary.rstrip('.')}"
        assert f"\n{line}\n" in page


def test_the_commands_stand_in_the_order_of_use() -> None:
    page = help_page(TREE)
    places = [
        page.index(f"\n{heading}")
        for heading in ("Prepare", "Train", "Judge", "Use", "Keep", "Look")
    ]
    assert places == sorted(places)


def test_documents_that_help_names_are_there() -> None:
    words = {command.words for command in TREE.walk()}
    assert DOCUMENTS.keys() <= words
    for name in {name for names in DOCUMENTS.values() for name in names}:
        if name.startswith("man "):
            _, section, page = name.split()
            name = f"man/man{section}/{page}.{section}"
        assert (ROOT / name).is_file()


def test_what_is_written_down_is_what_the_parser_knows() -> None:
    written = ROOT / "colorize_cli/manual/commands.json"
    assert written.read_text("utf-8") == as_json(TREE), "run python man/generate.py"
    assert [written_command(command.path) for command in TREE.walk()] == [*TREE.walk()]


@pytest.mark.parametrize("form", ["{} --help", "{} -h", "help {}"])
@pytest.mark.parametrize("command", [TREE, *COMMANDS], ids=named)
def test_help_is_what_the_parser_would_print(
    command: Command, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = form.format(command.words).split()
    # The parser takes from the list that it is given.
    assert run_program([*line]) == 0
    parsers = capsys.readouterr()
    assert print_help(line)
    assert capsys.readouterr() == parsers
    assert parsers.out.startswith("Usage: colorize")


@pytest.mark.parametrize(
    "line",
    [
        *("", "run", "run a.png", "--help run", "run a.png --help", "run -o --help"),
        *("run -- --help", "rnu -h", "backends chk -h", "run --json-schema --help"),
        *("help rnu", "help run x", "help -- run"),
    ],
)
def test_what_is_not_plainly_asked_for_is_left_to_the_parser(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not print_help(line.split())
    assert capsys.readouterr() == ("", "")


def test_help_by_name_is_the_help_of_the_command(tmp_path: Path) -> None:
    for words in ([], ["run"], ["backends", "check"]):
        asked = run_colorize(tmp_path, "help", *words)
        told = run_colorize(tmp_path, *words, "--help")
        assert (asked.returncode, asked.stderr) == (0, b"")
        assert asked.stdout == told.stdout != b""


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("rum", "no such command: rum; did you mean run?"),
        ("help trian", "no such command: trian; did you mean train?"),
        ("backends chek torch", "no such command: chek; did you mean check?"),
        ("zzz", "no such command: zzz (see colorize --help)"),
        ("run --ouput x", "no such option: --ouput; did you mean --output?"),
        ("run --output_dir=x", "no such option: --output_dir; did you mean --output-dir?"),
        ("train --warm-up 1", "no such option: --warm-up; did you mean --warm-up-epochs?"),
        ("prep --zzz", "no such option: --zzz (see colorize prep --help)"),
        ("run a --output", "option '--output' requires an argument (see colorize run --help)"),
        (
            "run --quality bets",
            "invalid value for '--quality': 'bets' is not one of 'standard', 'best'"
            "; did you mean best?",
        ),
        (
            "gray.png",
            "no such command: gray.png; did you mean: colorize run gray.png -o gray-color.png",
        ),
        ("a.tif -o b.tif", "no such command: a.tif; did you mean: colorize run a.tif -o b.tif"),
        (
            "'my scans'",
            "no such command: my scans; did you mean: colorize run -r 'my scans' --output-dir DIR",
        ),
    ],
)
def test_a_slip_is_answered_with_what_was_meant(
    line: str, answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my scans").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as raised:
        run_program(shlex.split(line))
    assert str(raised.value) == answer


@pytest.mark.parametrize(
    ("line", "end"),
    [
        ("run in.png -o x.png --backend troch", "; did you mean 'torch'?"),
        ("run in.png -o x --format pgn", "; did you mean 'png'?"),
        ("train --recipe papr-skip", "; did you mean 'paper-skip'?"),
    ],
)
def test_a_slip_in_a_value_is_one_line_with_status_2(line: str, end: str, tmp_path: Path) -> None:
    (tmp_path / "in.png").write_bytes(b"")
    ended = run_colorize(tmp_path, *line.split())
    assert ended.returncode == 2
    assert ended.stderr.count(b"\n") == 1
    assert ended.stderr.decode().endswith(f"{end}\n")


def on_terminal(folder: Path, columns: int, **variables: str) -> str:
    """Return what the help of `run` writes to a terminal of so many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = clean_environment(folder, **{"TERM": "xterm", **variables})
    command = [*PROGRAM, "run", "-h"]
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=theirs, stderr=theirs, stdin=theirs
    )
    os.close(theirs)
    pieces: list[bytes] = []
    # Linux says so when the other end of a terminal is closed.
    with suppress(OSError):
        while piece := os.read(ours, 65536):
            pieces.append(piece)
    os.close(ours)
    assert process.wait(60) == 0
    return b"".join(pieces).decode().replace("\r\n", "\n")


def test_a_terminal_gets_bold_headings_and_lines_that_can_be_read(tmp_path: Path) -> None:
    text = on_terminal(tmp_path, 200)
    assert "\x1b[1mExamples:\x1b[0m\n" in text
    widths = [len(line) for line in text.splitlines()]
    assert 80 < max(widths) <= 100


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_who_wants_no_colours_gets_plain_text(tmp_path: Path, variables: dict[str, str]) -> None:
    assert "\x1b" not in on_terminal(tmp_path, 80, **variables)


def test_only_examples_are_wider_than_a_narrow_terminal(tmp_path: Path) -> None:
    text = on_terminal(tmp_path, 50, NO_COLOR="1")
    wide = [line for line in text.splitlines() if len(line) > 50]
    assert all("colorize run" in line for line in wide)
