"""What manual pages of commands have in common: exit statuses, variables, files."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from colorize_cli.core.errors import ExitStatus
from colorize_cli.manual import roff
from colorize_cli.manual.command_tree import Command

STATUSES: Final = {
    ExitStatus.OK: "All is done, or was done before.",
    ExitStatus.SOME_FAILED: "Some inputs failed. Each has its line on standard error.",
    ExitStatus.USAGE: "The command line makes no sense.",
    ExitStatus.NOT_AN_IMAGE: "The input is not a picture that can be decoded.",
    ExitStatus.NO_INPUT: "An input is missing, unreadable or empty.",
    ExitStatus.UNAVAILABLE: "A backend or a device that was asked for is not there.",
    ExitStatus.INTERNAL: "A bug, with a traceback to report.",
    ExitStatus.CANNOT_CREATE: "An output cannot be created, or exists already.",
    ExitStatus.IO_ERROR: "Writing failed: the disk is full or broken.",
    ExitStatus.TEMPORARY: "It may work later: memory is short, or another process has the lock.",
    ExitStatus.PERMISSION: "The system does not let it read or write there.",
    ExitStatus.BAD_CONFIG: "A settings, model, run or data file is damaged or does not fit.",
}
SIGNALS: Final = (
    "SIGINT, SIGTERM and SIGPIPE end the program by the signal itself, so that a loop of the shell "
    "stops as well; a shell reports 130, 143 and 141."
)


class Entry(NamedTuple):
    """A variable or a file, and the commands that heed it; none: all that compute."""

    name: str
    text: str
    commands: tuple[str, ...] = ()


COMPUTING: Final = ("train", "eval", "report", "export", "run", "watch")
CONFIGURED: Final = ("prep", *COMPUTING)
"""The commands whose options may be set by variables and in files."""

VARIABLES: Final = (
    Entry(
        "COLORIZE_COMMAND_OPTION",
        "An option of a command where it is not given, as `COLORIZE_RUN_STRENGTH` for "
        "`colorize run --strength`. What replaces, moves or deletes files, or is about one call, "
        "cannot be set; see colorize.toml(5).",
        CONFIGURED,
    ),
    Entry("COLORIZE_MODEL", "The model, where `--model` is not given.", ("run", "watch")),
    Entry("COLORIZE_BACKEND", "What computes, where `--backend` is not given."),
    Entry(
        "COLORIZE_DEVICE",
        "Where it computes, where `--device` is not given.",
        ("train", "eval", "report", "run", "watch"),
    ),
    Entry(
        "COLORIZE_PRECISION",
        "How exactly it computes, where `--precision` is not given.",
        ("eval", "run", "watch"),
    ),
    Entry("XDG_CONFIG_HOME", "Where the user's settings lie; `~/.config` if unset.", CONFIGURED),
    Entry("XDG_STATE_HOME", "Where notes are kept; `~/.local/state` if unset.", ("watch",)),
    Entry("OMP_NUM_THREADS", "How many threads compute."),
    Entry("CI", "If it is set, no bar is drawn.", CONFIGURED),
    Entry("TERM", "If it is `dumb`, no bar is drawn.", CONFIGURED),
    Entry("RANK", "With WORLD_SIZE and others, as torchrun sets them: one of several.", ("train",)),
    Entry("TF_CONFIG", "The same for TensorFlow.", ("train",)),
    Entry("NOTIFY_SOCKET", "Where systemd is told what goes on.", ("watch",)),
    Entry("WATCHDOG_USEC", "How often systemd wants to be told.", ("watch",)),
)
FILES: Final = (
    Entry("colorize.toml", "Settings of this folder; see colorize.toml(5).", CONFIGURED),
    Entry(
        "$XDG_CONFIG_HOME/colorize/config.toml",
        "Settings of the user, which come second.",
        CONFIGURED,
    ),
    Entry("colorize-data", "The dataset, if no other is named.", ("prep", "train")),
    Entry("runs", "Where runs lie, each in a folder of its own.", ("train",)),
    Entry(
        "$XDG_STATE_HOME/colorize/watch",
        "What was done in each folder that is watched.",
        ("watch",),
    ),
)


def exit_statuses() -> Iterator[str]:
    """Yield the table of exit statuses, and what signals do."""
    for status in ExitStatus:
        yield from roff.entry(roff.bold(str(int(status))), STATUSES[status])
    yield ".PP"
    yield from roff.sentences(SIGNALS)


def environment(command: Command) -> Iterator[str]:
    """Yield the variables that a command heeds; the program's page has all of them."""
    for entry in _of(command, VARIABLES):
        yield from roff.entry(roff.bold(entry.name), entry.text)


def files(command: Command) -> Iterator[str]:
    """Yield the files that a command looks for by itself."""
    for entry in _of(command, FILES):
        yield from roff.entry(roff.italic(entry.name), entry.text)


def _of(command: Command, entries: tuple[Entry, ...]) -> Iterator[Entry]:
    for entry in entries:
        if not command.path or command.path[0] in (entry.commands or COMPUTING):
            yield entry
