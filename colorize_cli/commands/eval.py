"""`colorize eval`: how good a model is, beside what it must beat."""

from pathlib import Path
from typing import Annotated, Literal

import typer


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
        typer.Option(help="Which photos of a prepared folder; default: test."),
    ] = None,
    only: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="Only photos of this class folder.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most this many photos, drawn by the seed.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Draws photos, and the intervals.")] = 0,
    backend: Annotated[
        str | None, typer.Option(help="What computes; see `colorize backends`.")
    ] = None,
    device: Annotated[
        str | None, typer.Option(help="Where it computes: auto, cpu, cuda, ... Never another.")
    ] = None,
    precision: Annotated[
        Literal["float32", "bfloat16"] | None, typer.Option(help="How exactly it computes.")
    ] = None,
    per_photo: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Write the scores of each photo here.")
    ] = None,
    pictures: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write what is judged here, as MAKER/NUMBER.png."),
    ] = None,
    features: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.npz",
            help="Features of those pictures for the distances: arrays model, truth, ...",
        ),
    ] = None,
    is_forced: Annotated[
        bool, typer.Option("--force", "-f", help="Replace FILE.csv if it is there already.")
    ] = False,
) -> None:
    """Score a model on photos whose colours are known: a table on stderr, JSON on stdout.

    colorize eval natural colorize-data > scores.json

    colorize eval runs/RUN colorize-data --side train --limit 500

    colorize eval natural holiday-photos --per-photo scores.csv

    Beside the model stand the gray pictures, the mean colour of the training photos, and the
    truth; intervals are 95 % bootstrap intervals over photos. A prepared folder of the model's
    size is judged at that size; other photos go the whole way of `colorize run`. What each
    number means, and what it hides, is told in docs/evaluation.md.
    """
    from colorize_cli.commands.eval_report import print_report
    from colorize_cli.commands.eval_work import Request, evaluate_model
    from colorize_cli.core.photo_sets import Selection
    from colorize_cli.standard_streams import protected_stdout

    request = Request(
        model=model,
        data=data,
        selection=Selection(side=side, only=only, limit=limit, seed=seed),
        backend=backend,
        device=device,
        precision=precision,
        per_photo=per_photo,
        pictures=pictures,
        features=features,
        is_forced=is_forced,
    )
    with protected_stdout() as stdout:
        print_report(evaluate_model(request), stdout)
