"""Say of training runs what the paper says of its two: who wins, how blurred, how far off.

    python benchmarks/paper/findings.py DATA RUN... -o FOLDER [--photo FILE]...

The generator is that of the last epoch, as in the paper, not the best one. Its own RGB is judged,
blur included, and not joined with the true lightness as `colorize run` does, unless said so.
Writes `curves.png`, and gray | each run | real as `test.png`, `train.png` and, of the photos given,
`outside.png`; prints a table and one JSON object. Needs matplotlib.
"""

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from colorize_cli.console import aligned
from colorize_cli.core.batches import Photos, pairs
from colorize_cli.core.cgan_state import GENERATOR, weights_of
from colorize_cli.core.dataset import Dataset, open_dataset
from colorize_cli.core.image_io import decode
from colorize_cli.core.lab import lab_from_srgb8
from colorize_cli.core.metrics import psnr, score
from colorize_cli.core.model_file import Model
from colorize_cli.core.photo_hashes import central_square
from colorize_cli.plugins import choose_inference_backend
from colorize_trainers.checkpointing import read_checkpoint
from colorize_trainers.run_directory import RunDirectory

SHOWN: Final = 6
GAP_PX: Final = 4
LAST: Final = 0.1
"""The part of the epochs, the last, whose losses count."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one run came to.

    Losses are medians over the last tenth of the epochs. On each side of the split: `psnr` of the
    generated RGB in dB; `detail`, the correlation of its fine detail with that of the real picture
    (1 where it is all there, 0 for blur or noise); `ab_error` in Lab units.
    """

    run: str
    epochs: int
    discriminator: float
    generator: float
    test_psnr: float
    test_detail: float
    test_ab_error: float
    train_psnr: float
    train_detail: float
    train_ab_error: float


