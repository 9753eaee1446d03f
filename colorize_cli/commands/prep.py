"""`colorize prep`: from a folder of photos to a dataset for training."""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from colorize_cli import console
from colorize_cli.commands.grouped_help import COMMON
from colorize_cli.core.errors import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from colorize_cli.core.photo_entries import PhotoEntry
    from colorize_cli.core.preparation import Preparation

SHOWN_DROPPED: Final = 10
SHOWN_CLASSES: Final = 20


def prep(
    source: Annotated[
        Path, typer.Argument(metavar="SOURCE", help="Folder of photos, flat or by class.")
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", rich_help_panel=COMMON, metavar="DIR", help="Where the dataset goes."
        ),
    ] = Path("colorize-data"),
    size: Annotated[
        int,
        typer.Option(
            rich_help_panel=COMMON,
            metavar="PIXELS",
            help="Side of the square pictures in pixels: a power of two from 16.",
        ),
    ] = 128,
    test_share: Annotated[
        float,
        typer.Option(
            rich_help_panel=COMMON,
            metavar="X",
            help="Share of the photos that is kept for testing.",
        ),
    ] = 0.05,
    seed: Annotated[
        int,
        typer.Option(
            rich_help_panel=COMMON, metavar="N", help="Decides which photos are kept for testing."
        ),
    ] = 0,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            min=1,
            rich_help_panel=COMMON,
            metavar="N",
            help="Photos decoded at once; default: all cores.",
        ),
    ] = None,
    is_json: Annotated[
        bool,
        typer.Option(
            "--json", rich_help_panel=COMMON, help="Print the summary as one JSON object on stdout."
        ),
    ] = False,
) -> None:
    """Check, clean, split and pack photos for training.

    \b
    colorize prep birds                                 # into colorize-data
    colorize prep birds --output birds-256 --size 256   # larger pictures
    colorize prep birds --test-share 0.1 --seed 7       # another split
    colorize prep birds --json > summary.json

    Takes JPEG, PNG, WebP, TIFF and AVIF files; the folder that a photo lies in is its class. Photos
    that are unreadable, too small, gray or there twice are left out and listed. The originals
    are never touched. Preparing again into the same folder keeps every photo on its side.
    """
    from colorize_cli.core.preparation import Settings, prepare, scan
    from colorize_cli.core.thread_memory import share_one_arena

    share_one_arena()
    settings = Settings(size=size, test_share=test_share, seed=seed)
    folder = scan(source, output)
    with _progress(len(folder.photos), is_silent=is_json) as advance:
        preparation = prepare(folder, output, settings=settings, jobs=jobs, advance=advance)
    if is_json:
        typer.echo(_as_json(preparation))
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
