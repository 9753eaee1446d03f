"""Run directories as training leaves them, in no time: epochs of a CGAN that learns nothing."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from colorize_cli.core.architecture import GeneratorSpec
from colorize_cli.core.dataset import open_dataset
from colorize_cli.core.model_file import Model, write_model
from colorize_trainers.figures import sample_photos, write_samples
from colorize_trainers.run_directory import RunDirectory
from pictures import ConstantColorizer
from tiny_models import make_model

GRAY_ERROR = 30.0


def make_finished_run(
    path: Path,
    data: Path,
    *,
    epochs: int = 3,
    output: Any = "ab",
    has_metrics: bool = True,
    **recipe: Any,
) -> RunDirectory:
    """Write a run's settings and, for each epoch, metrics and samples; and the model of the best.

    The losses of the discriminator are 1, 1/2, 1/3, ...; the best epoch is the second. Without
    metrics no curves are drawn, which takes most of a report's time.
    """
    dataset = open_dataset(data)
    run = RunDirectory(path)
    run.samples(1).parent.mkdir(parents=True)
    entries = {"name": "compact", "loss": "minimax", "l1_weight": 0.0, "epochs": 3, **recipe}
    settings = {
        "format_version": 1,
        "recipe": {**entries, "output": output, "has_skips": True, "base_width": 2, "size": 16},
        "data": str(data),
        "fingerprint": dataset.fingerprint,
        "backend": "torch",
        "origins": {"base_width": "--base-width"},
        "environment": {"python": "3.11", "device": "cpu"},
    }
    run.config.write_text(json.dumps(settings))
    lines = [json.dumps(_record(epoch)) + "\n" for epoch in range(1, epochs + 1)]
    run.metrics.write_text("".join(lines) if has_metrics else "")
    for epoch in range(1, epochs + 1):
        color = ConstantColorizer(*np.full(2 if output == "ab" else 3, epoch / 50))
        write_samples(run.samples(epoch), color, sample_photos(dataset.test))
    if epochs:
        write_model(run.model, _model(output))
    return run


def _record(epoch: int) -> dict[str, Any]:
    losses = {"discriminator": 1 / epoch, "generator": epoch, "adversarial": epoch, "l1": 0.5}
    error = GRAY_ERROR + abs(epoch - 2)
    test = {"ab_error": error, "psnr": 20.0, "colorfulness": 9.0, "chroma": 8.0}
    return {"epoch": epoch, "step": 5 * epoch, "losses": losses, "test": test}


def _model(output: Any) -> Model:
    made = make_model(output=output)
    facts = {
        "photos": 12,
        "images_per_epoch": 12,
        "epochs": 2,
        "test": {"ab_error": GRAY_ERROR},
        "test_gray": {"ab_error": GRAY_ERROR + 1, "psnr": 21.0, "colorfulness": 0.0},
    }
    assert isinstance(made.generator, GeneratorSpec)
    return Model(generator=made.generator, weights=made.weights, training=facts)