def main() -> None:
    """Parse the command line, measure the runs and draw them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="the dataset that the runs learnt from")
    parser.add_argument("runs", type=Path, nargs="+", help="run directories that predict RGB")
    parser.add_argument("-o", "--output", type=Path, required=True, help="where pictures go")
    parser.add_argument("--photo", type=Path, action="append", help="a photo from outside the set")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    dataset = open_dataset(options.data)
    sides = {"test": dataset.test, "train": _as_many(dataset)}
    pictures = {
        side: [generated(run, photos) for run in options.runs] for side, photos in sides.items()
    }
    for side, photos in sides.items():
        _draw_row(options.output / f"{side}.png", photos, pictures[side])
    if options.photo:
        outside = np.stack([square(photo, dataset.size) for photo in options.photo])
        made = [generated(run, outside) for run in options.runs]
        _draw_row(options.output / "outside.png", outside, made)
    _draw_curves(options.output / "curves.png", options.runs)
    findings = [
        finding(run, sides, {side: made[index] for side, made in pictures.items()})
        for index, run in enumerate(options.runs)
    ]
    _print(findings, len(dataset.test))


def _as_many(dataset: Dataset) -> Photos:
    """Return as many photos of the training side as there are test photos, evenly spread."""
    chosen = np.linspace(0, len(dataset.train) - 1, len(dataset.test)).round().astype(int)
    return np.asarray(dataset.train[chosen])


def square(path: Path, size: int) -> Photos:
    """Return the central square of a photo, averaged down to `size`, as `colorize prep` does."""
    image = Image.fromarray(decode(path.read_bytes(), path=path).srgb8())
    box = central_square(*image.size)
    return np.asarray(image.resize((size, size), Image.Resampling.BOX, box=box))


def generated(run: Path, photos: Photos) -> Photos:
    """Return the RGB that the last epoch's generator makes of gray photos `(N, H, W, 3)`."""
    directory = RunDirectory(run)
    state, _ = read_checkpoint(directory.last)
    spec = directory.read_config().recipe.cgan_config().generator
    model = Model(generator=spec, weights=weights_of(state, GENERATOR))
    colorizer = choose_inference_backend("onnx").load_colorizer(model, device="cpu")
    gray = pairs(photos, output=spec.output).gray
    rgb = np.concatenate([colorizer(part) for part in np.array_split(gray, len(gray) // 16 + 1)])
    codes = np.clip((np.moveaxis(rgb, 1, -1) + 1) * 127.5, 0, 255)
    return codes.round().astype(np.uint8)


def finding(run: Path, sides: dict[str, Photos], pictures: dict[str, Photos]) -> Finding:
    """Measure one run on both sides of the split."""
    lines = _history(run)
    last = lines[-max(1, round(LAST * len(lines))) :]
    losses = {
        name: float(np.median([line["losses"][name] for line in last]))
        for name in ("discriminator", "generator")
    }
    measured: dict[str, float] = {}
    for side, truth in sides.items():
        measured |= {f"{side}_{name}": x for name, x in measures(pictures[side], truth).items()}
    return Finding(run=run.name, epochs=len(lines), **losses, **measured)


def measures(pictures: Photos, truth: Photos) -> dict[str, float]:
    """Compare pictures with the truth, both sRGB codes `(N, H, W, 3)`."""
    lab = lab_from_srgb8(truth)
    ab = lab_from_srgb8(pictures)[..., 1:]
    every = zip(pictures.astype(np.float32), truth.astype(np.float32), strict=True)
    return {
        "psnr": float(np.mean([psnr(picture, real) for picture, real in every])),
        "detail": _likeness(pictures, truth),
        "ab_error": score(ab, lab).ab_error,
    }


def _detail(pictures: Photos) -> NDArray[np.float64]:
    """Return luma (ITU-R BT.601) less its mean over 5 x 5 pixels, a row for each picture."""
    luma = pictures @ np.array([0.299, 0.587, 0.114])
    windows = np.lib.stride_tricks.sliding_window_view(luma, (5, 5), axis=(1, 2))
    detail = luma[:, 2:-2, 2:-2] - windows.mean(axis=(-2, -1))
    return detail.reshape(len(pictures), -1)


def _likeness(pictures: Photos, truth: Photos) -> float:
    """Return the mean correlation of fine detail, picture by picture."""
    details = zip(_detail(pictures), _detail(truth), strict=True)
    return float(np.mean([np.corrcoef(made, real)[0, 1] for made, real in details]))


def _history(run: Path) -> list[dict[str, Any]]:
    lines = RunDirectory(run).metrics.read_text("utf-8").splitlines()
    return [entry for entry in map(json.loads, lines) if "losses" in entry]


def _draw_row(path: Path, truth: Photos, made: list[Photos]) -> None:
    """Draw gray, what each run made of it, and the truth, side by side."""
    chosen = np.linspace(0, len(truth) - 1, min(SHOWN, len(truth))).round().astype(int)
    grays = [np.asarray(Image.fromarray(photo).convert("L").convert("RGB")) for photo in truth]
    columns = [np.stack(grays), *made, truth]
    rows = [_joined([column[index] for column in columns], axis=1) for index in chosen]
    Image.fromarray(_joined(rows, axis=0)).save(path)


def _joined(pictures: list[NDArray[np.uint8]], *, axis: int) -> NDArray[np.uint8]:
    gap = list(pictures[0].shape)
    gap[axis] = GAP_PX
    white = np.full(gap, 255, np.uint8)
    parts = [part for picture in pictures for part in (white, picture)][1:]
    return np.concatenate(parts, axis=axis)


def _draw_curves(path: Path, runs: list[Path]) -> None:
    """Draw the losses of both networks, run beside run: the paper's figures 7 and 10."""
    figure = Figure(figsize=(4.2 * len(runs), 3.2), layout="constrained")
    for axes, run in zip(figure.subplots(1, len(runs), squeeze=False)[0], runs, strict=True):
        lines = _history(run)
        for name in ("discriminator", "generator"):
            axes.plot([line["epoch"] for line in lines], [line["losses"][name] for line in lines])
        axes.set(title=run.name, xlabel="epoch", ylabel="loss")
        axes.legend(["discriminator", "generator"])
    figure.savefig(path, dpi=110)


def _print(findings: list[Finding], count: int) -> None:
    names = [name for name in asdict(findings[0]) if name != "run"]
    rows = [
        [
            entry.run,
            *(f"{value:.2f}".removesuffix(".00") for value in list(asdict(entry).values())[1:]),
        ]
        for entry in findings
    ]
    print("\n".join(aligned(["run", *(name.replace("_", " ") for name in names)], rows)))
    print(json.dumps({"test_photos": count, "runs": [asdict(entry) for entry in findings]}))


if __name__ == "__main__":
    main()
