"""`colorize info`: what something is, and what is set."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from colorize_cli import console
from colorize_cli.commands.grouped_help import COMMON
from colorize_cli.core.errors import ColorizeError, SomeInputsFailed, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def info(
    context: typer.Context,
    things: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[THING]...",
            help="Files, folders, or bundled models by their names.",
        ),
    ] = None,
    is_config: Annotated[
        bool,
        typer.Option(
            "--config",
            rich_help_panel=COMMON,
            help="Show what is set for all commands, or for one, and where.",
        ),
    ] = False,
    is_json: Annotated[
        bool,
        typer.Option(
            "--json", rich_help_panel=COMMON, help="Print one JSON object a line on stdout."
        ),
    ] = False,
) -> None:
    """Say what something is, or what is set and where.

    \b
    colorize info gray.png                  # a picture
    colorize info natural                   # a model
    colorize info runs/RUN colorize-data    # a run, and a dataset
    colorize info --config                  # what is set, and where
    colorize info --config run              # for one command
    colorize info --config -- run --strength 1.2

    Knows pictures, models, runs, datasets and exported models by what they hold. A bundled
    model's name stands for the model, even where a file has the same name: ./natural is the file.
    Of a picture that colorize has made, the model, the options and the SHA-256 of its source are
    told.
    """
    if is_config:
        from colorize_cli.commands.info_config import show_config

        show_config(context.find_root(), things or [], is_json=is_json)
        return
    if not things:
        raise UsageError("say what of: colorize info FILE, RUN, MODEL or DATA, or --config")
    if "" in things:
        # As a path it would stand for the folder that one is in.
        raise UsageError("a name is empty: is a variable of the shell unset?")
    from colorize_cli.standard_streams import protected_stdout

    with protected_stdout() as stdout:
        failures = 0
        for number, thing in enumerate(things):
            facts = _facts(thing, is_only=len(things) == 1)
            failures += facts is None
            if facts is not None:
                text = _as_json(facts) if is_json else _as_text(facts)
                gap = "\n" if number and not is_json else ""
                stdout.write(f"{gap}{text}\n".encode("utf-8", "backslashreplace"))
    if failures:
        raise SomeInputsFailed(f"{failures} of {len(things)} could not be told")


def _facts(thing: str, *, is_only: bool) -> "Mapping[str, Any] | None":
    """Return what is known of a thing; one of several that is unknown is told and left out."""
    from colorize_cli.commands.info_things import facts_of

    try:
        return facts_of(thing)
    except ColorizeError as error:
        if is_only:
            raise
        console.print_error(error)
        return None


def _as_json(facts: "Mapping[str, Any]") -> str:
    import json

    return json.dumps(facts)


def _as_text(facts: "Mapping[str, Any]") -> str:
    rows = [line for key, value in facts.items() for line in _rows(key, value)]
    width = max(len(key) for key, _ in rows)
    return "\n".join(f"{key.ljust(width)}  {text}".rstrip() for key, text in rows)


def _rows(key: str, value: Any) -> "Iterator[tuple[str, str]]":
    """Yield the lines of a fact; of one that has several parts, a line for each."""
    label = _shown(key.replace("_", " "))
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _rows(f"{label} {name}", part)
    elif value is not None and value not in ([], ""):
        yield label, _shown(value)


def _shown(value: Any) -> str:
    from colorize_cli.core.errors import quoted

    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value))
    if isinstance(value, int):
        return f"{value:,}"
    text = str(value)
    return text if text.isprintable() else quoted(text)
