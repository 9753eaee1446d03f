"""The program: its commands, one line each, and how a command line becomes a call."""

from contextlib import suppress
from importlib import import_module

import typer

from colorize_cli import __version__
from colorize_cli.commands.backends import backends
from colorize_cli.commands.export import export
from colorize_cli.core.errors import UsageError

app = typer.Typer(
    name="colorize",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(export)
app.command()(backends)
for _name in ("prep", "run", "train"):  # until they are written
    with suppress(ModuleNotFoundError):
        app.command()(getattr(import_module(f"colorize_cli.commands.{_name}"), _name))


def _print_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"colorize {__version__}")
        raise typer.Exit


@app.callback()
def program(
    version: bool = typer.Option(  # noqa: ARG001 - its callback has done the work
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
    command = typer.main.get_command(app)
    try:
        with command.make_context("colorize", arguments or ["--help"]) as context:
            command.invoke(context)
    except typer.Exit as ending:
        return ending.exit_code
    except typer.TyperException as error:
        raise UsageError(f"{error.format_message().rstrip('.')}; see colorize --help") from error
    return 0
