"""Score a model on a dataset's test pairs, beside the gray pictures that it must beat.

    python benchmarks/model_quality.py colorize-data [--model MODEL] [--only FOLDER]

The model predicts at the dataset's size, as in training; its ab is joined with the true
lightness. `--only` keeps the photos of one class folder and those below it. Prints a table and
one JSON object.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from colorize_cli.console import aligned
from colorize_cli.core.batches import Photos
from colorize_cli.core.dataset import open_dataset, read_photos
from colorize_cli.core.model_choice import find_model
from colorize_cli.plugins import choose_inference_backend
from colorize_trainers.evaluation import evaluate, evaluate_gray


def main() -> None:
    """Parse the command line and print the scores."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a folder that colorize prep has made")
    parser.add_argument("--model", help="a bundled name, a model file or a run directory")
    parser.add_argument("--backend", help="what computes")
    parser.add_argument("--only", help="class folder of the photos to score")
    options = parser.parse_args()
    photos = test_photos(options.data, options.only)
    model = find_model(options.model)
    colorizer = choose_inference_backend(options.backend).load_colorizer(model, device="cpu")
    scores = {"gray": evaluate_gray(photos).as_dict()}
    scores[model.path.stem if model.path else "model"] = evaluate(colorizer, photos).as_dict()
    scores["truth"] = evaluate_truth(photos)
    names = list(scores["gray"])
    rows = [[name, *(f"{entry[key]:.2f}" for key in names)] for name, entry in scores.items()]
    print("\n".join(aligned([f"{len(photos)} pairs", *names], rows)))
    print(json.dumps({"pairs": len(photos), "model": model.identity, "scores": scores}))


def test_photos(data: Path, folder: str | None) -> Photos:
    """Return the test photos of a dataset, or those of one of its folders."""
    dataset = open_dataset(data)
    if folder is None:
        return dataset.test
    chosen = [
        photo["index"]
        for photo in read_photos(data)
        if photo["side"] == "test" and f"{photo['class']}/".startswith(f"{folder.rstrip('/')}/")
    ]
    return np.asarray(dataset.test[sorted(chosen)])


def evaluate_truth(photos: Photos) -> dict[str, float]:
    """Score the photos against themselves: the colourfulness and chroma to aim at."""
    from colorize_cli.core.lab import lab_from_srgb8
    from colorize_cli.core.metrics import score

    lab = lab_from_srgb8(photos)
    return score(lab[..., 1:], lab).as_dict()


if __name__ == "__main__":
    main()
