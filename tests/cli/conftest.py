"""Command lines of `colorize run` in this process, with tiny networks."""

from pathlib import Path

import pytest

from same_process import Ended, SameProcess
from tiny_models import write_tiny_model


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    write_tiny_model(folder / "tiny.safetensors")
    write_tiny_model(folder / "other.safetensors", seed=1)
    return folder


@pytest.fixture
def run(tmp_path, monkeypatch, capfd, models):
    """Run the command in a folder, coloured by a tiny network."""
    process = SameProcess(tmp_path, monkeypatch, capfd)

    def run_with(*arguments: str, model: str = "tiny") -> Ended:
        return process(["run", "--model", str(models / f"{model}.safetensors"), *arguments])

    return run_with
