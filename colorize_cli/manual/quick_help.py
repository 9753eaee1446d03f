"""Help for those who ask plainly: without the parser, which takes longer to load than all of it."""

import sys
from collections.abc import Sequence
from typing import Final

from colorize_cli.manual.help_pages import page_for
from colorize_cli.manual.written_commands import written_command

FLAGS: Final = ("-h", "--help")


def print_help(arguments: Sequence[str]) -> bool:
    """Print the help of a command on stdout, and return whether this was plainly asked for.

    Plain are `COMMAND --help` and `help COMMAND`, or no command for the program. All else is the
    parser's to answer, as are commands that there are not.
    """
    words = _words_in(arguments)
    command = None if words is None else written_command(words)
    if command is None:
        return False
    print(page_for(command, sys.stdout))  # noqa: T201
    return True


def _words_in(arguments: Sequence[str]) -> Sequence[str] | None:
    if arguments and arguments[-1] in FLAGS:
        return arguments[:-1]
    return arguments[1:] if arguments[:1] == ["help"] else None
