"""`colorize run` without Typer, for the command lines that people and scripts write most.

A filter should start like one, and Typer alone takes as long as the whole picture. What is not
plainly understood here is left to `commands.run`, which has the last word on every command line,
and the only one on those that are wrong. A test compares the two.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from colorize_cli.commands.plain_options import PlainOptions, Range, has_settings
from colorize_cli.core.records import names_of

if TYPE_CHECKING:
    from colorize_cli.commands.run_choices import Request

TEXTS: Final[Mapping[str, str]] = {
    "--output": "output",
    "-o": "output",
    "--output-dir": "folder",
    "--files-from": "files_from",
    "--format": "format_name",
    "--name": "template",
    "--reference": "reference",
    "--hints": "hints",
    "--model": "model",
    "-m": "model",
    "--backend": "backend",
    "--device": "device",
    "--json-file": "json_file",
}
"""Options with a text, and the field of a Request that takes it."""

FLAGS: Final[Mapping[str, tuple[str, Any]]] = {
    "--recursive": ("is_recursive", True),
    "-r": ("is_recursive", True),
    "--null": ("is_null_separated", True),
    "-0": ("is_null_separated", True),
    "--update": ("policy", "update"),
    "-u": ("policy", "update"),
    "--force": ("policy", "force"),
    "-f": ("policy", "force"),
    "--only-gray": ("is_only_gray", True),
    "--strip": ("is_stripped", True),
    "--no-mark": ("is_marked", False),
    "--quiet": ("verbosity", -1),
    "-q": ("verbosity", -1),
    "--verbose": ("verbosity", 1),
    "-v": ("verbosity", 1),
    "-vv": ("verbosity", 2),
    "--json": ("is_json", True),
}
"""Options without a value, and what they set."""

WORDS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "--quality": ("quality", ("standard", "best")),
    "--precision": ("precision", ("auto", "float32", "bfloat16")),
}
"""Options that take one of some words."""

NUMBERS: Final[Mapping[str, Range]] = {
    "--strength": Range("strength", float, 0, 2),
    "--size": Range("size", int, 16, 4096),
    "--jobs": Range("jobs", int, 1),
    "-j": Range("jobs", int, 1),
}
"""Options that take a number."""

SHORT_TURN: Final = 0.0005
"""Seconds after which a thread lets another run Python, a tenth of the usual."""

OPTIONS: Final = PlainOptions(texts=TEXTS, flags=FLAGS, words=WORDS, numbers=NUMBERS)


def run_directly(arguments: Sequence[str]) -> bool:
    """Do what follows `run` on a command line; False where that is for the whole parser.

    Raises what `commands.run_work.run_request` raises.
    """
    request = None if has_settings() else plain_request(arguments)
    if request is None or _is_asked_by_terminal(request):
        return False
    from colorize_cli.commands.run_engine import Engine

    engine = Engine(request.engine)
    is_needed = _is_for_one_new(request)
    if is_needed:
        # What makes the network ready waits for its turn to run Python a dozen times.
        sys.setswitchinterval(SHORT_TURN)
        engine.begin()
        engine.begin_reading()
    from colorize_cli.commands.run_work import run_request

    run_request(request, engine)
    return True


def plain_request(arguments: Sequence[str]) -> "Request | None":
    """Return what a command line asks for, or None if it is not plain."""
    fields = OPTIONS.fields(arguments)
    return None if fields is None else _request(fields)


def _request(fields: dict[str, Any]) -> "Request":
    from colorize_cli.commands import run_choices as choices

    def part(kind: Any) -> Any:
        mine = fields.keys() & names_of(kind)
        return kind(**{name: fields.pop(name) for name in mine})

    return choices.Request(
        inputs=part(choices.InputChoice),
        outputs=part(choices.OutputChoice),
        engine=part(choices.EngineChoice),
        finish=part(choices.Finish),
        telling=part(choices.Telling),
        **fields,
    )


def _is_asked_by_terminal(request: "Request") -> bool:
    """Whether somebody started a filter without giving it anything, who is told how."""
    from colorize_cli.standard_streams import is_stdin_terminal

    inputs = request.inputs
    reads_stdin = inputs.files_from == "-" or (not inputs.names and inputs.files_from is None)
    return reads_stdin and is_stdin_terminal()


def _is_for_one_new(request: "Request") -> bool:
    """Whether a single picture is coloured for certain, or nearly so: not one made before."""
    inputs, outputs = request.inputs, request.outputs
    is_one = len(inputs.names) < 2 and not inputs.is_recursive and inputs.files_from is None
    is_new = outputs.output is None or not os.path.exists(outputs.output)  # noqa: PTH110
    return is_one and (is_new or outputs.policy == "force") and outputs.folder is None
