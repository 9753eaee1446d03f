"""Writing a report: figures and a page about one run, or about several to compare."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from colorize_cli.core.backend import Colorizer
from colorize_cli.core.errors import CannotCreateError, ColorizeError
from colorize_cli.core.model_file import Model
from colorize_cli.core.outputs import make_folder, reported, write_text
from colorize_trainers.report.curves import (
    Chart,
    check_matplotlib,
    loss_charts,
    score_charts,
    write_curves,
)
from colorize_trainers.report.model import BEST, Which
from colorize_trainers.report.outside import show_outside
from colorize_trainers.report.page import GENERATOR, RunPart, render_page, unfinished_page
from colorize_trainers.report.run import RunRecord
from colorize_trainers.report.samples import read_samples_by_epoch, write_samples_sheet
from colorize_trainers.report.test_set import (
    JudgedPhotos,
    open_test_set,
    show_test_set,
    write_test_sheet,
)
from colorize_trainers.report.words import UNDECIDED, ModelErrors

PAGE: Final = "report.html"
FIGURE: Final = re.compile(r"(losses|scores|samples|test|outside)(-\d+)*\.png", re.ASCII)
"""The names of a report's figures."""
SHOWN_PHOTOS: Final = 6
"""Test photos drawn, as many as the paper's figure 11 shows rows."""


@dataclass(frozen=True, kw_only=True)
class RunToReport:
    """A run with its model made ready; both are None where there is none. `which` it is."""

    run: RunRecord
    model: Model | None = None
    colorizer: Colorizer | None = None
    which: Which = BEST


@dataclass(frozen=True, kw_only=True)
class ReportChoices:
    """What to show: `count` test photos drawn by `seed`, and `photos` from outside the set.

    `data` is where the dataset lies now, if not where the run's settings say.
    """

    count: int = SHOWN_PHOTOS
    seed: int = 0
    data: Path | None = None
    photos: Sequence[Path] = ()


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was written. `remarks` say what is missing and why; `failures` are photos' errors."""

    page: Path
    remarks: Sequence[str]
    failures: Sequence[ColorizeError]


def write_report(runs: Sequence[RunToReport], folder: Path, choices: ReportChoices) -> Report:
    """Write the figures and, last, the page.

    What cannot be shown is left out and told. Raises UnavailableError without matplotlib,
    CannotCreateError if the folder holds other things than a report.
    """
    _check_place(folder)
    if any(entry.run.epochs for entry in runs):
        check_matplotlib()
    _mark(folder)
    parts, failures = [], []
    written: set[str] = set()
    for place, entry in enumerate(runs, start=1):
        suffix = f"-{place}" if len(runs) > 1 else ""
        part, failed = _Making(folder, choices, suffix, len(runs), written).part(entry)
        parts.append(part)
        failures += failed
    charts = _charts(parts)
    for name, group in charts.items():
        write_curves(folder / f"{name}.png", group)
        written.add(f"{name}.png")
    page = folder / PAGE
    write_text(page, render_page(parts, [chart for group in charts.values() for chart in group]))
    _clear(folder, written)
    remarks = [f"{part.run.name}: {remark}" for part in parts for remark in part.remarks]
    # Each run meets the same photos.
    distinct = list({str(failure): failure for failure in failures}.values())
    return Report(page=page, remarks=remarks, failures=distinct)


def _check_place(folder: Path) -> None:
    """Refuse a folder that holds something else: a report brings its own."""
    with reported(folder):
        if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
            return
        page = folder / PAGE
        if page.is_file() and f'content="{GENERATOR} ' in page.read_text("utf-8", "replace"):
            return
    raise CannotCreateError("is there and holds no report; name another by -o", path=folder)


def _mark(folder: Path) -> None:
    """Make the folder known as a report's from the start, so that a half-made one is replaced."""
    make_folder(folder)
    if not (folder / PAGE).exists():
        write_text(folder / PAGE, unfinished_page())


def _clear(folder: Path, written: set[str]) -> None:
    """Remove the figures that an earlier report left here and this one has no place for."""
    with reported(folder):
        for path in folder.iterdir():
            if FIGURE.fullmatch(path.name) and path.name not in written:
                path.unlink()


