"""`colorize backends`: what is installed and what can be used on this machine."""

from typing import TYPE_CHECKING

import typer

from colorize_cli.commands.backends_check import check
from colorize_cli.commands.grouped_help import COMMON, GroupedCommand, GroupedProgram
from colorize_cli.core.errors import UsageError

if TYPE_CHECKING:
    from colorize_cli.plugins import BackendState


backends = typer.Typer(cls=GroupedProgram, rich_markup_mode=None, add_completion=False)
backends.command(cls=GroupedCommand)(check)


@backends.callback(invoke_without_command=True)
def show(
    context: typer.Context,
    is_json: bool = typer.Option(
        False, "--json", rich_help_panel=COMMON, help="Print one JSON array on stdout."
    ),
) -> None:
    """List the backends, their state and devices; check one.

    \b
    colorize backends                   # what there is, and what is missing
    colorize backends --json
    colorize backends check torch       # does it keep every promise?
    """
    if context.invoked_subcommand:
        if is_json:
            raise UsageError(
                "--json of the check goes after it: colorize backends check NAME --json"
            )
        return
    from colorize_cli.plugins import backend_states

    states = backend_states()
    typer.echo(_as_json(states) if is_json else _as_text(states))


def _as_json(states: "list[BackendState]") -> str:
    import json
    from dataclasses import asdict

    return json.dumps([asdict(state) for state in states], indent=2)


def _as_text(states: "list[BackendState]") -> str:
    from colorize_cli.console import aligned

    columns = ["NAME", "STATE", "PACKAGE", "FRAMEWORK", "DOES", "DEVICES"]
    lines = aligned(columns, [_row(state) for state in states])
    return "\n".join([*lines, *_notes(states)])


def _row(state: "BackendState") -> list[str]:
    return [
        state.name,
        state.state,
        f"{state.distribution} {state.version}",
        f"{state.framework or '-'} {state.framework_version or ''}".strip(),
        ", ".join(state.capabilities) or "-",
        ", ".join(state.devices) or "-",
    ]


def _notes(states: "list[BackendState]") -> list[str]:
    lines = []
    for state in states:
        if state.reason:
            remedy = f"; try: {state.remedy}" if state.remedy else ""
            lines.append(f"{state.name}: {state.reason}{remedy}")
    return ["", *lines] if lines else []
