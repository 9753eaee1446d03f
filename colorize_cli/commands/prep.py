"""`colorize prep`: from a folder of photos to a dataset for training."""

from pathlib import Path
from typing import Annotated

import typer

from colorize_cli.commands.grouped_help import COMMON


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
    from colorize_cli.commands.prep_work import prepare_photos

    prepare_photos(
        source,
        output=output,
        size=size,
        test_share=test_share,
        seed=seed,
        jobs=jobs,
        is_json=is_json,
    )
