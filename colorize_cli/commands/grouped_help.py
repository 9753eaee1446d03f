"""The help of every command, made from the tree that manual pages and completions are made from."""

import sys
from typing import Any, Final

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
        return _page(self, ctx)

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
        return _page(self, ctx)


def _page(command: Any, context: Any) -> str:
    from colorize_cli.manual.command_tree import read_alone
    from colorize_cli.manual.help_pages import page_for

    return page_for(read_alone(command, path_of(context), context), sys.stdout)


def path_of(context: Any) -> tuple[str, ...]:
    """Return the words that call a command, without the program's."""
    return () if context.parent is None else (*path_of(context.parent), context.info_name)
