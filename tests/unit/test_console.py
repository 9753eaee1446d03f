import errno
import io
import re

import pytest

from colorize_cli import console
from colorize_cli.core.errors import NoInputError


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Full(io.StringIO):
    def write(self, text):
        raise OSError(errno.ENOSPC, "No space left on device")


def use_terminal(monkeypatch, **variables):
    """Make stderr a terminal; within the test, as pytest renews stderr after the set-up."""
    for name in ("CI", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm", **variables}.items():
        monkeypatch.setenv(name, value)
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    return stream


def test_an_error_is_one_line_on_stderr_with_the_program_and_the_file(capsys):
    console.print_error(NoInputError("no such file", path="a b.png"))
    assert capsys.readouterr() == ("", "colorize: 'a b.png': no such file\n")


def test_a_warning_says_so(capsys):
    console.print_warning("slow")
    assert capsys.readouterr() == ("", "colorize: warning: slow\n")


def test_a_closed_stderr_is_no_error(monkeypatch):
    monkeypatch.setattr("sys.stderr", None)
    console.print_line("nobody hears this")


def test_a_full_stderr_is_no_error(monkeypatch):
    monkeypatch.setattr("sys.stderr", Full())
    console.print_line("nobody hears this")


def test_a_table_off_a_terminal_is_plain_aligned_text(capsys):
    console.print_table("Found", ["what", "n"], [["kept", "10"], ["too small", "2"]])
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "Found\n  what       n\n  kept       10\n  too small  2\n"


def test_a_table_on_a_terminal_keeps_brackets_in_its_texts(monkeypatch):
    terminal = use_terminal(monkeypatch)
    console.print_table("Found", ["what"], [["[bold]a.png"]])
    assert "[bold]a.png" in terminal.getvalue()


def test_progress_off_a_terminal_is_silent(capsys):
    with console.progress("Training", 3, fields=("losses",)) as advance:
        advance(losses="G 1")
        advance(2)
    assert capsys.readouterr() == ("", "")


def test_progress_on_a_terminal_shows_description_count_and_fields(monkeypatch):
    terminal = use_terminal(monkeypatch)
    with console.progress("Training", 3, fields=("losses", "rate")) as advance:
        advance(1, losses="G 0.71 D 0.33", rate="78 images/s")
        advance(1, rate="80 images/s")
    shown = terminal.getvalue()
    assert "Training" in shown
    assert "2/3" in shown
    assert "G 0.71 D 0.33" in shown
    assert "80 images/s" in shown


def test_progress_leaves_stdout_alone(monkeypatch, capsys):
    use_terminal(monkeypatch)
    with console.progress("Training", None):
        print("data")
    assert capsys.readouterr().out == "data\n"


def test_lines_printed_during_progress_reach_stderr(monkeypatch):
    terminal = use_terminal(monkeypatch)
    with console.progress("Training", 2) as advance:
        advance()
        console.print_line("epoch 1 done")
    assert "epoch 1 done" in terminal.getvalue()


@pytest.mark.parametrize(("variable", "value"), [("TERM", "dumb"), ("CI", "true")])
def test_dumb_terminals_and_ci_get_no_bars(monkeypatch, variable, value):
    terminal = use_terminal(monkeypatch, **{variable: value})
    with console.progress("Training", 2) as advance:
        advance()
    assert terminal.getvalue() == ""


def colours_in(text):
    """Find escape sequences that set a colour: 30 to 38 and 90 to 97 (ECMA-48, aixterm)."""
    return re.findall(r"\x1b\[(?:\d+;)*(?:3[0-8]|9[0-7])[;m]", text)


@pytest.mark.parametrize(("variables", "is_coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_no_color_is_honoured(monkeypatch, variables, is_coloured):
    terminal = use_terminal(monkeypatch, **variables)
    with console.progress("Training", 2) as advance:
        advance()
    assert bool(colours_in(terminal.getvalue())) is is_coloured


def test_a_heartbeat_is_one_line_a_pause_however_often_it_is_asked(capsys):
    now = iter([0, 3, 9, 10, 12, 19, 25, 26])
    heartbeat = console.Heartbeat(pause=10, clock=lambda: next(now))
    for number in range(7):
        heartbeat.beat(lambda number=number: f"{number} done")
    assert capsys.readouterr() == ("", "2 done\n5 done\n")
