"""How `colorize train` reads its command line."""

from typing import Any, Final

from colorize_cli.commands.grouped_help import GroupedCommand

RESUME: Final = "--resume"
LAST: Final = "last"


class TrainCommand(GroupedCommand):
    """A command whose `--resume` may stand alone."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the command line; `--resume` without a value means the last run."""
        return super().parse_args(ctx, with_resume_value(args))


def with_resume_value(arguments: list[str]) -> list[str]:
    """Return a command line in which every `--resume` has a value."""
    known = arguments[: arguments.index("--")] if "--" in arguments else arguments
    filled: list[str] = []
    for place, argument in enumerate(arguments):
        filled.append(argument)
        following = arguments[place + 1 : place + 2]
        is_bare = not following or following[0].startswith("-")
        if argument == RESUME and place < len(known) and is_bare:
            filled.append(LAST)
    return filled
