"""Where the value of an option comes from that is not given: `colorize info --config` tells."""

import json
import os
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import numpy as np
import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from colorize_cli.commands.settings_files import read_file
from colorize_cli.commands.settings_rules import GLOBAL, settable, variable_of
from colorize_cli.core.errors import BadConfigError
from colorize_cli.main import app
from command_line import run_colorize
from same_process import Ended, SameProcess
from tiny_models import write_tiny_model

Colorize: TypeAlias = Callable[..., Ended]

PROGRAM: Any = typer.main.get_command(app)
OPTIONS = [
    (name, key, option)
    for name, command in PROGRAM.commands.items()
    for key, option in settable(name, command.params)
]
"""Every option that may be set."""


@pytest.fixture
def colorize(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> Colorize:
    process = SameProcess(tmp_path, monkeypatch, capfd)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return lambda *arguments: process([*map(str, arguments)])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tmp_path / "colorize.toml"


@pytest.fixture
def user(tmp_path: Path) -> Path:
    path = tmp_path / "no-settings/colorize/config.toml"
    path.parent.mkdir(parents=True)
    return path


def entry(ended: Ended, command: str, key: str) -> Any:
    """Return what `info --config --json` says of an option."""
    assert ended.status == 0, ended.err
    (found,) = [e for e in json.loads(ended.out) if (e["command"], e["key"]) == (command, key)]
    return found


SOURCES = ("flag", "variable", "project", "user")
"""The strongest first."""


@pytest.mark.parametrize(
    "present", [there for count in range(5) for there in combinations(SOURCES, count)]
)
def test_the_strongest_source_that_says_something_wins(
    colorize: Colorize,
    project: Path,
    user: Path,
    monkeypatch: pytest.MonkeyPatch,
    present: tuple[str, ...],
) -> None:
    if "user" in present:
        user.write_text("[run]\nstrength = 0.1\n")
    if "project" in present:
        project.write_text("# mine\n[run]\nstrength = 0.2\n")
    if "variable" in present:
        monkeypatch.setenv("COLORIZE_RUN_STRENGTH", "0.3")
    flag = ["--strength", "0.4"] if "flag" in present else []
    found = entry(colorize("info", "--config", "--json", "--", "run", *flag), "run", "strength")
    expected = {
        "flag": (0.4, "flag", "--strength"),
        "variable": (0.3, "variable", "COLORIZE_RUN_STRENGTH"),
        "project": (0.2, "file", "colorize.toml:3"),
        "user": (0.1, "file", f"{user}:2"),
    }
    strongest = present[0] if present else None
    wanted = expected[strongest] if strongest else (1.0, "default", None)
    assert (found["value"], found["origin"], found["place"]) == wanted


def test_an_empty_variable_says_nothing(
    colorize: Colorize, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write_text("[run]\nstrength = 0.2\n")
    monkeypatch.setenv("COLORIZE_RUN_STRENGTH", "")
    assert entry(colorize("info", "--config", "--json"), "run", "strength")["value"] == 0.2


def test_a_table_is_stronger_than_what_holds_for_all_commands(
    colorize: Colorize, project: Path
) -> None:
    project.write_text('device = "cpu"\n[run]\ndevice = "cuda"\n')
    ended = colorize("info", "--config", "--json")
    assert entry(ended, "run", "device")["value"] == "cuda"
    assert entry(ended, "watch", "device")["value"] == "cpu"


def test_a_nearer_file_is_stronger_than_a_table_of_the_other(
    colorize: Colorize, project: Path, user: Path
) -> None:
    user.write_text('[run]\ndevice = "cuda"\n')
    project.write_text('device = "cpu"\n')
    found = entry(colorize("info", "--config", "--json"), "run", "device")
    assert (found["value"], found["place"]) == ("cpu", "colorize.toml:1")


@pytest.mark.parametrize("key", sorted(GLOBAL))
def test_a_variable_for_all_commands_sets_the_option_of_each(
    colorize: Colorize, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv(variable_of("", key), "bfloat16")
    entries = json.loads(colorize("info", "--config", "--json").out)
    from_it = {e["command"] for e in entries if e["key"] == key and e["origin"] == "variable"}
    assert from_it == GLOBAL[key]


def test_how_exactly_it_trains_is_only_set_for_training(colorize: Colorize, project: Path) -> None:
    project.write_text('precision = "bfloat16"\n')
    ended = colorize("info", "--config", "--json")
    assert entry(ended, "run", "precision")["value"] == "bfloat16"
    assert entry(ended, "train", "precision")["value"] is None


def unfit_for(option: Any) -> str:
    """Return a TOML value of a type that the option does not have."""
    return '{ "a" = 1 }' if option.multiple else "1979-05-27"


def test_every_option_refuses_another_type_and_names_file_and_key(project: Path) -> None:
    program = typer.Context(PROGRAM, info_name="colorize")
    assert len(OPTIONS) > 50
    for command, key, option in OPTIONS:
        project.write_text(f"[{command}]\n{key} = {unfit_for(option)}\n")
        with pytest.raises(BadConfigError) as caught:
            read_file(project, program)
        assert str(caught.value).startswith(f"'{project}': [{command}] {key}: must be ")


def read_text(text: str) -> Any:
    """Return what a settings file of this text says."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "colorize.toml")
        path.write_text(text, "utf-8")
        return read_file(path, typer.Context(PROGRAM, info_name="colorize"))


@settings(max_examples=40, deadline=None)
@given(st.floats() | st.integers())
def test_numbers_are_taken_just_within_the_range_of_their_option(number: float) -> None:
    text = f"[run]\nstrength = {number!r}\n"
    if 0 <= number <= 2:
        assert read_text(text).tables["run"]["strength"] == number
    else:
        with pytest.raises(BadConfigError, match="strength"):
            read_text(text)


TABLES = ("[run]", "[train]", "[[run]]", "run.", "\n", ".", "#")
KEYS = ("strength", "model", "photos", "force", "=", "=")
VALUES = ("1", "-1", "nan", "true", '"a"', "''", "[1, 2]", "{ a = 1 }", "1979-05-27")
WORDS = st.sampled_from([*TABLES, *KEYS, *VALUES])


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS, max_size=8))
def test_whatever_a_file_says_it_is_taken_or_refused_in_one_line(words: list[str]) -> None:
    try:
        read_text(" ".join(words))
    except BadConfigError as error:
        assert "\n" not in str(error)  # noqa: PT017 - most texts raise nothing


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[rum]\n", "unknown table [rum]; did you mean 'run'?"),
        ("[backends]\n", "unknown table [backends]"),
        ("[run]\nstrenght = 1\n", "unknown key 'strenght' in [run]; did you mean 'strength'?"),
        ("[run]\nmax_pixels = 1\n", "in [run]; did you mean 'max-pixels'?"),
        ("strength = 1\n", "strength belongs below [run] or [watch]"),
        ("[run]\nfiles = ['a']\n", "unknown key 'files' in [run]"),
        ("[run]\nforce = true\n", "[run] force cannot be set here: it replaces, moves or deletes"),
        ("[watch]\nthen = 'delete'\n", "[watch] then cannot be set here: it replaces, moves or"),
        ("[run]\noutput = 'a.png'\n", "[run] output cannot be set here: it is about a single call"),
        ("[run]\noutput-dir = 'a'\n", "[run] output-dir cannot be set here: it would turn every"),
        ("[info]\nconfig = true\n", "unknown table [info]"),
        ("[train]\nresume = 'last'\n", "[train] resume cannot be set here"),
        ("[run]\nstrength = 3\n", "[run] strength: 3.0 is not in the range 0<=x<=2"),
        ("[run]\nstrength = nan\n", "[run] strength: nan is not a finite number"),
        ("[run]\nstrength = true\n", "[run] strength: must be a number, not True"),
        ("[run]\nstrength = '1'\n", "[run] strength: must be a number, not '1'"),
        ("[run]\nsize = 64.0\n", "[run] size: must be a whole number, not 64.0"),
        ("[run]\nstrip = 1\n", "[run] strip: must be true or false, not 1"),
        ("[run]\nquality = 'good'\n", "[run] quality: 'good' is not one of 'standard', 'best'"),
        ("[run]\nformat = ''\n", "[run] format: must be a text in quotes, not ''"),
        ("[train]\ncheckpoint-every = -1\n", "[train] checkpoint-every: -1.0 is not in the range"),
        ("[report]\nphotos = [1]\n", "[report] photos: must be a text in quotes, not 1"),
        (
            f"[run]\nstrength = 1{'0' * 400}\n",
            "[run] strength: must be a number of 100 digits at most",
        ),
        (
            '[run]\nreference = "a\\u0000"\n',
            "[run] reference: must be a text without a zero character",
        ),
        ('model = "a\\u0000"\n', "model must be a text without a zero character"),
        ("run = 5\n", "run is a table, which is written as [run]"),
        ("[[run]]\n", "run is a table, which is written as [run]"),
        ("[run\n", "not valid TOML"),
    ],
)
def test_what_a_file_must_not_say_is_one_line_with_file_and_reason(
    colorize: Colorize, project: Path, text: str, reason: str
) -> None:
    project.write_text(text)
    # Whichever command is called: `prep` has nothing to do with most of these.
    ended = colorize("prep", "photos")
    assert ended.status == 78
    (line,) = ended.lines
    assert line.startswith("colorize: 'colorize.toml': ")
    assert reason in line


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("COLORIZE_RUN_STRENGTH", "much", "'much' is not a valid float"),
        ("COLORIZE_RUN_STRENGTH", "nan", "nan is not a finite number"),
        ("COLORIZE_RUN_STRIP", "perhaps", "'perhaps' is not a valid boolean"),
        ("COLORIZE_PRECISION", "float16", "'float16' is not one of 'auto', 'float32', 'bfloat16'"),
        ("COLORIZE_RUN_FORCE", "1", "cannot be set: it replaces, moves or deletes files"),
        ("COLORIZE_RUN_JSON", "1", "cannot be set: it is about a single call"),
    ],
)
def test_what_a_variable_must_not_say_is_one_line_with_its_name(
    colorize: Colorize, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(variable, value)
    ended = colorize("run", "gray.png", "-o", "color.png")
    assert ended.status == 78
    (line,) = ended.lines
    assert line.startswith(f"colorize: {variable}")
    assert reason in line


def test_paths_count_from_the_folder_of_their_file(
    colorize: Colorize, project: Path, user: Path, tmp_path: Path
) -> None:
    user.write_text('[watch]\nstate = "state.db"\nmodel = "mine.safetensors"\n')
    project.write_text('[run]\nreference = "palette.jpg"\n[watch]\noutput-dir = "~/colored"\n')
    ended = colorize("info", "--config", "--json")
    assert entry(ended, "watch", "state")["value"] == str(user.parent / "state.db")
    assert entry(ended, "watch", "model")["value"] == str(user.parent / "mine.safetensors")
    assert entry(ended, "run", "reference")["value"] == "palette.jpg"
    assert entry(ended, "watch", "output-dir")["value"] == str(tmp_path / "home/colored")


def test_the_name_of_a_bundled_model_is_no_path(colorize: Colorize, user: Path) -> None:
    user.write_text('[run]\nmodel = "natural"\n')
    assert entry(colorize("info", "--config", "--json"), "run", "model")["value"] == "natural"


def test_several_paths_are_a_list_or_separated_by_colons(
    colorize: Colorize, user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user.write_text('[report]\nphotos = ["a.jpg", "/b.jpg"]\n')
    found = entry(colorize("info", "--config", "--json"), "report", "photos")
    assert found["value"] == [str(user.parent / "a.jpg"), "/b.jpg"]
    monkeypatch.setenv("COLORIZE_REPORT_PHOTOS", f"c.jpg{os.pathsep}d.jpg")
    found = entry(colorize("info", "--config", "--json"), "report", "photos")
    assert found["value"] == ["c.jpg", "d.jpg"]


def test_epochs_may_be_a_number(colorize: Colorize, project: Path) -> None:
    project.write_text("[train]\nepochs = 50\n")
    assert entry(colorize("info", "--config", "--json"), "train", "epochs")["value"] == "50"


@pytest.mark.parametrize(
    ("text", "flags", "command", "key"),
    [
        ("[run]\nquiet = true\n", ["-v"], "run", "quiet"),
        ("[run]\nverbose = 1\n", ["-q"], "run", "verbose"),
        ("[run]\nformat = 'png'\n", ["-o", "a.jpg"], "run", "format"),
        ("[run]\nname = '{stem}-color.png'\n", [], "run", "name"),
        ("[train]\nrecipe = 'natural'\n", ["--resume"], "train", "recipe"),
        ("backend = 'onnx'\n", ["--resume", "runs/a"], "train", "backend"),
    ],
)
def test_what_would_contradict_the_command_line_gives_way(
    colorize: Colorize, project: Path, text: str, flags: list[str], command: str, key: str
) -> None:
    project.write_text(text)
    found = entry(colorize("info", "--config", "--json", "--", command, *flags), command, key)
    assert found["origin"] == "default"


@pytest.mark.parametrize(
    ("text", "flags", "command", "key"),
    [
        ("[run]\nname = '{stem}-color.png'\n", ["--output-dir", "out"], "run", "name"),
        ("[run]\nformat = 'png'\n", ["--output-dir", "out"], "run", "format"),
        ("[train]\ndevice = 'cpu'\n", ["--resume"], "train", "device"),
    ],
)
def test_what_goes_with_the_command_line_is_taken(
    colorize: Colorize, project: Path, text: str, flags: list[str], command: str, key: str
) -> None:
    project.write_text(text)
    found = entry(colorize("info", "--config", "--json", "--", command, *flags), command, key)
    assert found["origin"] == "file"


def test_a_stronger_source_is_not_contradicted_either(
    colorize: Colorize, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write_text("[run]\nquiet = true\n")
    monkeypatch.setenv("COLORIZE_RUN_VERBOSE", "1")
    ended = colorize("info", "--config", "--json")
    assert entry(ended, "run", "quiet")["origin"] == "default"
    assert entry(ended, "run", "verbose")["value"] == 1


def test_a_variable_turns_a_flag_of_a_file_off(
    colorize: Colorize, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write_text("[run]\nstrip = true\n")
    monkeypatch.setenv("COLORIZE_RUN_STRIP", "0")
    assert entry(colorize("info", "--config", "--json"), "run", "strip")["value"] is False


def test_a_setting_is_what_the_command_does(
    colorize: Colorize, project: Path, tmp_path: Path
) -> None:
    write_tiny_model(tmp_path / "tiny.safetensors")
    gray = np.random.default_rng(0).integers(0, 256, (8, 8), dtype=np.uint8)
    Image.fromarray(gray).save(tmp_path / "gray.png")
    project.write_text('model = "tiny.safetensors"\n[run]\nstrength = 0\n')
    assert colorize("run", "gray.png", "-o", "by-file.png").status == 0
    assert colorize("run", "gray.png", "-o", "by-flag.png", "--strength", "1").status == 0
    by_file, by_flag = (
        np.asarray(Image.open(tmp_path / name)).astype(int)
        for name in ("by-file.png", "by-flag.png")
    )
    assert np.ptp(by_file, axis=2).max() == 0
    assert np.ptp(by_flag, axis=2).max() > 0


@pytest.mark.parametrize(
    ("text", "arguments", "status", "note"),
    [
        ("[train]\nmax-time = 'long'\n", ["train"], 78, "max-time is set by colorize.toml:2"),
        ("backend = 'onxx'\n", ["run", "gray.png"], 78, "backend is set by colorize.toml:1"),
        ("[run]\nmodel = 'no.onnx'\n", ["run", "gray.png"], 66, "model is set by colorize.toml:2"),
        ("device = 'tpu'\n", ["run", "gray.png"], 69, "device is set by colorize.toml:1"),
    ],
)
def test_an_error_about_a_setting_says_where_it_was_set(
    colorize: Colorize,
    project: Path,
    tmp_path: Path,
    text: str,
    arguments: list[str],
    status: int,
    note: str,
) -> None:
    Image.new("L", (8, 8), 99).save(tmp_path / "gray.png")
    project.write_text(text)
    output = ["-o", "out.png"] if "run" in arguments else []
    ended = colorize(*arguments, *output)
    assert ended.status == status, ended.err
    (line,) = ended.lines
    assert line.endswith(f"({note})")


def test_an_error_about_the_command_line_blames_no_setting(
    colorize: Colorize, project: Path
) -> None:
    project.write_text("[run]\nstrength = 0.5\n")
    ended = colorize("run", "missing.png", "-o", "color.png")
    assert ended.status == 66
    assert "colorize.toml" not in ended.err


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["backends", "--json"]])
def test_what_needs_no_settings_reads_none(
    colorize: Colorize, project: Path, arguments: list[str]
) -> None:
    project.write_text("not TOML")
    assert colorize(*arguments).status == 0


def test_help_shows_the_programs_own_defaults(
    colorize: Colorize, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = colorize("run", "--help").out
    project.write_text("[run]\nstrength = 0.123\n")
    monkeypatch.setenv("COLORIZE_RUN_SIZE", "77")
    assert colorize("run", "--help").out == before


def test_settings_are_shown_as_a_table(colorize: Colorize, project: Path) -> None:
    project.write_text("[run]\nstrength = 0.5\nstrip = true\n")
    lines = colorize("info", "--config", "run").out.splitlines()
    assert lines[0].split() == ["SETTING", "VALUE", "ORIGIN"]
    rows = [line.split() for line in lines]
    assert ["run.strength", "0.5", "colorize.toml:2"] in rows
    assert ["run.strip", "true", "colorize.toml:3"] in rows
    assert ["run.model", "-", "default"] in rows
    assert not any(row[0] == "run.force" for row in rows)


def test_settings_of_no_command_are_a_usage_error(colorize: Colorize) -> None:
    ended = colorize("info", "--config", "rum")
    assert ended.status == 2
    assert "did you mean 'run'?" in ended.err


def test_a_process_finds_the_users_file_by_xdg(tmp_path: Path) -> None:
    (tmp_path / "settings/colorize").mkdir(parents=True)
    (tmp_path / "settings/colorize/config.toml").write_text("[run]\nsize = 64\n")
    variables = {"XDG_CONFIG_HOME": str(tmp_path / "settings"), "COLORIZE_RUN_JOBS": "2"}
    ended = run_colorize(tmp_path, "info", "--config", "--json", variables=variables)
    found = {e["key"]: e["value"] for e in json.loads(ended.stdout) if e["command"] == "run"}
    assert (found["size"], found["jobs"]) == (64, 2)


def test_a_line_is_found_behind_a_byte_order_mark(colorize: Colorize, project: Path) -> None:
    project.write_bytes(b"\xef\xbb\xbf[run]\r\nsize = 64\r\n")
    found = entry(colorize("info", "--config", "--json", "run"), "run", "size")
    assert (found["value"], found["place"]) == (64, "colorize.toml:2")


def test_a_value_that_is_not_printable_stays_on_its_line(colorize: Colorize, project: Path) -> None:
    project.write_text('[run]\nreference = "a\\n\\u001b[31mb"\n')
    ended = colorize("info", "--config", "run")
    assert "\x1b" not in ended.out
    assert ["run.reference", r"'a\n\x1b[31mb'", "colorize.toml:2"] in [
        line.split() for line in ended.out.splitlines()
    ]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--strenght", "1"], "no such option: --strenght"),
        (["--strength", "5"], "5.0 is not in the range 0<=x<=2"),
        (["--strength", "nan"], "nan is not a finite number"),
        (["--strength"], "--strength"),
    ],
)
def test_options_that_the_command_would_refuse_are_refused(
    colorize: Colorize, words: list[str], reason: str
) -> None:
    ended = colorize("info", "--config", "--", "run", *words)
    assert (ended.status, ended.out) == (2, "")
    assert reason in ended.err.lower()


def test_nothing_is_lost_in_silence_where_stdout_is_closed(tmp_path: Path) -> None:
    ended = run_colorize(tmp_path, "info", "--config", stdout=None, preexec_fn=lambda: os.close(1))
    assert ended.returncode == 74
    assert b"'standard output': cannot be written" in ended.stderr
