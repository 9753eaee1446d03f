"""A run begun in one framework goes on in another, and its model is every engine's."""

import json
from importlib.util import find_spec

import numpy as np
import pytest
from PIL import Image

from command_line import run_colorize
from packed_data import pack_photos
from pictures import encoded, gray_picture

for framework in ("torch", "tensorflow"):
    if find_spec(framework) is None:
        pytest.skip(f"{framework} is not installed", allow_module_level=True)

SMALL = ["--base-width", "4", "--batch-size", "16", "--device", "cpu"]
DRIFT = 1e-2
"""Relative, in six steps: rounding sends Adam's smallest gradients either way."""


def colorize(folder, *arguments, **settings):
    result = run_colorize(folder, *arguments, **settings)
    assert result.returncode == 0, result.stderr
    return result


def losses_of(run):
    lines = (run / "metrics.jsonl").read_text().splitlines()
    return [json.loads(line)["losses"] for line in lines]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Train twice from the same start: in one framework, and changing over after an epoch."""
    folder = tmp_path_factory.mktemp("interchange")
    pack_photos(folder / "data", train=12, test=2)
    start = ["train", "data", *SMALL, "--backend", "torch"]
    colorize(folder, *start, "--run", "whole", "--epochs", "2")
    colorize(folder, *start, "--run", "changing", "--epochs", "1")
    colorize(folder, "train", "--resume", "changing", "--epochs", "2", "--backend", "tensorflow")
    return folder / "whole", folder / "changing"


def test_a_run_continued_in_another_framework_continues_the_curve(runs):
    whole, changing = (losses_of(run) for run in runs)
    assert len(whole) == len(changing) == 2
    assert changing[0] == whole[0]
    assert changing[1] == pytest.approx(whole[1], rel=DRIFT)


def test_its_model_colours_alike_in_every_engine(runs, tmp_path):
    (tmp_path / "gray.png").write_bytes(encoded(gray_picture(48, 40)))
    colored = {}
    for backend in ("torch", "tensorflow", "onnx"):
        output = tmp_path / f"{backend}.png"
        colorize(
            tmp_path, "run", "gray.png", "-o", output.name, "--model", str(runs[1]),
            "--backend", backend,
        )  # fmt: skip
        colored[backend] = np.asarray(Image.open(output)).astype(int)
    for backend in ("tensorflow", "onnx"):
        difference = np.abs(colored[backend] - colored["torch"])
        assert difference.max() <= 1
        assert (difference == 0).mean() >= 0.999
