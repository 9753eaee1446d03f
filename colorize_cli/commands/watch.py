"""`colorize watch`: colour what lands in a folder, for as long as one likes."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer

from colorize_cli.commands import picture_options as options
from colorize_cli.commands.grouped_help import GroupedCommand
from colorize_cli.core.errors import UsageError

SETTLE: Final = 2.0
RESCAN: Final = 300.0
PATIENCE: Final = 30.0
GRACE: Final = 30.0
"""Seconds, as `colorize_cli.watch.settings` explains them; a test compares the two."""

watching_option: Final = partial(typer.Option, rich_help_panel="Watching")
POLL_OPTION: Final = "--poll"
POLL: Final = 10.0
"""Seconds between two looks at a tree, as in `colorize_cli.watch.observers`."""


class WatchCommand(GroupedCommand):
    """A command whose `--poll` may stand alone."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the command line; `--poll` without a number means the usual one."""
        return super().parse_args(ctx, with_poll_value(args))


def with_poll_value(arguments: list[str]) -> list[str]:
    """Return a command line in which every `--poll` has a number."""
    filled: list[str] = []
    known = arguments.index("--") if "--" in arguments else len(arguments)
    for place, argument in enumerate(arguments):
        filled.append(argument)
        following = arguments[place + 1 : place + 2]
        if argument == POLL_OPTION and place < known and not _is_number(following):
            filled.append(str(POLL))
    return filled


def _is_number(words: list[str]) -> bool:
    try:
        return bool([float(word) for word in words])
    except ValueError:
        return False


def _print_schema(is_asked: bool) -> None:
    if is_asked:
        from colorize_cli.commands.watch_events import SCHEMA

        typer.echo(SCHEMA.read_text("utf-8"), nl=False)
        raise typer.Exit