@dataclass(frozen=True)
class _Making:
    """The making of one run's part; `suffix` tells its files from those of other runs.

    The names of all files that it makes are added to `written`.
    """

    folder: Path
    choices: ReportChoices
    suffix: str
    runs: int
    written: set[str]
    files: dict[str, str] = field(default_factory=dict)

    def part(self, entry: RunToReport) -> tuple[RunPart, list[ColorizeError]]:
        samples, remarks = read_samples_by_epoch(entry.run.directory)
        if samples is not None:
            write_samples_sheet(self._file("samples"), samples)
        test, missing = self._test(entry)
        outside, failures = show_outside(
            self.choices.photos, entry.model, entry.colorizer, self._file, runs=self.runs
        )
        if self.choices.photos and entry.model is None:
            missing = [*missing, "photos from outside the set need a model: none is there yet"]
        facts: Mapping[str, Any] = entry.model.training if entry.model else {}
        part = RunPart(
            run=entry.run,
            facts=facts,
            errors=_test_errors(entry, facts, test),
            samples=samples,
            test=test,
            outside=outside,
            files=self.files,
            remarks=[*_run_remarks(entry.run), *remarks, *missing],
        )
        return part, failures

    def _test(self, entry: RunToReport) -> tuple[JudgedPhotos | None, list[str]]:
        if entry.colorizer is None:
            return None, []
        try:
            dataset = open_test_set(entry.run, self.choices.data)
        except ColorizeError as error:
            return None, [
                f"pictures of the test set are left out: {error} (--data DIR if it was moved)"
            ]
        pictures = show_test_set(
            entry.colorizer, dataset, count=self.choices.count, seed=self.choices.seed
        )
        write_test_sheet(self._file("test"), pictures)
        return pictures, []

    def _file(self, name: str) -> Path:
        kind, _, number = name.partition("-")
        file = f"{kind}{self.suffix}{'-' if number else ''}{number}.png"
        if not number:
            self.files[kind] = file
        self.written.add(file)
        return self.folder / file


def _run_remarks(run: RunRecord) -> Iterator[str]:
    if not run.epochs:
        yield "nothing to report yet: no epoch of this run is finished"
    if run.damaged_lines:
        lines = "line" if run.damaged_lines == 1 else "lines"
        yield f"{run.damaged_lines} damaged {lines} of metrics.jsonl left out"


def _test_errors(
    entry: RunToReport, facts: Mapping[str, Any], test: JudgedPhotos | None
) -> ModelErrors | None:
    """Return the errors measured now or, without the data, those that the run noted."""
    epoch = facts.get("epochs")
    if test is not None:
        return ModelErrors(
            model=float(test.errors.mean()),
            gray=float(test.gray_errors.mean()),
            epoch=epoch,
            photos=len(test.errors),
            nearer=int((test.errors < test.gray_errors).sum()),
            is_best=entry.which == BEST,
        )
    noted, gray = _ab_error(facts, "test"), _ab_error(facts, "test_gray")
    if noted is not None:
        return ModelErrors(model=noted, gray=gray, epoch=epoch, is_best=entry.which == BEST)
    epochs, errors = entry.run.scores("ab_error")
    if not errors or entry.model is not None:
        return None
    best = min(range(len(errors)), key=errors.__getitem__)
    return ModelErrors(model=errors[best], gray=None, epoch=epochs[best])


def _ab_error(facts: Mapping[str, Any], key: str) -> float | None:
    scores = facts.get(key)
    error = scores.get("ab_error") if isinstance(scores, Mapping) else None
    return float(error) if isinstance(error, int | float) else None


def _charts(parts: Sequence[RunPart]) -> dict[str, list[Chart]]:
    """Return the charts of each figure; none without a finished epoch."""
    runs = [part.run for part in parts]
    if not any(run.epochs for run in runs):
        return {}
    undecided = [UNDECIDED.get(str(run.recipe.get("loss"))) for run in runs]
    gray = [_gray_scores(part) for part in parts]
    return {"losses": loss_charts(runs, undecided), "scores": score_charts(runs, gray)}


def _gray_scores(part: RunPart) -> Mapping[str, float]:
    if part.test is not None:
        return part.test.gray.as_dict()
    noted = part.facts.get("test_gray")
    numbers = noted if isinstance(noted, Mapping) else {}
    return {name: value for name, value in numbers.items() if isinstance(value, int | float)}
