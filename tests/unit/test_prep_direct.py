"""The quick reading of `prep`'s command line, beside the whole parser, which is right."""

import inspect
import os
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from colorize_cli import main as program
from colorize_cli.commands import prep_direct as direct
from colorize_cli.commands import prep_work
from colorize_cli.core.errors import ColorizeError

COMMAND = typer.main.get_command(program.app).commands["prep"]
DEFAULTS = {
    name: parameter.default
    for name, parameter in inspect.signature(prep_work.prepare_photos).parameters.items()
    if parameter.default is not inspect.Parameter.empty
}
VALUED = [*direct.OPTIONS.texts, *direct.OPTIONS.numbers]
NUMBERS = ["1", "0", "16", "0.5", "007", "1.", ".5", "1e1", "nan", "inf", "1_0", " 1", "٣", "-1"]
VALUES = ["photos", "-", "", "b c", "-o", "--", "=", "a=b", *NUMBERS]
WORDS = ["--json", "--help", "--siz", "-jo", "-ofile", "--output", *VALUES]


@pytest.fixture
def whole(monkeypatch, tmp_path):
    """Return what the whole parser makes of a command line, None for an error or none."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    for name in [name for name in os.environ if name.startswith("COLORIZE_")]:
        monkeypatch.delenv(name)
    asked: list[dict[str, Any]] = []

    def prepare_photos(source: Path, **choices: Any) -> None:
        asked.append({"source": source, **choices})

    monkeypatch.setattr(prep_work, "prepare_photos", prepare_photos)

    def choices(arguments):
        asked.clear()
        try:
            program.run_program(["prep", *arguments])
        except ColorizeError:
            return None
        return asked[0] if asked else None

    return choices


def arguments():
    pair = st.tuples(st.sampled_from(VALUED), st.sampled_from(VALUES))
    word = st.sampled_from([*WORDS, "photos", "photos"]).map(lambda word: [word])
    parts = st.one_of(word, pair.map(list), pair.map(lambda pair: ["=".join(pair)]))
    return st.lists(parts, max_size=4).map(lambda parts: [word for part in parts for word in part])


@settings(
    deadline=None, max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(arguments=arguments())
def test_what_is_plain_means_the_same_to_the_whole_parser(whole, arguments):
    choices = direct.plain_choices(arguments)
    if choices is not None:
        assert DEFAULTS | choices == whole(arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ["photos"],
        ["photos", "-o", "data", "--size", "64", "--json"],
        ["--test-share=0.1", "--seed", "7", "-j", "2", "photos"],
    ],
)
def test_what_people_write_is_plain(whole, arguments):
    choices = direct.plain_choices(arguments)
    assert choices is not None
    assert DEFAULTS | choices == whole(arguments)


def test_every_option_is_known_to_both():
    known = {*VALUED, *direct.OPTIONS.flags}
    assert known == {name for option in COMMAND.params for name in option.opts if name[0] == "-"}


@pytest.mark.parametrize("name", ["COLORIZE_SIZE", "COLORIZE_PREP_SIZE"])
def test_settings_are_for_the_whole_parser(whole, monkeypatch, name):
    monkeypatch.setenv(name, "32")
    assert not direct.prep_directly(["photos"])
