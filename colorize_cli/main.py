"""The program: its commands, one line each, and how a command line becomes a call."""

from typing import Any, Final

import typer

from colorize_cli import __version__, console
from colorize_cli.commands.backends import backends
from colorize_cli.commands.completion import completion
from colorize_cli.commands.doctor import doctor
from colorize_cli.commands.eval import evaluate
from colorize_cli.commands.export import export
from colorize_cli.commands.grouped_help import COMMON, GroupedCommand, GroupedProgram
from colorize_cli.commands.help import show_help
from colorize_cli.commands.info import info
from colorize_cli.commands.prep import prep
from colorize_cli.commands.report import report
from colorize_cli.commands.run import run
from colorize_cli.commands.settings import configured
from colorize_cli.commands.train import train
from colorize_cli.commands.train_command import TrainCommand
from colorize_cli.commands.watch import WatchCommand, watch
from colorize_cli.core.errors import ExitStatus

PROGRAM: Final = "colorize"

PREPARE, TRAIN, JUDGE = "Prepare photos", "Train", "Judge what was learnt"
USE, KEEP, LOOK = "Use a model", "Keep a model", "Look and get help"
"""What commands are for, in the order of use, which is also that of all lists of commands."""

app = typer.Typer(
    name=PROGRAM,
    cls=GroupedProgram,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _add(function: Any, group: str, name: str | None = None, kind: Any = GroupedCommand) -> None:
    app.command(name, cls=kind, rich_help_panel=group)(function)


_add(prep, PREPARE)
_add(train, TRAIN, kind=TrainCommand)
_add(report, JUDGE)
_add(evaluate, JUDGE, "eval")
_add(run, USE)
_add(watch, USE, kind=WatchCommand)
_add(export, KEEP)
_add(info, LOOK)
_add(doctor, LOOK)
_add(completion, LOOK)
_add(show_help, LOOK, "help")
app.add_typer(backends, name="backends", rich_help_panel=LOOK)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"{PROGRAM} {__version__}")
        raise typer.Exit


@app.callback()
def program(
    version: bool = typer.Option(
        False,
        "--version",
        callback=_print_version,
        is_eager=True,
        rich_help_panel=COMMON,
        help="Print the version.",
    ),
) -> None:
    """Give gray photographs their colour back.

    \b
    colorize run < gray.png > color.png         # colour a photo, as a filter
    colorize prep PHOTOS && colorize train      # learn from photos of your own
    """


def run_program(arguments: list[str]) -> int:
    """Do what the command line says and return the exit status.

    Exceptions pass through, which the parser's own entry point would turn into statuses of its
    own: 130 instead of death by signal, 1 for a broken pipe. Raises UsageError.
    """
    command = configured(typer.main.get_command(app))
    try:
        with command.make_context(PROGRAM, arguments) as context:
            if not arguments:
                console.print_line(context.get_help())
                return ExitStatus.USAGE
            command.invoke(context)
    except typer.Exit as ending:
        return ending.exit_code
    except typer.TyperException as error:
        from colorize_cli.commands.usage_errors import explained

        raise explained(error) from error
    return ExitStatus.OK
