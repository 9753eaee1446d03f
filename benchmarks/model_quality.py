"""Score a model on a dataset's test pairs by what training sees of it after each epoch.

    python benchmarks/model_quality.py colorize-data [--model MODEL] [--only FOLDER]

`colorize eval` takes every metric, with intervals; this is the quick look at four. Prints a
table and one JSON object. `--only` keeps the photos of one class folder and those below it.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from colorize_cli.console import aligned
from colorize_cli.core.lab import lab_from_srgb8
from colorize_cli.core.metrics import score
from colorize_cli.core.model_choice import find_model
from colorize_cli.core.photo_sets import Selection, open_photos
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
    chosen = open_photos(options.data, Selection(only=options.only), on_skip=print)
    photos = np.stack([codes for _, codes in chosen])
    model = find_model(options.model)
    colorizer = choose_inference_backend(options.backend).load_colorizer(model, device="cpu")
    lab = lab_from_srgb8(photos)
    scores = {
        "gray": evaluate_gray(photos).as_dict(),
        model.path.stem if model.path else "model": evaluate(colorizer, photos).as_dict(),
        "truth": score(lab[..., 1:], lab).as_dict(),
    }
    names = list(scores["gray"])
    rows = [[name, *(f"{entry[key]:.2f}" for key in names)] for name, entry in scores.items()]
    print("\n".join(aligned([f"{len(photos)} pairs", *names], rows)))
    print(json.dumps({"pairs": len(photos), "model": model.identity, "scores": scores}))


if __name__ == "__main__":
    main()
