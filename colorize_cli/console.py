"""What people read while colorize works: lines, tables and bars. On stderr only.

The only importer of Rich, and only when there is a terminal to draw on: elsewhere lines and
tables are plain text and bars are silent, so that logs stay readable.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, Protocol

from colorize_cli.core.errors import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, ProgressColumn

    from colorize_cli.core.errors import ColorizeError

PROGRAM: Final = "colorize"
HEARTBEAT_PAUSE: Final = 10.0
"""Seconds between two lines in a log: often enough for a person who watches, for a day's run."""


class Advance(Protocol):
    """Moves a bar on and renews the fields shown beside it."""

    def __call__(self, steps: int = 1, **fields: str) -> None:
        """Count `steps` more; a field that is not given stays as it was."""
        ...


def print_line(text: str) -> None:
    """Print one line on stderr, or several; a closed or full stderr is not an error.

    What a terminal would take for a command is escaped, wherever the text comes from.
    """
    if sys.stderr is None:
        return
    # Nobody is left to be told when stderr itself cannot be written.
    with suppress(OSError):
        sys.stderr.write("\n".join(map(printable, f"{text}\n".split("\n"))))
        sys.stderr.flush()


def print_error(error: "ColorizeError") -> None:
    """Print `colorize: 'FILE': reason`, the form of every error message."""
    print_line(f"{PROGRAM}: {error}")


def print_warning(text: str) -> None:
    """Print `colorize: warning: text`."""
    print_line(f"{PROGRAM}: warning: {text}")


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a titled table: drawn on a terminal, plain aligned text elsewhere."""
    rows = [[printable(cell) for cell in row] for row in rows]
    if is_terminal():
        _draw_table(title, columns, rows)
        return
    print_line(title)
    for line in aligned(columns, rows):
        print_line(f"  {line}")


def aligned(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a table as plain lines, its columns two spaces apart and left-aligned."""
    table = [columns, *rows]
    widths = [max(len(row[index]) for row in table) for index in range(len(columns))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]


def is_terminal() -> bool:
    """Whether stderr is a terminal that can redraw, and nobody asked for plain output."""
    return (
        sys.stderr is not None
        and sys.stderr.isatty()
        and os.environ.get("TERM") != "dumb"
        and not os.environ.get("CI")
    )


@contextmanager
def progress(
    description: str, total: int | None, *, fields: tuple[str, ...] = ()
) -> Iterator[Advance]:
    """Show a bar while the block runs, and give the function that moves it on.

    `total` None is a bar without an end. `fields` name texts shown beside it, renewed by
    `advance(1, losses="G 0.71 D 0.33")`. Silent off a terminal.
    """
    if not is_terminal():
        yield stay
        return
    with _bar(fields) as bar:
        # mypy would match texts with Rich's own keywords.
        empty: dict[str, Any] = dict.fromkeys(fields, "")
        task = bar.add_task(description, total=total, **empty)

        def advance(steps: int = 1, **texts: Any) -> None:
            bar.update(task, advance=steps, **texts)

        yield advance


@contextmanager
def live_line() -> Iterator[Callable[[str], None]]:
    """Keep one line below all others while the block runs; give the function that renews it.

    Nothing is drawn between two calls, so that waiting costs nothing. Silent off a terminal.
    """
    if not is_terminal():
        yield lambda _: None
        return
    from rich.live import Live
    from rich.text import Text

    # stdout may be read by a program: only what is printed on stderr is moved above the line.
    live = Live(console=_console(), auto_refresh=False, transient=True, redirect_stdout=False)

    def show(text: str) -> None:
        # As for all lines, a terminal that is gone is not an error.
        with suppress(OSError):
            live.update(Text(printable(text), no_wrap=True, overflow="ellipsis"), refresh=True)

    with suppress(OSError):
        live.start()
    try:
        yield show
    finally:
        with suppress(OSError):
            live.stop()


def stay(steps: int = 1, **fields: str) -> None:
    """Move no bar: for where there is none."""
    del steps, fields


class Heartbeat:
    """Lines that tell of life where no bar can be drawn, with a pause between any two.

    `clock` counts seconds. The first line comes after the first pause.
    """

    def __init__(
        self, *, pause: float = HEARTBEAT_PAUSE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._pause, self._clock = pause, clock
        self._last = clock()

    def beat(self, text: Callable[[], str]) -> None:
        """Print the text if the pause is over."""
        now = self._clock()
        if now - self._last >= self._pause:
            self._last = now
            print_line(text())


def _bar(fields: tuple[str, ...]) -> "Progress":
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    texts: list[ProgressColumn] = [TextColumn(f"{{task.fields[{name}]}}") for name in fields]
    ends = [BarColumn(bar_width=24), MofNCompleteColumn(), *texts, TimeRemainingColumn()]
    # stdout may be an image: only what is printed on stderr may be moved above the bar.
    return Progress(
        TextColumn("{task.description}", markup=False),
        *ends,
        console=_console(),
        transient=True,
        redirect_stdout=False,
    )


def _draw_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(title), title_justify="left")
    for column in columns:
        table.add_column(escape(column), overflow="fold")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    _console().print(table)


def _console() -> "Console":
    from rich.console import Console

    # Rich honours NO_COLOR by itself.
    return Console(stderr=True, highlight=False)
