"""The example of a backend in a distribution of its own: installed, found, checked, used."""

import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from command_line import run_colorize

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "tests/support/example_backend"
PHOTO = ROOT / "examples/nuthatch-gray.jpg"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Install it into a folder of its own, from a copy of its sources and without a network."""
    folder = tmp_path_factory.mktemp("example")
    sources = shutil.copytree(EXAMPLE, folder / "sources")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-index", "--no-deps", "--no-build-isolation"]
    command += ["--target", str(folder / "site"), str(sources)]
    subprocess.run(command, check=True, timeout=300)
    return folder / "site"


@pytest.fixture
def run(site, tmp_path):
    def run(*arguments, **settings):
        return run_colorize(tmp_path, *arguments, variables={"PYTHONPATH": str(site)}, **settings)

    return run


def test_it_is_listed(run):
    states = {state["name"]: state for state in json.loads(run("backends", "--json").stdout)}
    found = states["numpy-example"]
    assert (found["state"], found["distribution"]) == ("ok", "colorize-numpy-example")
    assert (found["framework"], found["framework_version"]) == ("numpy", np.__version__)


def test_it_keeps_every_promise(run):
    result = run("backends", "check", "numpy-example", "--json")
    assert result.returncode == 0, result.stdout
    report = json.loads(result.stdout)
    assert (report["distribution"], report["version"]) == ("colorize-numpy-example", "0.1.0")
    assert report["summary"]["failed"] == 0


def test_it_colours_a_photo_as_the_embedded_backend_does(run):
    pictures = []
    for backend in ("numpy-example", "onnx"):
        result = run("run", "--backend", backend, input=PHOTO.read_bytes())
        assert result.returncode == 0, result.stderr
        with Image.open(io.BytesIO(result.stdout)) as image:
            pictures.append(np.asarray(image).astype(int))
    assert pictures[0].shape[2] == 3
    assert pictures[0].std(axis=2).max() > 1
    assert np.abs(pictures[0] - pictures[1]).max() <= 1


def test_it_does_not_train_and_says_so(run, tmp_path):
    result = run("train", str(tmp_path), "--backend", "numpy-example")
    assert (result.returncode, result.stdout) == (69, b"")
    assert b"backend 'numpy-example' does not train" in result.stderr
