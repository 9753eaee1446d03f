"""By what the value of an option or argument is completed.

Decided by its name in the help, and by that of its parameter where this says more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from colorize_cli.manual.command_tree import Argument, Command, Option

Kind: TypeAlias = Literal[
    "words", "files", "images", "folders", "models", "runs", "things", "backends", "nothing"
]


@dataclass(frozen=True, kw_only=True)
class Value:
    """What may stand somewhere; `words` are the values of the kind `words`."""

    kind: Kind
    words: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Values that are neither in the parser nor on the disk of the user."""

    formats: tuple[str, ...]
    forms: tuple[str, ...]
    models: tuple[str, ...]
    model_suffixes: tuple[str, ...]
    photo_suffixes: tuple[str, ...]
    recipes: tuple[str, ...]
    commands: tuple[str, ...]


DEVICES: Final = ("auto", "cpu", "cuda", "mps")
KINDS: Final[Mapping[str, Kind]] = {
    "MODEL": "models",
    "RUN": "runs",
    "[RUN|last]": "runs",
    "DATA": "folders",
    "DIR": "folders",
    "FOLDER": "folders",
    "SOURCE": "folders",
    "THING": "things",
    "FILE": "files",
    "FILE.csv": "files",
    "FILE.npz": "files",
    "FILE|DIR": "images",
    "PHOTO": "images",
    "PNG": "images",
    "KIND=X,...": "nothing",
    "MEGAPIXELS": "nothing",
    "MINUTES": "nothing",
    "N": "nothing",
    "N|+N": "nothing",
    "PIXELS": "nothing",
    "SECONDS": "nothing",
    "[SECONDS]": "nothing",
    "TEMPLATE": "nothing",
    "TIME": "nothing",
    "X": "nothing",
}
"""By the name of the value."""

KINDS_BY_NAME: Final[Mapping[str, Kind]] = {
    "backend": "backends",
    "backends check name": "backends",
    "eval only": "nothing",
    "run files": "images",
}
"""By the name of the parameter, after the command's where it means something else elsewhere."""


def value_of(command: Command, place: Option | Argument, known: Vocabulary) -> Value | None:
    """Return what is completed; None for a switch, or where nobody has decided it."""
    if place.choices:
        return Value(kind="words", words=place.choices)
    if words := _words(place.name, place.value, known):
        return Value(kind="words", words=words)
    for name in (f"{command.words} {place.name}", place.name):
        if name in KINDS_BY_NAME:
            return Value(kind=KINDS_BY_NAME[name])
    kind = KINDS.get(place.value or "")
    return Value(kind=kind) if kind else None


def read_vocabulary(tree: Command) -> Vocabulary:
    """Ask the parts of the program for the values that they know; `tree` is the program."""
    from typing import get_args

    from colorize_cli.core import model_names
    from colorize_cli.core.backend import Capability
    from colorize_cli.core.image_encoding import FORMATS
    from colorize_cli.core.model_choice import bundled_models
    from colorize_cli.core.photo_folder import AVIF_SUFFIX, PHOTO_SUFFIXES
    from colorize_trainers.recipes import RECIPES

    exported = (c.removeprefix("export:") for c in get_args(Capability) if c.startswith("export:"))
    return Vocabulary(
        formats=tuple(FORMATS),
        forms=tuple(exported),
        models=tuple(bundled_models()),
        model_suffixes=(model_names.SUFFIX, model_names.ONNX_SUFFIX),
        photo_suffixes=tuple(sorted({*PHOTO_SUFFIXES, AVIF_SUFFIX})),
        recipes=tuple(RECIPES),
        commands=tuple(command.path[0] for command in tree.commands),
    )


def _words(name: str, value: str | None, known: Vocabulary) -> tuple[str, ...]:
    words = {
        ("format_name", "FORMAT"): known.formats,
        ("form", "FORMAT"): known.forms,
        ("words", "COMMAND"): known.commands,
        ("recipe", "NAME"): known.recipes,
        ("device", value): DEVICES,
    }
    return words.get((name, value), ())
