import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from colorize_cli.core.errors import CannotCreateError
from colorize_cli.core.model_file import read_model
from colorize_trainers.report.run import read_run, with_distinct_names
from colorize_trainers.report.writing import Report, ReportChoices, RunToReport, write_report
from colorize_trainers.run_directory import RunDirectory
from finished_runs import make_finished_run
from packed_data import pack_photos
from page_checks import faults_of
from photos import save_photos
from pictures import SmoothColorizer

FIGURES = {"losses.png", "scores.png", "samples.png", "test.png"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return pack_photos(tmp_path / "data", train=12, test=20)


def report_on(folder: Path, *runs: RunDirectory, **choices: Any) -> Report:
    records = with_distinct_names([read_run(run.path) for run in runs])
    return write_report([_ready(record) for record in records], folder, ReportChoices(**choices))


def _ready(record: Any) -> RunToReport:
    if not record.directory.model.exists():
        return RunToReport(run=record)
    channels = 2 if record.recipe["output"] == "ab" else 3
    model = read_model(record.directory.model)
    return RunToReport(run=record, model=model, colorizer=SmoothColorizer(channels))


def text_of(report: Report) -> str:
    return report.page.read_text("utf-8")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Report on a run that draws RGB, once for all tests that only look."""
    folder = tmp_path_factory.mktemp("shared")
    run = make_finished_run(
        folder / "run", pack_photos(folder / "data", train=12, test=20), output="rgb"
    )
    return report_on(folder / "report", run)


def test_a_report_is_a_page_and_the_figures_as_png(shared: Report) -> None:
    assert shared.page.name == "report.html"
    assert {path.name for path in shared.page.parent.iterdir()} == {*FIGURES, "report.html"}
    for name in FIGURES:
        with Image.open(shared.page.with_name(name)) as figure:
            assert figure.format == "PNG"
    assert (list(shared.remarks), list(shared.failures)) == ([], [])


def test_the_page_is_valid_and_loads_nothing(shared: Report) -> None:
    page = text_of(shared)
    assert faults_of(page) == []
    assert re.findall(r"\w+://", page) == []
    addresses = re.findall(r'(?:src|href)="([^#][^,]*,)', page)
    assert set(addresses) == {"data:image/jpeg;base64,", "data:,"}
    assert page.count('href="data:,"') == page.count("<link") == 1


def test_the_same_run_gives_the_same_bytes(shared: Report, tmp_path: Path) -> None:
    run = RunDirectory(shared.page.parents[1] / "run")
    folders = [shared.page.parent, report_on(tmp_path / "again", run).page.parent]
    first, second = (
        {path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders
    )
    assert first == second


def test_a_run_of_an_awkward_name_is_shown_by_it(data: Path, tmp_path: Path) -> None:
    run = make_finished_run(tmp_path / "<b>&\"'\nrun", data, has_metrics=False)
    page = text_of(report_on(tmp_path / "report", run))
    assert faults_of(page) == []
    assert "&lt;b&gt;&amp;" in page
    assert "<b>" not in page


def test_two_runs_are_compared_on_one_page(data: Path, tmp_path: Path) -> None:
    runs = [
        make_finished_run(tmp_path / "plain", data, epochs=3, output="rgb"),
        make_finished_run(tmp_path / "skip", data, epochs=2),
    ]
    report = report_on(tmp_path / "report", *runs)
    page = text_of(report)
    assert faults_of(page) == []
    assert "2 runs compared" in page
    names = {path.name for path in report.page.parent.iterdir()}
    assert {"losses.png", "samples-1.png", "samples-2.png", "test-1.png", "test-2.png"} <= names
    for run in ("plain", "skip"):
        assert page.count(f"<h3>{run}</h3>") == 4


def test_a_run_without_a_finished_epoch_says_so_and_shows_its_settings(
    data: Path, tmp_path: Path
) -> None:
    report = report_on(tmp_path / "report", make_finished_run(tmp_path / "run", data, epochs=0))
    assert list(report.remarks) == ["run: nothing to report yet: no epoch of this run is finished"]
    page = text_of(report)
    assert faults_of(page) == []
    assert "nothing to report yet" in page
    assert "--base-width" in page
    assert [path.name for path in report.page.parent.iterdir()] == ["report.html"]


def test_missing_data_leaves_out_only_what_needs_it(data: Path, tmp_path: Path) -> None:
    run = make_finished_run(tmp_path / "run", data)
    data.rename(tmp_path / "moved")
    report = report_on(tmp_path / "report", run)
    assert len(report.remarks) == 1
    assert "pictures of the test set are left out" in report.remarks[0]
    assert "no dataset here" in report.remarks[0]
    assert report.remarks[0].endswith("(--data DIR if it was moved)")
    names = {path.name for path in report.page.parent.iterdir()}
    assert names == {*FIGURES - {"test.png"}, "report.html"}
    page = text_of(report)
    assert "off by 30.00" in page
    assert "nearer to the truth than gray by 1.00" in page
    found = report_on(tmp_path / "other", run, data=tmp_path / "moved")
    assert list(found.remarks) == []


def test_other_data_is_refused(data: Path, tmp_path: Path) -> None:
    run = make_finished_run(tmp_path / "run", data, has_metrics=False)
    pack_photos(data, train=12, test=20, seed=5)
    report = report_on(tmp_path / "report", run)
    assert "holds other photos than the run was trained on" in report.remarks[-1]
    assert not (tmp_path / "report/test.png").exists()


def test_damaged_metrics_are_told_and_the_rest_is_shown(data: Path, tmp_path: Path) -> None:
    run = make_finished_run(tmp_path / "run", data)
    with run.metrics.open("a") as file:
        file.write('{"epoch": 4, "los')
    report = report_on(tmp_path / "report", run)
    assert list(report.remarks) == ["run: 1 damaged line of metrics.jsonl left out"]
    assert "(epoch 3)" in text_of(report)


def test_photos_from_outside_are_shown_at_their_own_size(data: Path, tmp_path: Path) -> None:
    save_photos(tmp_path / "album", range(2))
    (tmp_path / "album/letter.png").write_text("no picture")
    run = make_finished_run(tmp_path / "run", data)
    report = report_on(tmp_path / "report", run, photos=[tmp_path / "album", tmp_path / "gone.jpg"])
    assert [str(failure).partition(": ")[0] for failure in report.failures] == [
        repr(str(tmp_path / name)) for name in ("gone.jpg", "album/letter.png")
    ]
    first = np.asarray(Image.open(report.page.with_name("outside-01.png")))
    assert first.shape == (80, 3 * 96 + 2 * 8, 3)
    assert np.array_equal(first[:, -96:], np.asarray(Image.open(tmp_path / "album/0.png")))
    assert report.page.with_name("outside-02.png").exists()
    assert report.page.with_name("outside.png").exists()
    assert "Photos from outside the set" in text_of(report)


def test_a_photo_that_fails_in_every_run_is_told_once(data: Path, tmp_path: Path) -> None:
    runs = [make_finished_run(tmp_path / name, data, has_metrics=False) for name in ("a", "b")]
    report = report_on(tmp_path / "report", *runs, photos=[tmp_path / "gone.jpg"])
    assert len(report.failures) == 1


def test_photos_without_a_model_are_told(data: Path, tmp_path: Path) -> None:
    run = make_finished_run(tmp_path / "run", data, epochs=0)
    report = report_on(tmp_path / "report", run, photos=[tmp_path / "x.png"])
    assert any("need a model" in remark for remark in report.remarks)


def test_an_earlier_report_is_replaced_and_nothing_else(data: Path, tmp_path: Path) -> None:
    run = make_finished_run(tmp_path / "run", data, has_metrics=False)
    page = report_on(tmp_path / "report", run).page
    made = page.read_text("utf-8")
    page.write_text(made.replace("<h1>run</h1>", "<h1>old</h1>"))
    report_on(tmp_path / "report", run)
    assert page.read_text("utf-8") == made
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/report.html").write_text("my own report")
    for folder in (tmp_path / "mine", run.path, run.config):
        with pytest.raises(CannotCreateError, match="holds no report"):
            report_on(folder, run)
    assert (tmp_path / "mine/report.html").read_text() == "my own report"


def test_figures_that_an_earlier_report_alone_had_are_removed(data: Path, tmp_path: Path) -> None:
    runs = [make_finished_run(tmp_path / name, data) for name in ("a", "b")]
    save_photos(tmp_path / "album", range(1))
    folder = report_on(tmp_path / "report", *runs, photos=[tmp_path / "album"]).page.parent
    assert (folder / "outside-1-01.png").exists()
    (folder / "tests.png").write_text("mine")
    report_on(folder, runs[0])
    assert {path.name for path in folder.iterdir()} == {*FIGURES, "report.html", "tests.png"}


def test_a_report_that_was_interrupted_is_made_anew(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_finished_run(tmp_path / "run", data, has_metrics=False)

    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("colorize_trainers.report.writing.write_test_sheet", interrupt)
        with pytest.raises(KeyboardInterrupt):
            report_on(tmp_path / "report", run)
    assert (tmp_path / "report/samples.png").exists()
    page = (tmp_path / "report/report.html").read_text("utf-8")
    assert "not finished" in page
    assert faults_of(page) == []
    assert "<h1>run</h1>" in text_of(report_on(tmp_path / "report", run))


def test_the_numbers_of_the_page_are_those_of_the_run(shared: Report) -> None:
    page = text_of(shared)
    metrics = RunDirectory(shared.page.parents[1] / "run").metrics
    losses = [json.loads(line)["losses"] for line in metrics.read_text().splitlines()]
    first, last = losses[0]["discriminator"], losses[-1]["discriminator"]
    assert f"went from {first:.2f} (epoch 1) to {last:.3f} (epoch 3)" in page
    assert "12 photos" in page
    assert "of the 20 photos" in page
