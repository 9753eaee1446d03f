"""What `colorize train` says beside its epochs: how a run stands, and the counts of it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from colorize_cli.commands.train_report import TrainingReport
from colorize_cli.core.metrics import Scores
from colorize_trainers.position import Position
from colorize_trainers.run_data import prepared
from colorize_trainers.run_directory import RunDirectory
from packed_data import pack_photos
from run_sessions import config_for

GRAY = Scores(ab_error=15.0, psnr=20.0, colorfulness=0.0, chroma=0.0)


def said_at_the_start(folder: Path, capsys: pytest.CaptureFixture[str], **run: Any) -> list[str]:
    """Begin to report on a run of so many `epochs` that stands after epoch `done`."""
    data = pack_photos(folder / "data", train=8, test=2)
    done, origins = run.pop("done", 0), run.pop("origins", {})
    _, config, plan = prepared(replace(config_for(data, **run), origins=origins))
    with TrainingReport() as report:
        position = Position(epoch=done, step=done * plan.batches)
        report.begin(config, RunDirectory(folder / "run"), plan, GRAY, position)
    return capsys.readouterr().err.splitlines()


def test_one_epoch_is_one_epoch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said_at_the_start(tmp_path, capsys, epochs=1)[0].endswith("an epoch, 1 epoch")
    assert said_at_the_start(tmp_path, capsys, epochs=2)[0].endswith("an epoch, 2 epochs")


def test_a_precision_that_the_device_decided_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = said_at_the_start(tmp_path, capsys, epochs=1, origins={"precision": "device"})
    assert lines[1].endswith("float32 (bfloat16 is not known here), fake on ?")


def test_a_run_that_goes_on_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said_at_the_start(tmp_path, capsys, epochs=3, done=2)[-1] == "going on after epoch 2"


def test_a_run_that_is_done_says_what_takes_it_further(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a run that had 3 epochs and is now asked for 2, all is done as well."""
    for epochs in (3, 2):
        lines = said_at_the_start(tmp_path, capsys, epochs=epochs, done=3)
        assert lines[-1] == "all is done: 3 epochs; --epochs +N adds N more"
