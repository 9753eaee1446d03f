import pytest

from colorize_cli.core import errors
from colorize_cli.core.errors import ColorizeError, ExitStatus, quoted

# sysexits(3), and 2 as most parsers of command lines have it.
TABLE = {
    "SomeInputsFailed": 1,
    "UsageError": 2,
    "NotAnImageError": 65,
    "NoInputError": 66,
    "UnavailableError": 69,
    "ColorizeError": 70,
    "CannotCreateError": 73,
    "OutputError": 74,
    "TemporaryError": 75,
    "NoPermissionError": 77,
    "BadConfigError": 78,
}


@pytest.mark.parametrize(("name", "status"), TABLE.items())
def test_every_error_has_its_exit_status(name, status):
    assert getattr(errors, name)("reason").status == status


def test_every_status_but_success_belongs_to_one_error():
    assert sorted(TABLE.values()) == sorted(set(ExitStatus) - {ExitStatus.OK})


def test_statuses_keep_clear_of_those_that_shells_and_xargs_use():
    assert all(status < 124 for status in ExitStatus)


def test_an_error_with_a_file_begins_with_its_name_in_quotes():
    assert str(ColorizeError("is empty", path="a b.png")) == "'a b.png': is empty"


def test_an_error_without_a_file_is_its_reason():
    assert str(ColorizeError("no model")) == "no model"


def test_an_error_is_one_line_whatever_the_file_is_called():
    assert "\n" not in str(ColorizeError("is\nempty", path="a\nb.png"))


def test_names_of_undecodable_bytes_can_be_printed():
    assert quoted("caf\udce9.png").encode("utf-8") == b"'caf\\udce9.png'"
