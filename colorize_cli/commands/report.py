"""`colorize report`: figures and a page about a run, or about several to compare."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from colorize_cli import console
from colorize_cli.commands import picture_options as options
from colorize_cli.commands.grouped_help import COMMON
from colorize_cli.core.errors import BadConfigError, NoInputError, SomeInputsFailed

if TYPE_CHECKING:
    from colorize_cli.core.model_file import Model
    from colorize_trainers.report.model import Which
    from colorize_trainers.report.run import RunRecord
    from colorize_trainers.report.writing import RunToReport

REPORT_FOLDER: Final = "report"
SHOWN: Final = "What is shown"


def report(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN...", help="Run directories of colorize train.")
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            rich_help_panel=COMMON,
            metavar="DIR",
            help="Where the report goes; default: RUN/report, in the first of several.",
        ),
    ] = None,
    photos: Annotated[
        list[Path] | None,
        typer.Option(
            rich_help_panel=COMMON,
            metavar="FILE|DIR",
            help="Photos from outside the set to show as well; can be given several times.",
        ),
    ] = None,
    count: Annotated[
        int,
        typer.Option(
            rich_help_panel=COMMON,
            min=6,
            metavar="N",
            help="Test photos to draw; the best and the worst come on top.",
        ),
    ] = 6,
    seed: Annotated[
        int,
        typer.Option(
            rich_help_panel=SHOWN, min=0, metavar="N", help="Decides which test photos are drawn."
        ),
    ] = 0,
    data: Annotated[
        Path | None,
        typer.Option(
            rich_help_panel=SHOWN,
            metavar="DIR",
            help="Where the dataset lies now, if it was moved.",
        ),
    ] = None,
    weights: Annotated[
        Literal["best", "last"],
        typer.Option(
            rich_help_panel=COMMON,
            help="The model to show: of the best epoch (RUN/model), or of the last.",
        ),
    ] = "best",
    backend: options.Backend = None,
    device: options.Device = None,
) -> None:
    """Show what runs have learnt, as one page and as figures.

    \b
    colorize report runs/RUN                            # runs/RUN/report
    colorize report runs/RUN --photos holiday.jpg --photos scans/
    colorize report runs/PLAIN runs/SKIP -o comparison  # side by side

    Shows curves, samples and test photos, as PNG and in report.html. The page needs neither
    network nor other files. Test photos are drawn by --seed, never chosen by hand; the best and
    the worst are shown as well. Photos given by --photos lose their colours first and are then
    coloured as colorize run would.
    """
    from colorize_trainers.report.run import read_run, with_distinct_names
    from colorize_trainers.report.writing import ReportChoices, write_report

    records = with_distinct_names([read_run(run) for run in runs])
    choices = ReportChoices(count=count, seed=seed, data=data, photos=photos or ())
    made = write_report(
        _with_models(records, weights, backend, device), output or runs[0] / REPORT_FOLDER, choices
    )
    for remark in made.remarks:
        console.print_warning(remark)
    for failure in made.failures:
        console.print_error(failure)
    console.print_line(f"done: {made.page}")
    if made.failures:
        raise SomeInputsFailed(f"{len(made.failures)} of --photos could not be shown")


def _with_models(
    records: "list[RunRecord]", which: "Which", backend: str | None, device: str | None
) -> "list[RunToReport]":
    """Make the models ready; a run without one is reported on without pictures of its own."""
    from functools import cache

    from colorize_cli.plugins import choose_inference_backend
    from colorize_trainers.report.writing import RunToReport

    choose = cache(lambda: choose_inference_backend(backend))
    runs = []
    for record in records:
        model = _read_model(record, which)
        colorizer = choose().load_colorizer(model, device=_place(device)) if model else None
        runs.append(RunToReport(run=record, model=model, colorizer=colorizer, which=which))
    return runs


def _read_model(record: "RunRecord", which: "Which") -> "Model | None":
    from colorize_trainers.report.model import read_run_model

    try:
        return read_run_model(record, which)
    except (BadConfigError, NoInputError) as error:
        console.print_warning(f"{error}; pictures that need the model are left out")
        return None


def _place(device: str | None) -> str:
    from colorize_cli.core.config import read_config

    return device or read_config().device or "auto"
