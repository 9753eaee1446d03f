"""`colorize eval`: how good a model is, beside what it must beat."""

from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from colorize_cli.commands import picture_options as options
from colorize_cli.commands.grouped_help import COMMON, FILES

PHOTOS: Final = "Which photos"


def _print_schema(is_asked: bool) -> None:
    if is_asked:
        from colorize_cli.commands.eval_report import SCHEMA

        typer.echo(SCHEMA.read_text("utf-8"), nl=False)
        raise typer.Exit


def evaluate(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="Bundled name, model file or run directory.")
    ],
    data: Annotated[
        Path,
        typer.Argument(
            metavar="DATA",
            help="A folder that colorize prep has made, or any folder of colour photos.",
        ),
    ],
    side: Annotated[
        Literal["train", "test", "all"] | None,
        typer.Option(
            rich_help_panel=COMMON, help="Which photos of a prepared folder; default: test."
        ),
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(
            rich_help_panel=PHOTOS, metavar="FOLDER", help="Only photos of this class folder."
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            rich_help_panel=COMMON,
            min=1,
            metavar="N",
            help="At most this many photos, drawn by the seed.",
        ),
    ] = None,
    seed: Annotated[
        int,
        typer.Option(
            rich_help_panel=PHOTOS, min=0, metavar="N", help="Draws photos, and the intervals."
        ),
    ] = 0,
    backend: options.Backend = None,
    device: options.Device = None,
    precision: options.Precision = None,
    per_photo: Annotated[
        Path | None,
        typer.Option(
            rich_help_panel=COMMON, metavar="FILE.csv", help="Write the scores of each photo here."
        ),
    ] = None,
    pictures: Annotated[
        Path | None,
        typer.Option(
            rich_help_panel=FILES,
            metavar="DIR",
            help="Write what is judged here, as MAKER/NUMBER.png.",
        ),
    ] = None,
    features: Annotated[
        Path | None,
        typer.Option(
            rich_help_panel=FILES,
            metavar="FILE.npz",
            help="Features of those pictures for the distances: arrays model, truth, ...",
        ),
    ] = None,
    is_forced: Annotated[
        bool,
        typer.Option(
            "--force", "-f", rich_help_panel=COMMON, help="Replace FILE.csv if it is there already."
        ),
    ] = False,
    _is_schema_asked: Annotated[
        bool,
        options.telling_option(
            "--json-schema",
            callback=_print_schema,
            is_eager=True,
            help="Print what stdout looks like, as JSON Schema.",
        ),
    ] = False,
) -> None:
    """Score a model on photos whose colours are known.

    \b
    colorize eval natural colorize-data > scores.json   # its test photos
    colorize eval runs/RUN colorize-data --side train --limit 500
    colorize eval natural holiday-photos --per-photo scores.csv
    colorize eval --json-schema                         # what stdout looks like

    A table goes to stderr, one JSON object to stdout. Beside the model stand the gray pictures,
    the mean colour of the training photos, and the truth; intervals are 95 % bootstrap intervals
    over photos. A prepared folder of the model's size is judged at that size; other photos go the
    whole way of `colorize run`. What each number means, and what it hides, is told in
    docs/evaluation.md.
    """
    from colorize_cli.commands.eval_report import print_report
    from colorize_cli.commands.eval_work import Request, evaluate_model
    from colorize_cli.core.photo_sets import Selection
    from colorize_cli.standard_streams import protected_stdout

    request = Request(
        engine=options.engine_choice(
            model=model, backend=backend, device=device, precision=precision
        ),
        data=data,
        selection=Selection(side=side, only=only, limit=limit, seed=seed),
        per_photo=per_photo,
        pictures=pictures,
        features=features,
        is_forced=is_forced,
    )
    with protected_stdout() as stdout:
        print_report(evaluate_model(request), stdout)
