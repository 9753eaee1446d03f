"""`colorize prep` without Typer, for the command lines that are plainly understood.

Of a thousand small photos Typer alone takes a fifth of the time. A test compares the two.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from colorize_cli.commands.plain_options import PlainOptions, Range, has_settings

OPTIONS: Final = PlainOptions(
    texts={"--output": "output", "-o": "output"},
    flags={"--json": ("is_json", True)},
    words={},
    numbers={
        "--size": Range("size", int, 0),
        "--test-share": Range("test_share", float, 0),
        "--seed": Range("seed", int, 0),
        "--jobs": Range("jobs", int, 1),
        "-j": Range("jobs", int, 1),
    },
)


def prep_directly(arguments: Sequence[str]) -> bool:
    """Do what follows `prep` on a command line; False where that is for the whole parser.

    Raises what `commands.prep_work.prepare_photos` raises.
    """
    choices = None if has_settings() else plain_choices(arguments)
    if choices is None:
        return False
    from colorize_cli.commands.prep_work import prepare_photos

    prepare_photos(**choices)
    return True


def plain_choices(arguments: Sequence[str]) -> dict[str, Any] | None:
    """Return what a command line asks of `prepare_photos`, or None if it is not plain."""
    fields = OPTIONS.fields(arguments)
    if fields is None or len(names := fields.pop("names")) != 1:
        return None
    output = {"output": Path(fields.pop("output"))} if "output" in fields else {}
    return {"source": Path(names[0]), **fields, **output}
