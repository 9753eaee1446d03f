"""`colorize train` as two processes: one run, one writer, and every way to end it."""

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
from worker_processes import PATIENCE, ended, free_ports, start_workers

torch = pytest.importorskip("torch")

PROGRAM = ["-m", "colorize_cli", "train"]
SMALL = ["--base-width", "2", "--recipe", "paper-plain", "--device", "cpu"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return pack_photos(tmp_path / "colorize-data", train=36, test=2, size=32)


def train(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", *PROGRAM, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=PATIENCE,
    )


def train_together(*arguments: object, cwd: Path) -> list[tuple[int, str, str]]:
    return ended(start_workers("torchrun", [*PROGRAM, *map(str, arguments)], cwd=cwd))


def epochs_of(run: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def losses_of(run: Path) -> list[float]:
    """Return all losses of all epochs, one after the other."""
    losses = [record["losses"] for record in epochs_of(run)]
    return [value for entry in losses if isinstance(entry, dict) for value in entry.values()]


def assert_same_run(first: Path, second: Path, *, within: float = 0.0) -> None:
    ours, theirs = (load_file(run / "checkpoints" / "last.safetensors") for run in (first, second))
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        np.testing.assert_allclose(array, theirs[name], rtol=0, atol=within, err_msg=name)


def test_two_workers_train_the_run_of_one_and_either_goes_on_with_it(
    data: Path, tmp_path: Path
) -> None:
    """32, then 4 pictures; one worker has the whole of each, two have halves of it."""
    small = ["--batch-size", 32, *SMALL]
    assert train("--epochs", 3, "--run", "one", *small, cwd=tmp_path).returncode == 0
    leader, other = train_together("--epochs", 2, "--run", "two", *small, cwd=tmp_path)
    assert leader[:2] == (0, ""), leader
    assert other == (0, "", "")
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()].count("two") == 1
    assert [record["epoch"] for record in epochs_of(tmp_path / "two")] == [1, 2]
    assert losses_of(tmp_path / "two") == pytest.approx(losses_of(tmp_path / "one")[:8], rel=1e-5)
    settings = json.loads((tmp_path / "two/config.json").read_text())
    assert settings["environment"]["workers"] == "2"
    assert settings["recipe"]["batch_size"] == 32

    alone = train("--resume", "two", "--epochs", "+1", "--device", "cpu", cwd=tmp_path)
    assert alone.returncode == 0, alone.stderr
    assert losses_of(tmp_path / "two") == pytest.approx(losses_of(tmp_path / "one"), rel=1e-5)
    # As far as Adam may carry the rounding of a gradient near zero in six steps.
    assert_same_run(tmp_path / "two", tmp_path / "one", within=6 * 2e-4)


def test_ctrl_c_to_torchrun_saves_and_two_workers_go_on_as_if_nothing_had_been(
    data: Path, tmp_path: Path
) -> None:
    small = ["--batch-size", "6", *SMALL]
    agent = ["-m", "torch.distributed.run", "--nproc-per-node", "2"]
    agent += ["--master-port", str(free_ports(1)[0])]
    # torchrun takes --run for its own --run-path unless its options end before.
    command = [*agent, "-m", "--", "colorize_cli", "train", "--run", "parts", "--epochs", "1000"]
    with subprocess.Popen(
        [sys.executable, *command, *small],
        cwd=tmp_path,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if line.startswith("epoch 1/"):
                process.send_signal(signal.SIGINT)
        assert process.wait(timeout=PATIENCE) != 0
    assert "go on with: colorize train --resume parts" in "".join(said)
    status = json.loads((tmp_path / "parts/status.json").read_text())
    assert (status["state"], status["reason"]) == ("interrupted", "signal")

    epochs = status["epoch"] + 2
    arguments = (["--resume", "parts", "--device", "cpu"], ["--run", "whole", *small])
    for given in arguments:
        workers = train_together("--epochs", epochs, *given, cwd=tmp_path)
        assert [worker[0] for worker in workers] == [0, 0], workers
    assert_same_run(tmp_path / "parts", tmp_path / "whole")


def stopped(data: Path, folder: Path, rank: int, number: int) -> list[tuple[int, str, str]]:
    """Start a long training, and send a signal to one worker when an epoch has ended."""
    arguments = ["--run", "run", "--epochs", "100000", "--batch-size", "6", *SMALL]
    workers = start_workers("torchrun", [*PROGRAM, *arguments], cwd=folder)
    stderr = workers[0].stderr
    assert stderr is not None
    for line in stderr:
        if line.startswith("epoch 1/"):
            break
    workers[rank].send_signal(number)
    return ended(workers)


def test_a_signal_to_any_worker_ends_all_and_saves(data: Path, tmp_path: Path) -> None:
    leader, other = stopped(data, tmp_path, 1, signal.SIGUSR1)
    assert (leader[0], other) == (0, (-signal.SIGUSR1, "", ""))
    assert "all of it is saved" in leader[2]


@pytest.mark.parametrize("killed", [0, 1])
def test_a_worker_that_is_killed_ends_the_other_with_one_line(
    data: Path, tmp_path: Path, killed: int
) -> None:
    workers = stopped(data, tmp_path, killed, signal.SIGKILL)
    status, _, said = workers[1 - killed]
    assert status == 75
    assert said.splitlines()[-1].startswith("colorize: another worker has ended")
    assert "Traceback" not in said
    assert (tmp_path / "run/checkpoints/last.safetensors").exists()


def test_what_worker_0_refuses_is_said_once(data: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/mine").touch()
    leader, other = train_together("--run", "run", *SMALL, cwd=tmp_path)
    assert leader[0] == 73
    assert "not an empty folder" in leader[2]
    assert other == (73, "", "")


TWO_OF_TORCHRUN = {
    "RANK": "0",
    "WORLD_SIZE": "2",
    "LOCAL_RANK": "0",
    "MASTER_ADDR": "127.0.0.1",
    "MASTER_PORT": "1",
}
TWO_OF_TENSORFLOW = {
    "TF_CONFIG": json.dumps(
        {"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 0}}
    )
}


@pytest.mark.parametrize(
    ("environment", "arguments", "words"),
    [
        (TWO_OF_TENSORFLOW, [], "the backend torch is started by torchrun"),
        ({**TWO_OF_TORCHRUN, **TWO_OF_TENSORFLOW}, [], "unset one of them"),
        ({"RANK": "0", "WORLD_SIZE": "2"}, [], "LOCAL_RANK is not set"),
        (TWO_OF_TORCHRUN, ["--dry-run"], "--dry-run is for a single process"),
        ({"TF_CONFIG": "{"}, [], "TF_CONFIG cannot be understood"),
    ],
)
def test_an_environment_that_does_not_fit_is_refused(
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    arguments: list[str],
    words: str,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    refused = train("--backend", "torch", *SMALL, *arguments, cwd=tmp_path)
    assert refused.returncode == 2, refused.stderr
    (line,) = refused.stderr.splitlines()
    assert line.startswith("colorize: ")
    assert words in line
    assert not (tmp_path / "runs").exists()
