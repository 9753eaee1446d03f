"""Samples by epoch: the same photos as a run coloured them while it learnt (figures 6 and 9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from colorize_cli.core.batches import Photos
from colorize_cli.core.errors import BadConfigError, ColorizeError
from colorize_trainers.figures import Samples, read_samples
from colorize_trainers.report.pictures import SheetRow, write_sheet
from colorize_trainers.run_directory import RunDirectory

SHOWN_EPOCHS: Final = 6
"""Columns beside gray and real: eight photos of 128 pixels fill a page's width."""


@dataclass(frozen=True, kw_only=True)
class SamplesByEpoch:
    """The same photos at several epochs: `generated[i]` is that of `epochs[i]`."""

    epochs: Sequence[int]
    gray: Photos
    generated: Sequence[Photos]
    real: Photos


def find_sample_epochs(run: RunDirectory) -> list[int]:
    """Return the epochs, in order, of which a grid of samples is there."""
    numbers = (path.stem.removeprefix("epoch-") for path in run.samples(0).parent.glob("epoch-*"))
    epochs = {int(number) for number in numbers if number.isdecimal()}
    return sorted(epoch for epoch in epochs if run.samples(epoch).is_file())


def spread(epochs: Sequence[int], count: int = SHOWN_EPOCHS) -> list[int]:
    """Choose so many epochs, the first and the last among them, evenly by their number.

    Of those that are there each time the nearest to an even spacing is taken.
    """
    if len(epochs) <= count:
        return list(epochs)
    wanted = np.linspace(epochs[0], epochs[-1], count)
    return sorted({min(epochs, key=lambda epoch: abs(epoch - place)) for place in wanted})


def read_samples_by_epoch(run: RunDirectory) -> tuple[SamplesByEpoch | None, list[str]]:
    """Read the grids of chosen epochs, and say which could not be used.

    The photos are those of the last epoch: an epoch that shows others is left out.
    """
    found: dict[int, Samples] = {}
    remarks: list[str] = []
    for epoch in reversed(spread(find_sample_epochs(run))):
        try:
            samples = _read(run.samples(epoch))
            _check_same(samples, found, run.samples(epoch))
        except ColorizeError as error:
            remarks.append(str(error))
        else:
            found[epoch] = samples
    if not found:
        return None, remarks
    epochs = sorted(found)
    last = found[epochs[-1]]
    generated = [found[epoch].generated for epoch in epochs]
    by_epoch = SamplesByEpoch(epochs=epochs, gray=last.gray, generated=generated, real=last.real)
    return by_epoch, remarks


def headings(samples: SamplesByEpoch) -> list[str]:
    """Return the names of the columns: gray, each epoch, real."""
    return ["gray", *(f"epoch {epoch}" for epoch in samples.epochs), "real"]


def columns(samples: SamplesByEpoch) -> list[Photos]:
    """Return the columns, each `(N, size, size, 3)`."""
    return [samples.gray, *samples.generated, samples.real]


def write_samples_sheet(path: Path, samples: SamplesByEpoch) -> None:
    """Write the figure: a row for each photo."""
    rows = [
        SheetRow(label=[f"sample {row + 1}"], pictures=pictures)
        for row, pictures in enumerate(zip(*columns(samples), strict=True))
    ]
    write_sheet(path, headings(samples), rows)


def _read(path: Path) -> Samples:
    try:
        return read_samples(path)
    except OSError as error:
        raise BadConfigError("the samples cannot be read", path=path) from error


def _check_same(samples: Samples, found: dict[int, Samples], path: Path) -> None:
    for other in list(found.values())[:1]:
        if not np.array_equal(samples.real, other.real):
            raise BadConfigError("shows other photos than the last epoch", path=path)
