"""The quick reading of `run`'s command line, beside the whole parser, which is right."""

import os

import pytest
import typer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from colorize_cli import main as program
from colorize_cli import standard_streams
from colorize_cli.commands import run_direct as direct
from colorize_cli.commands import run_work
from colorize_cli.commands.plain_options import has_settings
from colorize_cli.core.errors import ColorizeError
from colorize_cli.core.numpy_import import import_numpy

COMMAND = typer.main.get_command(program.app).commands["run"]
OPTIONS = {name: option for option in COMMAND.params for name in option.opts if name[0] == "-"}
VALUED = [*direct.TEXTS, *direct.WORDS, *direct.NUMBERS, "--max-pixels"]
VALUES = [
    "a.png",
    "-",
    "",
    "b c",
    "-o",
    "standard",
    "bfloat16",
    "auto",
    "1",
    "0",
    "16",
    "2.0",
    "007",
]
VALUES += ["4097", ".5", "1.", "1e1", "nan", "inf", "1_0", " 1", "٣", "--", "=", "a=b"]
WORDS = [
    *direct.FLAGS,
    *VALUED,
    *VALUES,
    "--help",
    "--json-schema",
    "--mod",
    "-rf",
    "-ofile",
    "-vvv",
]


@pytest.fixture
def whole(monkeypatch, tmp_path):
    """Return what the whole parser makes of a command line, None for an error or none."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    for name in [name for name in os.environ if name.startswith("COLORIZE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(standard_streams, "is_stdin_terminal", lambda: False)
    asked = []
    monkeypatch.setattr(run_work, "run_request", lambda request, *_: asked.append(request))

    def request(arguments):
        asked.clear()
        try:
            program.run_program(["run", *arguments])
        except ColorizeError:
            return None
        return asked[0] if asked else None

    return request


def joined():
    return st.tuples(st.sampled_from(VALUED), st.sampled_from(VALUES)).map("=".join)


def pair():
    return st.tuples(st.sampled_from(VALUED), st.sampled_from(VALUES)).map(list)


def arguments():
    flag = st.sampled_from([*direct.FLAGS, "a.png", "-", "folder"]).map(lambda word: [word])
    odd = st.sampled_from(WORDS).map(lambda word: [word])
    parts = st.lists(st.one_of(pair(), flag, joined().map(lambda word: [word]), odd), max_size=5)
    return parts.map(lambda found: [word for part in found for word in part])


@given(words=arguments())
@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_plain_command_line_asks_for_what_the_whole_parser_reads(whole, words):
    request = direct.plain_request(words)
    if request is not None:
        assert request == whole(words)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["-"],
        ["scan.jpg", "-o", "color.png"],
        ["--output=-", "scan.jpg"],
        ["-m", "natural", "--strength", "1.5", "-f", "-q"],
        ["a.png", "b.png", "--output-dir", "out", "-j", "2", "-v"],
        ["-r", "scans", "--output-dir", "out", "--update", "--json"],
        ["--files-from", "-", "-0", "--output-dir", "out", "--name", "{stem}-color{ext}"],
        ["--size", "256", "--quality", "best", "--strip", "--no-mark", "--only-gray"],
    ],
    ids=" ".join,
)
def test_what_people_write_is_plain(whole, words):
    assert direct.plain_request(words) == whole(words) is not None


@pytest.mark.parametrize(
    "words",
    [
        ["--help"], ["-h"], ["--json-schema"], ["--outp", "x"], ["-ox"], ["-rf"], ["-o"],
        ["--", "x"], ["-o", "-r"], ["--size", "15"], ["--strength", "nan"], ["-v", "-v"],
        ["-q", "-v"], ["-f", "-u"], ["--strip=yes"], ["-o=x"], ["--nonsense"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_all_else_is_left_to_the_whole_parser(words):
    assert direct.plain_request(words) is None


def test_every_name_in_the_tables_is_an_option_of_its_kind():
    assert {*direct.TEXTS, *direct.WORDS, *direct.NUMBERS} - {"-vv"} <= OPTIONS.keys()
    assert direct.FLAGS.keys() - {"-vv"} <= OPTIONS.keys()
    for name, (_, words) in direct.WORDS.items():
        assert tuple(OPTIONS[name].type.choices) == words
    for name, allowed in direct.NUMBERS.items():
        kind = OPTIONS[name].type
        assert (kind.min, kind.max) == (allowed.least, allowed.most)


def test_settings_are_for_the_whole_parser(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    for name in [name for name in os.environ if name.startswith("COLORIZE_")]:
        monkeypatch.delenv(name)
    assert not has_settings()
    monkeypatch.setenv("COLORIZE_RUN_SIZE", "")
    assert has_settings()
    monkeypatch.delenv("COLORIZE_RUN_SIZE")
    (tmp_path / "colorize.toml").symlink_to(tmp_path / "loop.toml")
    assert not has_settings()
    (tmp_path / "loop.toml").symlink_to(tmp_path / "loop.toml")
    assert has_settings()
    (tmp_path / "colorize.toml").unlink()
    (tmp_path / "none/colorize").mkdir(parents=True)
    (tmp_path / "none/colorize/config.toml").touch()
    assert has_settings()


def test_the_threads_of_linear_algebra_are_set_for_numpy_alone(monkeypatch):
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    import_numpy()
    assert "OPENBLAS_NUM_THREADS" not in os.environ
