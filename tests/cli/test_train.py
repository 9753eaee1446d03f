"""`colorize train` as the shell sees it: real processes, files, exit statuses, signals."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from packed_data import pack_photos

torch = pytest.importorskip("torch")

SMALL = ["--base-width", "2", "--batch-size", "4", "--device", "cpu"]


def colorize(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "colorize_cli", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=300,
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return pack_photos(tmp_path / "colorize-data", train=12, test=2)


def test_training_needs_no_argument_beside_prepared_data(data: Path, tmp_path: Path) -> None:
    ended = colorize("train", "--epochs", 1, *SMALL, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == ""
    (run,) = (tmp_path / "runs").iterdir()
    assert "-paper-skip-" in run.name
    record = json.loads((run / "metrics.jsonl").read_text())
    assert all(np.isfinite(loss) for loss in record["losses"].values())
    assert record["step"] == 12 * 4 / 4
    assert f"colorize run --model runs/{run.name}" in ended.stderr
    lines = [line for line in ended.stderr.splitlines() if line.startswith("epoch ")]
    assert len(lines) == 1


def test_the_same_seed_trains_the_same_model_and_another_one_another(
    data: Path, tmp_path: Path
) -> None:
    models = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        ended = colorize(
            "train", "--epochs", 1, "--run", name, "--seed", seed, *SMALL, cwd=tmp_path
        )
        assert ended.returncode == 0, ended.stderr
        models.append((tmp_path / name / "model.safetensors").read_bytes())
    assert models[0] == models[1]
    assert models[0] != models[2]


def interrupt_after_an_epoch(folder: Path, run: str) -> str:
    """Start a long training, press Ctrl-C after its first epoch, and return what it said."""
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
                os.kill(process.pid, signal.SIGINT)
        assert process.wait(timeout=120) == -signal.SIGINT, said
    return "".join(said)


def test_ctrl_c_saves_says_how_to_go_on_and_dies_by_the_signal(data: Path, tmp_path: Path) -> None:
    said = interrupt_after_an_epoch(tmp_path, "parts")
    assert "go on with: colorize train --resume parts" in said
    lines = (tmp_path / "parts" / "metrics.jsonl").read_text().splitlines()
    epochs = len(lines) + 2

    for arguments in (["--resume", "parts", "--device", "cpu"], ["--run", "whole", *SMALL]):
        ended = colorize("train", "--epochs", epochs, *arguments, cwd=tmp_path)
        assert ended.returncode == 0, ended.stderr
    ours, theirs = (
        load_file(tmp_path / run / "checkpoints" / "last.safetensors") for run in ("whole", "parts")
    )
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


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
        (["train", "--limit", "0"], 2, "leaves no photo"),
        (["train", "--loss", "l2"], 2, "l2"),
    ],
)
def test_a_wrong_command_line_is_one_line_with_its_status(
    data: Path, tmp_path: Path, arguments: list[str], status: int, words: str
) -> None:
    ended = colorize(*arguments, cwd=tmp_path)
    assert ended.returncode == status, ended.stderr
    (line,) = ended.stderr.splitlines()
    assert line.startswith("colorize: ")
    assert words in line
    assert not (tmp_path / "runs").exists()


def test_the_device_may_stand_in_the_settings_file(data: Path, tmp_path: Path) -> None:
    (tmp_path / "colorize.toml").write_text('device = "cuda:99"\n')
    ended = colorize("train", "--epochs", 1, "--base-width", 2, cwd=tmp_path)
    assert ended.returncode == 69
    assert "'cuda:99'" in ended.stderr
