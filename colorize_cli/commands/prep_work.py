"""What `colorize prep` does, and the report of it."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from colorize_cli import console
from colorize_cli.core.errors import quoted
from colorize_cli.core.preparation import Settings, prepare, scan
from colorize_cli.core.thread_memory import share_one_arena

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from colorize_cli.core.photo_entries import PhotoEntry
    from colorize_cli.core.preparation import Preparation

SHOWN_DROPPED: Final = 10
SHOWN_CLASSES: Final = 20


def prepare_photos(
    source: Path,
    *,
    output: Path = Path("colorize-data"),
    size: int = 128,
    test_share: float = 0.05,
    seed: int = 0,
    jobs: int | None = None,
    is_json: bool = False,
) -> None:
    """Pack the photos of a folder and tell what became of them, on stderr or as JSON on stdout.

    Defaults are those of the command. Raises as `core.preparation.Settings`, `scan` and `prepare`.
    """
    share_one_arena()
    settings = Settings(size=size, test_share=test_share, seed=seed)
    folder = scan(source, output)
    with _progress(len(folder.photos), is_silent=is_json) as advance:
        preparation = prepare(folder, output, settings=settings, jobs=jobs, advance=advance)
    if is_json:
        sys.stdout.write(f"{_as_json(preparation)}\n")
    else:
        _report(preparation)


def _progress(total: int, *, is_silent: bool) -> "AbstractContextManager[Callable[[], object]]":
    if is_silent:
        return nullcontext(lambda: None)
    return console.progress("Checking photos", total)


def _as_json(preparation: "Preparation") -> str:
    import json

    dropped = [entry.as_dict() for entry in preparation.dropped]
    summary = {"path": str(preparation.path), **preparation.facts, "dropped_photos": dropped}
    return json.dumps(summary, indent=2)


def _report(preparation: "Preparation") -> None:
    facts = preparation.facts
    columns = ["class", "found", "kept", "dropped", "train", "test"]
    console.print_table("Photos", columns, _class_rows(facts))
    dropped = preparation.dropped
    if dropped:
        reasons = [[reason, str(count)] for reason, count in facts["dropped"].items() if count]
        console.print_table("Dropped", ["reason", "photos"], reasons)
        _list_dropped(dropped, preparation.path)
    for line in _closing_lines(preparation.path, facts):
        console.print_line(line)


def _class_rows(facts: "Mapping[str, Any]") -> "list[list[str]]":
    names = ("found", "kept", "dropped", "train", "test")
    classes = facts["classes"]
    shown = len(classes) if len(classes) <= SHOWN_CLASSES else SHOWN_CLASSES - 1
    rows = [[_shown(c["class"]), *(str(c[name]) for name in names)] for c in classes[:shown]]
    if rest := classes[shown:]:
        sums = (str(sum(entry[name] for entry in rest)) for name in names)
        rows.append([f"{len(rest)} more classes", *sums])
    totals = (str(sum(entry[name] for entry in classes)) for name in names)
    return [*rows, ["all", *totals]]


def _list_dropped(dropped: "Sequence[PhotoEntry]", path: Path) -> None:
    from colorize_cli.core.dataset import PHOTOS_FILE

    for entry in dropped[:SHOWN_DROPPED]:
        original = f" of {quoted(entry.duplicate_of)}" if entry.duplicate_of is not None else ""
        console.print_line(f"  {quoted(entry.path)}: {entry.reason}{original}: {entry.detail}")
    if len(dropped) > SHOWN_DROPPED:
        rest = len(dropped) - SHOWN_DROPPED
        console.print_line(f"  and {rest} more, listed in {_shown(str(path / PHOTOS_FILE))}")


def _closing_lines(path: Path, facts: "Mapping[str, Any]") -> "list[str]":
    from shlex import quote

    sides, size = facts["sides"], facts["size"]
    lines = []
    if facts["other_files"]:
        lines.append(f"{facts['other_files']} other files were left out: no photos.")
    if facts["known"]:
        lines.append(f"{facts['known']} photos kept their side from the earlier dataset.")
    lines.append(
        f"{sides['train']} training and {sides['test']} test pictures of {size} x {size} "
        f"are in {_shown(str(path))}"
    )
    return [*lines, f"Next: colorize train {quote(str(path))}"]


def _shown(name: str) -> str:
    """Return a name that stays on one line; the top folder is a dot."""
    return (name or ".") if name.isprintable() else quoted(name)
