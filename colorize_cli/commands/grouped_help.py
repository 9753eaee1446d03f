"""The help of commands with many options: one section for each group of them."""

from typing import Any, Final

from typer.core import TyperCommand

OTHERS: Final = "Options"
"""Where options stand that belong to no group."""


class GroupedCommand(TyperCommand):
    """A command whose help has a section for each `rich_help_panel` of its options.

    Typer shows these only with Rich, which help does not wait for.
    """

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
