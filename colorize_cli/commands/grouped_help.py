"""The help of every command, made from the tree that manual pages and completions are made from."""

import os
import sys
from typing import Any, Final, TextIO

import typer
from typer.core import TyperCommand, TyperGroup

COMMON: Final = "Common options"
"""The group of options that help begins with, five to eight in a command that has many.

The same as `manual.command_tree.COMMON`, which is loaded where help is asked for.
"""
FILES: Final = "Inputs and outputs"
COMPUTING: Final = "What computes"
TELLING: Final = "What is told"


class GroupedCommand(TyperCommand):
    """A command whose help has examples first, then the common options, then the other groups.

    The group of an option is its `rich_help_panel`, which Typer itself shows only with Rich.
    """

    def get_help(self, ctx: Any) -> str:
        """Return the help of this command for standard output."""
        return _page(self, ctx, sys.stdout)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the command line; every error knows the command that it is about."""
        try:
            return super().parse_args(ctx, args)
        except typer.TyperException as error:
            if getattr(error, "ctx", ctx) is None:
                error.ctx = ctx  # type: ignore[attr-defined]
            raise


class GroupedProgram(TyperGroup):
    """A command with commands, whose help groups them by their `rich_help_panel`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that is called. Raises UsageError that says which may be meant."""
        if not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            from colorize_cli.commands.usage_errors import unknown_command

            raise unknown_command(args, list(self.commands), ctx.command_path)
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: Any) -> str:
        """Return the help of this command for standard output."""
        return _page(self, ctx, sys.stdout)


def _page(command: Any, context: Any, stream: TextIO) -> str:
    from colorize_cli.manual.command_tree import read_alone
    from colorize_cli.manual.help_pages import help_page

    tree = read_alone(command, path_of(context), context)
    is_terminal = stream is not None and stream.isatty()
    return help_page(tree, width=_width(stream, is_terminal), is_bold=is_terminal and _is_styled())


def path_of(context: Any) -> tuple[str, ...]:
    """Return the words that call a command, without the program's."""
    return () if context.parent is None else (*path_of(context.parent), context.info_name)


def _width(stream: TextIO, is_terminal: bool) -> int:
    from colorize_cli.manual.help_pages import PIPED_WIDTH, READABLE_WIDTH

    if not is_terminal:
        return PIPED_WIDTH
    columns = os.get_terminal_size(stream.fileno()).columns
    # A terminal that does not know how wide it is says 0.
    return min(columns or PIPED_WIDTH, READABLE_WIDTH)


def _is_styled() -> bool:
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"
