import shlex
from pathlib import Path
from typing import Any

import pytest

from colorize_trainers.report.run import RunRecord
from colorize_trainers.report.settings import (
    as_text,
    environment_table,
    report_command,
    settings_table,
    training_commands,
)
from colorize_trainers.run_directory import RunDirectory

SETTINGS: dict[str, Any] = {
    "format_version": 1,
    "recipe": {
        "name": "compact",
        "summary": "long",
        "epochs": 9,
        "has_skips": True,
        "variants": ["a"],
    },
    "data": "/photos of birds",
    "backend": "torch",
    "seed": 7,
    "limit": None,
    "samples_every": 5,
    "origins": {"epochs": "--epochs", "size": "data"},
    "environment": {"torch": "2.13.0+cpu", "device": "cpu"},
}


def run_with(path: str = "runs/x", **changes: Any) -> RunRecord:
    settings = {**SETTINGS, **changes}
    return RunRecord(directory=RunDirectory(Path(path)), name="x", settings=settings)


def test_every_setting_stands_with_its_value_and_where_it_came_from() -> None:
    rows = settings_table(run_with())
    assert ("epochs", "9", "--epochs") in rows
    assert ("has skips", "yes", "recipe compact") in rows
    assert ("data", "/photos of birds", "this run") in rows
    assert ("limit", "none", "this run") in rows
    assert not {"summary", "origins", "format version"} & {name for name, _, _ in rows}


def test_the_environment_is_listed() -> None:
    assert environment_table(run_with()) == [("torch", "2.13.0+cpu"), ("device", "cpu")]


def test_the_training_command_follows_from_the_settings_as_a_shell_reads_them() -> None:
    (command,) = training_commands(run_with())
    assert shlex.split(command) == [
        *("colorize", "train", "/photos of birds", "--recipe", "compact", "--epochs", "9"),
        *("--seed", "7", "--samples-every", "5", "--backend", "torch"),
    ]


def test_commands_that_the_run_noted_are_shown_as_they_were() -> None:
    noted = ["colorize train --epochs 2", "colorize train --resume x --epochs 4"]
    run = run_with(commands=noted)
    assert training_commands(run) == noted
    assert "commands" not in {name for name, _, _ in settings_table(run)}


@pytest.mark.parametrize("path", ["runs/a b", "runs/$HOME", "runs/it's", "runs/'; rm"])
def test_odd_paths_are_quoted_for_a_shell(path: str) -> None:
    assert shlex.split(report_command(run_with(path))) == ["colorize", "report", path]


def test_paths_that_cannot_be_printed_are_written_byte_by_byte() -> None:
    assert report_command(run_with("a\nb'\udcff")) == r"colorize report $'a\x0ab\x27\xff'"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "yes"),
        (None, "none"),
        ([], "none"),
        (["a", 2], "a, 2"),
        (5e-05, "5e-05"),
        ({"crop": 0.4, "tone": 0.0, "blur": 1.5}, "crop=0.4,blur=1.5"),
        ({"crop": 0.0}, "none"),
    ],
)
def test_values_are_written_as_people_do(value: object, text: str) -> None:
    assert as_text(value) == text
