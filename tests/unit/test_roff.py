import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colorize_cli.manual import roff

AWKWARD = r".ti back\slash -x --long a'b 'c' `d` ^ ~ % " + 'é "q" \\fB \\(aq … 色'


def read_by(program: list[str], page: str) -> str:
    if not shutil.which(program[0]):
        pytest.skip(f"there is no {program[0]} here")
    ended = subprocess.run(program, input=page, capture_output=True, text=True, check=True)
    assert ended.stderr == ""
    return ended.stdout


@pytest.mark.parametrize(
    "program",
    [["groff", "-man", "-ww", "-Tutf8", "-Kutf8"], ["mandoc", "-Tutf8"]],
    ids=lambda program: program[0],
)
def test_a_reader_sees_the_very_characters(program: list[str]) -> None:
    lines = [AWKWARD, "'single", "..double", "-dash"]
    page = "\n".join(['.TH X 1 "2020-01-01"', ".SH NAME", "x \\- y", *roff.example(lines)])
    shown = read_by(program, f"{page}\n")
    for line in lines:
        assert f"\n           {line}\n" in shown


def test_code_between_backticks_is_bold_and_apostrophes_within_words_curl() -> None:
    assert roff.prose("Adam's `run -o`, 'x'") == r"Adam's \fBrun \-o\fR, \(aqx\(aq"


def test_a_single_backtick_is_a_sign_like_any_other() -> None:
    assert roff.prose("a ` b") == r"a \(ga b"


def test_each_sentence_has_a_line_of_its_own_and_abbreviations_do_not_end_one() -> None:
    assert list(roff.sentences("One. Two; three e.g. four.")) == [
        "One.",
        "Two;",
        "three e.g. four.",
    ]


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=30))
def test_escaped_text_is_ascii_and_never_a_request(text: str) -> None:
    line = roff.guarded(roff.literal(text))
    assert line.isascii()
    assert not line.startswith((".", "'"))


def test_a_section_without_lines_is_left_out() -> None:
    assert roff.section("FILES", []) == []
    assert roff.section("Files", ["x"]) == [".SH FILES", "x"]
