"""What help looks like, from a tree that is made by hand."""

from dataclasses import replace

from colorize_cli.manual.command_tree import COMMON, Argument, Command, Option
from colorize_cli.manual.help_pages import help_page

PAINT = Command(
    path=("paint",),
    group="",
    summary="Paint things.",
    prose=("It is quick, and it is as careful as can be with whatever is given to it.",),
    examples=("colorize paint a  # one",),
    arguments=(
        Argument(name="files", value="FILE", help="What.", is_required=False, is_many=True),
    ),
    options=(
        Option(name="color", flags=("-c", "--color"), value="NAME", help="Which"),
        Option(name="is_wet", flags=("--wet",), value=None, help="Leave it wet."),
        Option(
            name="width",
            flags=("--width-of-the-brush",),
            value="X",
            help="How wide.",
            limits="At least 1.",
            group="Brush",
        ),
    ),
    commands=(),
)


def test_examples_come_first_then_common_options_then_the_others() -> None:
    assert help_page(PAINT) == (
        "Usage: colorize paint [OPTIONS] [FILE...]\n\n"
        "Paint things.\n\n"
        "Examples:\n  colorize paint a  # one\n\n"
        "Arguments:\n  [FILE...]  What.\n\n"
        "Common options:\n"
        "  -c, --color NAME  Which.\n"
        "      --wet         Leave it wet.\n\n"
        "Brush:\n"
        "      --width-of-the-brush X\n"
        "                          How wide. At least 1.\n\n"
        "Notes:\n"
        "  It is quick, and it is as careful as can be with whatever is given to it.\n\n"
        "More: man colorize-paint"
    )


def test_a_single_group_needs_no_name() -> None:
    page = help_page(replace(PAINT, options=PAINT.options[:2]))
    assert "\nOptions:\n" in page
    assert COMMON not in page


def test_options_that_are_needed_stand_in_the_usage() -> None:
    needed = replace(PAINT.options[0], is_required=True)
    assert help_page(replace(PAINT, options=(needed,))).startswith(
        "Usage: colorize paint [OPTIONS] -c NAME [FILE...]\n"
    )


def test_on_a_narrow_terminal_help_goes_below_the_names() -> None:
    page = help_page(PAINT, width=40)
    assert "  -c, --color NAME\n      Which.\n" in page
    assert max(map(len, page.splitlines())) <= 40


def test_commands_stand_by_what_they_are_for() -> None:
    cut = replace(PAINT, path=("cut",), group="Use", summary="Cut things.")
    draw = replace(cut, path=("draw",), group="Make", summary="Draw things.")
    page = help_page(replace(PAINT, path=(), commands=(draw, cut)))
    assert page.startswith("Usage: colorize COMMAND [OPTIONS] [FILE...]\n")
    assert "\nMake:\n  draw  Draw things\n\nUse:\n  cut   Cut things\n" in page


def test_only_headings_are_bold_and_only_where_that_is_asked_for() -> None:
    bold = help_page(PAINT, is_bold=True)
    assert "\n\x1b[1mExamples:\x1b[0m\n" in bold
    assert bold.replace("\x1b[1m", "").replace("\x1b[0m", "") == help_page(PAINT)
