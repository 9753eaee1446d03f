"""The program: its commands, one line each, and how a command line becomes a call."""

from typing import Final

import typer

from colorize_cli import __version__, console
from colorize_cli.commands.backends import backends
from colorize_cli.commands.completion import completion
from colorize_cli.commands.doctor import doctor
from colorize_cli.commands.eval import evaluate
from colorize_cli.commands.export import export
from colorize_cli.commands.grouped_help import GroupedCommand
from colorize_cli.commands.info import info
from colorize_cli.commands.prep import prep
from colorize_cli.commands.report import report
from colorize_cli.commands.run import run
from colorize_cli.commands.settings import configured
from colorize_cli.commands.train import train
from colorize_cli.commands.train_command import TrainCommand
from colorize_cli.commands.watch import WatchCommand, watch
from colorize_cli.core.errors import ExitStatus, UsageError

PROGRAM: Final = "colorize"

app = typer.Typer(
    name=PROGRAM,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(prep)
app.command(cls=TrainCommand)(train)
app.command()(report)
app.command("eval")(evaluate)
app.command()(export)
app.command(cls=GroupedCommand)(run)
app.command(cls=WatchCommand)(watch)
app.add_typer(backends, name="backends")
app.command()(info)
app.command()(doctor)
app.command()(completion)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"{PROGRAM} {__version__}")
        raise typer.Exit


@app.callback()
def program(
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Give gray photographs their colour back.

    Train on a folder of photos:  colorize prep PHOTOS && colorize train

    Colour one photo:             colorize run < gray.png > color.png
    """


def run_program(arguments: list[str]) -> int:
    """Do what the command line says and return the exit status.

    Exceptions pass through, which the parser's own entry point would turn into statuses of its
    own: 130 instead of death by signal, 1 for a broken pipe. Raises UsageError.
    """
    command = configured(typer.main.get_command(app))
    try:
        with command.make_context(PROGRAM, arguments) as context:
            command.invoke(context)
    except typer.Exit as ending:
        return ending.exit_code
    except typer.TyperException as error:
        if not arguments:
            console.print_line(error.format_message())
            return ExitStatus.USAGE
        raise UsageError(_explained(error)) from error
    return ExitStatus.OK


def _explained(error: typer.TyperException) -> str:
    text = error.format_message().rstrip(".")
    context = getattr(error, "ctx", None)
    command = context.command_path if context else PROGRAM
    return f"{text[:1].lower()}{text[1:]} (see {command} --help)"
