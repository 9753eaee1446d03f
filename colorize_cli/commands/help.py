"""`colorize help`: the help of a command, by its name."""

from typing import Annotated, Any

import typer


def show_help(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[COMMAND]...", help="A command; none: the program."),
    ] = None,
) -> None:
    """Show how a command is used.

    \b
    colorize help                   # all commands
    colorize help run               # the same as colorize run -h
    colorize help backends check    # of a command below another
    """
    typer.echo(_found(context.find_root(), words or []).get_help())


def _found(context: Any, words: list[str]) -> Any:
    """Return a call of the command. Raises UsageError if there is no such command."""
    if not words:
        return context
    commands = getattr(context.command, "commands", {})
    if words[0] not in commands:
        from colorize_cli.commands.usage_errors import unknown_command

        raise unknown_command(words[:1], list(commands), context.command_path)
    below = commands[words[0]]
    call = below.context_class(below, info_name=words[0], parent=context, **below.context_settings)
    return _found(call, words[1:])
