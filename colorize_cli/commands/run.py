"""`colorize run`: colour pictures, as a filter or file by file."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from colorize_cli import console
from colorize_cli.commands import picture_options as options
from colorize_cli.core.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from colorize_cli.core.existing_outputs import Policy

SHORT_USAGE: Final = """\
usage: colorize run [OPTIONS] [FILE]...
  colorize run < gray.png > color.png         colour one picture
  colorize run gray.jpg -o color.png          the same, by name
  colorize run -r scans --output-dir out      colour all in a folder
colorize run --help tells all options"""


def _print_schema(is_asked: bool) -> None:
    if is_asked:
        from colorize_cli.commands.run_events import SCHEMA

        typer.echo(SCHEMA.read_text("utf-8"), nl=False)
        raise typer.Exit


def run(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            rich_help_panel="Arguments",
            metavar="[FILE]...",
            help="Pictures or folders; - or none: stdin.",
        ),
    ] = None,
    output: Annotated[
        str | None,
        options.common_option(
            "--output", "-o", metavar="FILE", help="Where the result goes; - is stdout."
        ),
    ] = None,
    output_dir: Annotated[
        str | None,
        options.common_option(
            metavar="DIR", help="Where the results of many go, in the same sub-folders."
        ),
    ] = None,
    is_recursive: Annotated[
        bool, options.common_option("--recursive", "-r", help="Colour all pictures in folders.")
    ] = False,
    files_from: Annotated[
        str | None,
        options.files_option(
            metavar="FILE",
            help="Read more names from a file, one a line; - is stdin.",
        ),
    ] = None,
    is_null_separated: Annotated[
        bool,
        options.files_option("--null", "-0", help="Those names end in a zero byte: find -print0."),
    ] = False,
    format_name: options.FormatName = None,
    name: options.NameTemplate = None,
    is_updating: Annotated[
        bool,
        options.files_option(
            "--update", "-u", help="Replace what colorize made of another input or way."
        ),
    ] = False,
    is_forced: Annotated[
        bool,
        options.files_option("--force", "-f", help="Replace all outputs that are there already."),
    ] = False,
    strength: options.Strength = 1.0,
    size: options.Size = None,
    quality: options.Quality = "standard",
    reference: options.Reference = None,
    hints: Annotated[
        str | None,
        options.pictures_option(
            metavar="PNG",
            help="Strokes of the colours that you want, on a transparent picture of its shape.",
        ),
    ] = None,
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
    json_file: Annotated[
        str | None, options.telling_option(metavar="FILE", help="The same into a file.")
    ] = None,
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
    """Give gray pictures their colour back; lightness and size are kept.

    \b
    colorize run < gray.png > color.png              # a filter
    colorize run gray.jpg -o color.png               # by name
    colorize run -r scans --output-dir colored       # a folder; again: goes on
    colorize run gray.jpg -o color.png -m runs/RUN   # with a model of your own
    colorize run gray.jpg -o color.png --reference holiday.jpg
    find . -name '*.tif' -print0 | colorize run --files-from - -0 -o colored/

    Reads any common format; 16 bits, transparency and metadata are kept. TIFF stays TIFF and
    all else becomes PNG unless another format is asked for, as JPEG cannot keep the lightness
    exactly, nor WebP 16 bits. Inputs are never replaced, nor is anything else unless asked for:
    what was made before from the same input, model and options is skipped, so that the same
    command goes on where it was stopped; other outputs are refused before any work.
    """
    from colorize_cli.commands import run_choices as choices
    from colorize_cli.commands.run_work import run_request
    from colorize_cli.standard_streams import is_stdin_terminal

    reads_stdin = files_from == "-" or (not files and files_from is None)
    if reads_stdin and is_stdin_terminal():
        console.print_line(SHORT_USAGE)
        raise typer.Exit(ExitStatus.USAGE)
    if is_quiet and verbosity:
        raise UsageError("--quiet and --verbose exclude each other")
    policy: Policy = "force" if is_forced else "update" if is_updating else "refuse"
    run_request(
        choices.Request(
            inputs=choices.InputChoice(
                names=tuple(files or ()),
                files_from=files_from,
                is_null_separated=is_null_separated,
                is_recursive=is_recursive,
            ),
            outputs=choices.OutputChoice(
                output=output,
                folder=output_dir,
                template=name,
                format_name=format_name,
                policy=policy,
            ),
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
                hints=hints,
            ),
            telling=choices.Telling(
                verbosity=-1 if is_quiet else verbosity, is_json=is_json, json_file=json_file
            ),
            jobs=jobs,
        )
    )
