from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from colorize_cli.manual.command_tree import COMMON, brief, read_help, read_tree


class Color(StrEnum):
    RED = "red"
    BLUE = "blue"


def paint(
    files: Annotated[list[Path], typer.Argument(metavar="[FILE]...", help="What to paint.")],
    color: Annotated[Color, typer.Option(rich_help_panel="Looks", help="Which.")] = Color.RED,
    width: Annotated[float, typer.Option("--width", "-w", min=0, max=2, help="How wide.")] = 1.5,
    count: Annotated[int | None, typer.Option(min=1)] = None,
    place: Annotated[str | None, typer.Option(metavar="[WHERE]", help="Where.")] = None,
    is_dry: Annotated[bool, typer.Option("--dry/--wet", help="Dry or not.")] = False,
    loudness: Annotated[int, typer.Option("-v", count=True)] = 0,
    secret: Annotated[bool, typer.Option("--secret", hidden=True)] = False,
) -> None:
    """Paint things.

    \b
    colorize paint a
    colorize paint b

    It is quick.
    """


def tree_of(*commands: Any, **hidden: Any) -> Any:
    app = typer.Typer(context_settings={"help_option_names": ["-h", "--help"]})
    for command in commands:
        app.command()(command)
    for name, command in hidden.items():
        app.command(name, hidden=True)(command)
    app.callback()(lambda: None)
    return read_tree(typer.main.get_command(app))


def option(name: str) -> Any:
    (found,) = (o for o in tree_of(paint).commands[0].options if o.name == name)
    return found


def test_a_command_has_its_words_help_and_examples() -> None:
    (command,) = tree_of(paint).commands
    assert (command.path, command.summary) == (("paint",), "Paint things.")
    assert command.prose == ("It is quick.",)
    assert command.examples == ("colorize paint a", "colorize paint b")


def test_hidden_commands_and_options_are_left_out() -> None:
    tree = tree_of(paint, hush=lambda: None)
    assert [command.words for command in tree.walk()] == ["", "paint"]
    assert "secret" not in {entry.name for entry in tree.commands[0].options}


def test_options_stand_in_their_groups() -> None:
    groups = tree_of(paint).commands[0].groups()
    assert [entry.name for entry in groups["Looks"]] == ["color"]
    assert "help" in {entry.name for entry in groups["Common options"]}


def test_short_names_come_first_and_opposites_are_names_too() -> None:
    assert option("width").flags == ("-w", "--width")
    assert option("is_dry").flags == ("--dry", "--wet")
    assert option("help").flags == ("-h", "--help")


def test_values_have_their_name_choices_and_limits() -> None:
    assert (option("width").value, option("width").limits) == ("X", "From 0 to 2. Default: 1.5.")
    assert (option("count").value, option("count").limits) == ("N", "At least 1.")
    assert option("color").choices == ("red", "blue")
    assert option("color").value == "red|blue"


def test_switches_and_counted_ones_take_no_value() -> None:
    assert option("is_dry").value is None
    assert option("loudness").value is None
    assert option("loudness").is_many


def test_a_value_in_brackets_may_be_left_out() -> None:
    assert option("place").is_value_optional
    assert not option("width").is_value_optional


def test_an_argument_loses_the_signs_around_its_name() -> None:
    (argument,) = tree_of(paint).commands[0].arguments
    assert (argument.value, argument.is_many, argument.is_required) == ("FILE", True, True)


def test_examples_are_lines_that_are_not_to_be_filled() -> None:
    text = "What.\n\n\b\ncolorize train  # a\nfind | colorize run\n\nProse of\ncolorize."
    assert read_help(text) == (
        "What.",
        ("Prose of colorize.",),
        ("colorize train  # a", "find | colorize run"),
    )


def test_common_options_come_first_and_the_other_groups_as_they_are_declared() -> None:
    def draw(
        late: Annotated[int, typer.Option(rich_help_panel="Last")] = 1,
        usual: Annotated[int, typer.Option(rich_help_panel=COMMON)] = 1,
        later: Annotated[int, typer.Option(rich_help_panel="Lost")] = 1,
        late_too: Annotated[int, typer.Option(rich_help_panel="Last")] = 1,
    ) -> None: ...

    (command,) = tree_of(draw).commands
    names = {group: [o.name for o in found] for group, found in command.groups().items()}
    assert list(names.items()) == [
        (COMMON, ["usual", "help"]),
        ("Last", ["late", "late_too"]),
        ("Lost", ["later"]),
    ]
    assert [o.name for o in command.options] == ["usual", "help", "late", "late_too", "later"]


def test_a_command_without_help_has_none() -> None:
    assert read_help("") == ("", (), ())


def test_the_brief_is_the_first_sentence_and_dots_do_not_end_it() -> None:
    assert brief("auto, cpu, ... Never another. Ever.") == "auto, cpu, ... Never another"
