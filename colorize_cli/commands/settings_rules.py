"""Which options may be set outside the command line, and when what is set gives way."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

EACH_TIME: Final = "it replaces, moves or deletes files, which is asked for each time"
ONE_CALL: Final = "it is about a single call"
REFUSED: Final[Mapping[str, str]] = {
    **dict.fromkeys(("force", "update", "then", "move-to", "quarantine"), EACH_TIME),
    **dict.fromkeys(("output", "json", "json-file", "json-schema", "files-from"), ONE_CALL),
    **dict.fromkeys(("null", "recursive", "hints", "run", "resume", "from"), ONE_CALL),
    **dict.fromkeys(("config", "dry-run", "once", "per-photo", "pictures", "features"), ONE_CALL),
}
"""Options that no file and no variable sets, by their names, and why."""
REFUSED_OF: Final[Mapping[tuple[str, str], str]] = {
    ("run", "output-dir"): "it would turn every filter into a batch",
}
GLOBAL: Final[Mapping[str, frozenset[str]]] = {
    "model": frozenset({"run", "watch"}),
    "backend": frozenset({"run", "watch", "train", "report", "eval", "export"}),
    "device": frozenset({"run", "watch", "train", "report", "eval"}),
    "precision": frozenset({"run", "watch", "eval"}),
}
"""Keys that may stand at the top of a file as well, and the commands whose option they set.

How exactly a training computes is part of its recipe, and has to be asked for in [train].
"""

YIELDS: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    ("run", "format"): frozenset({"output"}),
    **{(name, "quiet"): frozenset({"verbose"}) for name in ("run", "watch")},
    **{(name, "verbose"): frozenset({"quiet"}) for name in ("run", "watch")},
}
"""What gives way, and to which other options: those that would contradict it."""
NEEDS: Final[Mapping[tuple[str, str], str]] = {("run", "name"): "output-dir"}
"""What has a meaning only beside another option on the command line."""
OF_RESUMED: Final = frozenset({"device", "max-time", "quiet"})
"""What may be set for a run that goes on: all else is as it was when it began."""


def key_of(option: Any) -> str | None:
    """Return what an option is called in settings: its long name, None for an argument."""
    names = [name for name in option.opts if name.startswith("--")]
    return names[0].removeprefix("--") if names else None


def settable(command: str, options: Collection[Any]) -> Iterator[tuple[str, Any]]:
    """Yield the options of a command that may be set, by their keys."""
    for option in options:
        key = key_of(option)
        if key is not None and refusal(command, key) is None:
            yield key, option


def refusal(command: str, key: str) -> str | None:
    """Return why an option may not be set, None if it may."""
    return REFUSED_OF.get((command, key)) or REFUSED.get(key)


def variable_of(command: str, key: str) -> str:
    """Return the environment variable that sets an option; of all commands if it is empty."""
    words = ["COLORIZE", command, key] if command else ["COLORIZE", key]
    return "_".join(words).upper().replace("-", "_")


def is_global(command: str, key: str) -> bool:
    """Whether an option is also set by a key that holds for all commands."""
    return command in GLOBAL.get(key, ())


def rivals(command: str, key: str) -> frozenset[str]:
    """Return the options that an option gives way to where they are set more strongly."""
    return YIELDS.get((command, key), frozenset())


def is_beside(command: str, key: str, given: Collection[str]) -> bool:
    """Whether a setting goes with what is given on the command line."""
    if command == "train" and "resume" in given and key not in OF_RESUMED:
        return False
    needed = NEEDS.get((command, key))
    return needed is None or needed in given
