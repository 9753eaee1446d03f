"""`colorize run`: colour pictures, as a filter or file by file."""

from typing import Annotated, Final, Literal

import typer

from colorize_cli import console
from colorize_cli.core.errors import ExitStatus, UsageError

SHORT_USAGE: Final = """\
usage: colorize run [OPTIONS] [FILE]...
  colorize run < gray.png > color.png         colour one picture
  colorize run gray.jpg -o color.png          the same, by name
  colorize run scans/*.jpg --output-dir out   colour many
colorize run --help tells all options"""


def run(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE]...", help="Pictures to colour; - or none: stdin."),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where the result goes; - is stdout."),
    ] = None,
    output_dir: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="Where the results of several files go, as NAME.png."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", help="Bundled name, model file or run directory."),
    ] = None,
    backend: Annotated[
        str | None, typer.Option(help="What computes; see `colorize backends`.")
    ] = None,
    device: Annotated[
        str | None, typer.Option(help="Where it computes: auto, cpu, cuda, ... Never another.")
    ] = None,
    precision: Annotated[
        Literal["float32", "bfloat16"] | None, typer.Option(help="How exactly it computes.")
    ] = None,
    strength: Annotated[
        float, typer.Option(min=0, max=2, help="Less or more colour: 0 is gray, 1 the model's.")
    ] = 1.0,
    format_name: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="png, tiff, webp (lossless) or jpeg; default: the suffix of -o, else png.",
        ),
    ] = None,
    is_forced: Annotated[
        bool, typer.Option("--force", "-f", help="Replace outputs that are there already.")
    ] = False,
    is_verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say what computes, and how long it takes.")
    ] = False,
) -> None:
    """Give gray pictures their colour back; size and lightness stay as they are.

    colorize run < gray.png > color.png

    colorize run gray.jpg -o color.png

    colorize run scans/*.jpg --output-dir colored

    Reads any common format; 16 bits, transparency and metadata are kept. The result is PNG
    unless another format is asked for, as JPEG cannot keep the lightness exactly, nor TIFF and
    WebP 16 bits. Nothing is replaced without --force, and inputs never.
    """
    from colorize_cli.commands.run_files import EngineChoice, Finish, run_jobs
    from colorize_cli.core.output_plan import (
        check_jobs,
        make_target_folders,
        output_and_folder,
        plan_jobs,
    )
    from colorize_cli.standard_streams import is_stdin_terminal, protected_stdout

    if not files and is_stdin_terminal():
        console.print_line(SHORT_USAGE)
        raise typer.Exit(ExitStatus.USAGE)
    with protected_stdout() as stdout:
        from colorize_cli.core.image_encoding import choose_format

        output, folder = output_and_folder(output, output_dir)
        form = choose_format(format_name, output)
        jobs = plan_jobs(files or [], output, folder, suffix=form.suffixes[0])
        if jobs[0].target is None and stdout.is_terminal and not is_forced:
            raise UsageError(
                "refusing to write image data to a terminal; redirect with > or use -o FILE"
            )
        check_jobs(jobs, is_forced=is_forced)
        make_target_folders(jobs, folder)
        choice = EngineChoice(model=model, backend=backend, device=device, precision=precision)
        finish = Finish(form=form, strength=strength, is_verbose=is_verbose)
        run_jobs(jobs, choice, finish, stdout)
