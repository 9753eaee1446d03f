"""`colorize train` as the shell sees it: files, exit statuses, signals.

Processes of their own are what signals are sent to; other command lines run within this one, which
imports the framework once.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest
from safetensors.numpy import load_file

from packed_data import pack_photos
from run_sessions import config_for, start
from same_process import Ended, SameProcess

torch = pytest.importorskip("torch")

SMALL = ["--base-width", "2", "--batch-size", "4", "--device", "cpu"]


Colorize: TypeAlias = Callable[..., Ended]


@pytest.fixture
def colorize(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> Colorize:
    process = SameProcess(tmp_path, monkeypatch, capfd)
    return lambda *arguments: process([*map(str, arguments)])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return pack_photos(tmp_path / "colorize-data", train=12, test=2)


def test_training_needs_no_argument_beside_prepared_data(
    data: Path, tmp_path: Path, colorize: Colorize
) -> None:
    ended = colorize("train", "--epochs", 1, *SMALL)
    assert ended.status == 0, ended.err
    assert ended.out == ""
    (run,) = (tmp_path / "runs").iterdir()
    assert "-paper-skip-" in run.name
    record = json.loads((run / "metrics.jsonl").read_text())
    assert all(np.isfinite(loss) for loss in record["losses"].values())
    assert record["step"] == 12 * 4 / 4
    assert f"colorize run --model runs/{run.name}" in ended.err
    lines = [line for line in ended.lines if line.startswith("epoch ")]
    assert len(lines) == 1


def test_the_same_seed_trains_the_same_model_and_another_one_another(
    data: Path, tmp_path: Path, colorize: Colorize
) -> None:
    models = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        ended = colorize("train", "--epochs", 1, "--run", name, "--seed", seed, *SMALL)
        assert ended.status == 0, ended.err
        models.append((tmp_path / name / "model.safetensors").read_bytes())
    assert models[0] == models[1]
    assert models[0] != models[2]


def stopped_after_an_epoch(folder: Path, run: str, number: int = signal.SIGINT) -> str:
    """Start a long training, send a signal after its first epoch, and return what it said."""
    arguments = ["train", "--epochs", "1000", "--run", run, *SMALL]
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "colorize_cli", *arguments],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if line.startswith("epoch 1/"):
                os.kill(process.pid, number)
        assert process.wait(timeout=120) == -number, said
    return "".join(said)


def test_ctrl_c_saves_says_how_to_go_on_and_dies_by_the_signal(
    data: Path, tmp_path: Path, colorize: Colorize
) -> None:
    said = stopped_after_an_epoch(tmp_path, "parts")
    assert "go on with: colorize train --resume parts" in said
    lines = (tmp_path / "parts" / "metrics.jsonl").read_text().splitlines()
    epochs = len(lines) + 2

    for arguments in (["--resume", "parts", "--device", "cpu"], ["--run", "whole", *SMALL]):
        ended = colorize("train", "--epochs", epochs, *arguments)
        assert ended.status == 0, ended.err
    ours, theirs = (
        load_file(tmp_path / run / "checkpoints" / "last.safetensors") for run in ("whole", "parts")
    )
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


def test_what_slurm_sends_saves_and_ends_by_itself(
    data: Path, tmp_path: Path, colorize: Colorize
) -> None:
    """Then the last run goes on without being named, for one epoch more than it has done."""
    said = stopped_after_an_epoch(tmp_path, "runs/a", signal.SIGUSR1)
    assert "all of it is saved" in said
    status = json.loads((tmp_path / "runs/a/status.json").read_text())
    assert status["state"] == "interrupted"
    ended = colorize("train", "--epochs", status["epoch"] + 1, "--resume")
    assert ended.status == 0, ended.err
    assert f"going on after epoch {status['epoch']}" in ended.err
    assert json.loads((tmp_path / "runs/a/status.json").read_text())["state"] == "finished"


def test_a_finished_run_is_extended_in_quiet_and_its_damaged_checkpoint_is_told_of(
    data: Path, tmp_path: Path, colorize: Colorize
) -> None:
    ended = colorize("train", "--epochs", 2, "--run", "run", "--quiet", *SMALL)
    assert (ended.status, ended.err) == (0, "")
    last = tmp_path / "run/checkpoints/last.safetensors"
    last.write_bytes(last.read_bytes()[:-1])
    ended = colorize("train", "--resume", "run", "--epochs", "+1", "-q")
    assert ended.status == 0, ended.err
    (line,) = ended.lines
    assert line.startswith("colorize: warning: 'run/checkpoints/last.safetensors': ")
    assert "after epoch 1" in line
    lines = (tmp_path / "run/metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [1, 2, 3]


def test_a_run_that_is_being_trained_is_left_alone(
    data: Path, tmp_path: Path, colorize: Colorize
) -> None:
    start(replace(config_for(data, epochs=1), backend="torch"), tmp_path / "run")
    with (tmp_path / "run/.lock").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        ended = colorize("train", "--resume", "run", "--epochs", "+1")
    assert ended.status == 75
    (line,) = ended.lines
    assert "another process trains this run" in line


def test_a_dry_run_says_what_it_would_take_and_writes_nothing(
    data: Path, tmp_path: Path, colorize: Colorize
) -> None:
    ended = colorize("train", "--dry-run", *SMALL)
    assert ended.status == 0, ended.err
    assert "memory: about " in ended.err
    assert "steps: 12 an epoch, 600 in all" in ended.err
    assert "discriminator: " in ended.err
    assert [path.name for path in tmp_path.iterdir()] == ["colorize-data"]


def test_the_time_is_limited(data: Path, tmp_path: Path, colorize: Colorize) -> None:
    ended = colorize("train", "--run", "run", "--max-time", "0.001s", *SMALL)
    assert ended.status == 0, ended.err
    assert "the time is up after step 0" in ended.err
    assert "go on with: colorize train --resume run" in ended.err
    assert "colour photos" not in ended.err


def test_the_options_of_a_training_have_groups(colorize: Colorize) -> None:
    ended = colorize("train", "--help")
    assert ended.status == 0
    titles = [line for line in ended.out.splitlines() if line.endswith(":") and line[0].isalpha()]
    assert titles[:4] == ["Examples:", "Arguments:", "Common options:", "The run:"]
    assert len(titles) == 10
    assert all(len(line) <= 80 for line in ended.out.splitlines())


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["train", "nowhere"], 66, "run colorize prep first"),
        (["train", "--recipe", "papr"], 2, "no recipe 'papr'"),
        (["train", "--epochs", "0"], 2, "--epochs must be at least 1"),
        (["train", "--device", "cuda:99"], 69, "'cuda:99'"),
        (["train", "--backend", "torhc"], 2, "did you mean 'torch'"),
        (["train", "--backend", "onnx"], 69, "does not train"),
        (["train", "--resume", "nowhere"], 66, "no training run here"),
        (["train", "--resume"], 66, "'runs': no training run in this folder yet"),
        (["train", "--resume", "nowhere", "--seed", "1"], 2, "--seed cannot change"),
        (["train", "--resume", "nowhere", "--dry-run"], 2, "--dry-run cannot change"),
        (["train", "--epochs", "+1"], 2, "goes with --resume"),
        (["train", "--max-time", "soon"], 2, "2h, 30m or 90s"),
        (
            ["train", "--from", "natural"],
            78,
            "base_width 32, not 64; family efficientnet-unet, not unet; output ab, not rgb",
        ),
        (["train", "--limit", "0"], 2, "leaves no photo"),
        (["train", "--loss", "l2"], 2, "l2"),
        (["train", "--learning-rate", "nan"], 2, "--learning-rate must be above 0"),
        (["train", "--checkpoint-every", "nan"], 2, "--checkpoint-every nan is no finite number"),
    ],
)
def test_a_wrong_command_line_is_one_line_with_its_status(
    data: Path, tmp_path: Path, colorize: Colorize, arguments: list[str], status: int, words: str
) -> None:
    ended = colorize(*arguments)
    assert ended.status == status, ended.err
    (line,) = ended.lines
    assert line.startswith("colorize: ")
    assert words in line
    assert not (tmp_path / "runs").exists()


def test_the_device_may_stand_in_the_settings_file(
    data: Path, tmp_path: Path, colorize: Colorize
) -> None:
    (tmp_path / "colorize.toml").write_text('device = "cuda:99"\n')
    ended = colorize("train", "--epochs", 1, "--base-width", 2)
    assert ended.status == 69
    assert "'cuda:99'" in ended.err