def watch(
    folder: Annotated[
        str, typer.Argument(rich_help_panel="Arguments", metavar="FOLDER", help="Where to watch.")
    ],
    output_dir: Annotated[
        str | None,
        options.common_option(
            metavar="DIR",
            help="Where results go, in the same sub-folders; default: FOLDER/color.",
        ),
    ] = None,
    then: Annotated[
        Literal["keep", "move", "delete"] | None,
        options.common_option(
            help="What becomes of an input once its result is safe; default: keep."
        ),
    ] = None,
    move_to: Annotated[
        str | None,
        options.files_option(metavar="DIR", help="Where --then move puts it."),
    ] = None,
    quarantine: Annotated[
        str | None,
        options.files_option(
            metavar="DIR", help="Where inputs go that cannot be coloured; default: they stay."
        ),
    ] = None,
    format_name: options.FormatName = None,
    name: options.NameTemplate = None,
    once: Annotated[
        bool,
        options.common_option("--once", help="Colour what is there, then end as `run` does."),
    ] = False,
    settle: Annotated[
        float,
        watching_option(
            min=0.0,
            callback=options.finite,
            metavar="SECONDS",
            help="How long a file must stay the same before it is read, unless it was closed.",
        ),
    ] = SETTLE,
    rescan: Annotated[
        float,
        watching_option(
            min=1.0,
            callback=options.finite,
            metavar="SECONDS",
            help="How often to look at the whole folder, whatever events say.",
        ),
    ] = RESCAN,
    patience: Annotated[
        float,
        watching_option(
            min=0.0,
            callback=options.finite,
            metavar="SECONDS",
            help="How long an incomplete or damaged file must stay the same to be given up.",
        ),
    ] = PATIENCE,
    poll: Annotated[
        float | None,
        watching_option(
            POLL_OPTION,
            min=0.1,
            callback=options.finite,
            metavar="[SECONDS]",
            help="Look every 10 or so many seconds instead of waiting for events.",
        ),
    ] = None,
    grace: Annotated[
        float,
        watching_option(
            min=0.0,
            callback=options.finite,
            metavar="SECONDS",
            help="How long the pictures in hand may take when it is to stop.",
        ),
    ] = GRACE,
    state: Annotated[
        str | None,
        watching_option(
            metavar="FILE", help="Where it notes what is done; default: in $XDG_STATE_HOME."
        ),
    ] = None,
    strength: options.Strength = 1.0,
    size: options.Size = None,
    quality: options.Quality = "standard",
    reference: options.Reference = None,
    is_only_gray: options.IsOnlyGray = False,
    is_stripped: options.IsStripped = False,
    is_unmarked: options.IsUnmarked = False,
    max_megapixels: options.MaxMegapixels = None,
    model: options.Model = None,
    backend: options.Backend = None,
    device: options.Device = None,
    precision: options.Precision = None,
    jobs: options.Jobs = None,
    is_quiet: options.IsQuiet = False,
    verbosity: options.Verbosity = 0,
    is_json: Annotated[
        bool, options.telling_option("--json", help="Tell programs on stdout, as JSON Lines.")
    ] = False,
    _is_schema_asked: Annotated[
        bool,
        options.telling_option(
            "--json-schema",
            callback=_print_schema,
            is_eager=True,
            help="Print what those lines look like, as JSON Schema.",
        ),
    ] = False,
) -> None:
    """Colour every picture that lands in a folder, each exactly once.

    \b
    colorize watch incoming                             # into incoming/color
    colorize watch incoming --once                      # what is there, then end
    colorize watch incoming --then delete --quarantine broken
    colorize watch incoming --output-dir colored --then move --move-to originals
    colorize watch /mnt/nas/scans --output-dir colored --poll 30    # no events

    What is there already is coloured first. A picture is read when its writer is done with it;
    one that is still incomplete is tried again later. What was done is noted, so that nothing is
    missed and nothing done twice, however it was stopped. A bad file is told and left behind;
    it is tried again when it changes. Inputs are never written to.

    Ctrl-C or SIGTERM finishes the pictures in hand, a second one ends at once; SIGHUP looks at
    the whole folder again.
    """
    from colorize_cli.commands import run_choices as choices
    from colorize_cli.commands.watch_request import WatchRequest
    from colorize_cli.commands.watch_work import watch_folder

    if is_quiet and verbosity:
        raise UsageError("--quiet and --verbose exclude each other")
    if "" in (folder, output_dir, move_to, quarantine, state, reference):
        raise UsageError("a name is empty: is a variable of the shell unset?")
    watch_folder(
        WatchRequest(
            root=Path(folder),
            output=Path(folder, "color") if output_dir is None else Path(output_dir),
            then=_chosen_then(then, move_to),
            move_to=None if move_to is None else Path(move_to),
            quarantine=None if quarantine is None else Path(quarantine),
            state=None if state is None else Path(state),
            template=name,
            format_name=format_name,
            is_once=once,
            settle=settle,
            rescan=rescan,
            patience=patience,
            poll=poll,
            grace=grace,
            engine=options.engine_choice(
                model=model, backend=backend, device=device, precision=precision
            ),
            finish=options.picture_finish(
                strength=strength,
                size=size,
                max_megapixels=max_megapixels,
                is_only_gray=is_only_gray,
                is_stripped=is_stripped,
                is_unmarked=is_unmarked,
                quality=quality,
                reference=reference,
            ),
            telling=choices.Telling(verbosity=-1 if is_quiet else verbosity, is_json=is_json),
            jobs=jobs,
        )
    )


def _chosen_then(
    then: Literal["keep", "move", "delete"] | None, move_to: str | None
) -> Literal["keep", "move", "delete"]:
    """Return what is to become of inputs; a folder to move them to says it already."""
    if then == "move" and move_to is None:
        raise UsageError("--then move needs --move-to DIR")
    if then not in {None, "move"} and move_to is not None:
        raise UsageError(f"--then {then} and --move-to exclude each other")
    return then or ("keep" if move_to is None else "move")
