"""Train the paper's two models, and the pairs between them, on one prepared dataset.

    colorize prep birds18 -o birds18-data
    python benchmarks/paper/experiment.py birds18-data -o paper --base-width 16
    python benchmarks/paper/findings.py birds18-data paper/plain-l1 paper/skip-l1 -o findings

Each arm is one `colorize train`, in a run directory of its own; when the program is started again
it goes on where it was stopped. `--base-width` and `--epochs` scale it to what the machine allows:
the paper has 64 filters in the first layer and the epochs of the recipes.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True)
class Arm:
    """One training: a recipe, the form of its generator's loss, and what else differs."""

    name: str
    recipe: str
    loss: str
    l1_weight: float = 0.0
    epochs: int | None = None


ARMS: Final = (
    # What the paper prints, and what it may have computed instead.
    Arm("plain-minimax", "paper-plain", "minimax"),
    Arm("skip-minimax", "paper-skip", "minimax"),
    Arm("plain", "paper-plain", "nonsaturating"),
    Arm("skip", "paper-skip", "nonsaturating"),
    # With the L1 term of Isola et al. 2017; both see 342,000 pictures.
    Arm("plain-l1", "paper-plain", "nonsaturating", l1_weight=100, epochs=200),
    Arm("skip-l1", "paper-skip", "nonsaturating", l1_weight=100),
)


def main() -> None:
    """Parse the command line and train arm after arm."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a folder that colorize prep has made")
    parser.add_argument("-o", "--output", type=Path, required=True, help="where the runs go")
    parser.add_argument("--arm", action="append", choices=[arm.name for arm in ARMS])
    parser.add_argument("--base-width", type=int, default=64, help="the paper's is 64")
    parser.add_argument("--epochs", type=int, help="instead of the arm's own")
    parser.add_argument("--precision", default="float32", choices=["float32", "bfloat16"])
    parser.add_argument("--backend", default="torch")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for arm in ARMS:
        if arm.name in (options.arm or [arm.name]):
            train(arm, options)


def train(arm: Arm, options: argparse.Namespace) -> None:
    """Start an arm, or go on with it. Leaves the program as `colorize train` does if it fails."""
    run = options.output / arm.name
    if (run / "config.json").exists():
        _colorize(["train", "--resume", str(run), "--backend", options.backend])
        return
    choices = {
        "recipe": arm.recipe,
        "loss": arm.loss,
        "l1-weight": arm.l1_weight,
        "base-width": options.base_width,
        "precision": options.precision,
        "backend": options.backend,
        "seed": options.seed,
        "epochs": options.epochs or arm.epochs,
        "samples-every": 5,
        "run": run,
    }
    given = [f"--{name}={value}" for name, value in choices.items() if value is not None]
    _colorize(["train", str(options.data), *given])


def _colorize(arguments: Sequence[str]) -> None:
    ended = subprocess.run([sys.executable, "-m", "colorize_cli", *arguments], check=False)
    if ended.returncode:
        sys.exit(ended.returncode)


if __name__ == "__main__":
    main()
