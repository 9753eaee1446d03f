"""How `colorize train` reads its command line and shows its help: options in groups."""

from typing import Any, Final

from typer.core import TyperCommand

RESUME: Final = "--resume"
LAST: Final = "last"
OTHERS: Final = "Options"


class TrainCommand(TyperCommand):
    """A command whose `--resume` may stand alone, and whose help has a section per group.

    Typer shows groups (`rich_help_panel`) only with Rich, which help does not wait for.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the command line; `--resume` without a value means the last run."""
        return super().parse_args(ctx, with_resume_value(args))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the help of arguments and options, group by group, in the order of their names."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                group = getattr(parameter, "rich_help_panel", None) or OTHERS
                groups.setdefault(group, []).append(record)
        for group, records in groups.items():
            with formatter.section(group):
                formatter.write_dl(records)


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
