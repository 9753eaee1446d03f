"""Compare models on the same held-out photos: one Markdown table, beside gray and mean-ab.

    colorize prep photos -o data
    python benchmarks/quality/compare.py data --model natural --model runs/mine
    python benchmarks/quality/compare.py data --train 120 --runs compared
    python benchmarks/quality/compare.py data more-photos --model natural --limit 200 --scales

DATA are folders that `colorize prep` has made, whose test side is judged, or plain folders of
colour photos that no model has seen. `--train MINUTES` first trains each `--recipe` on the first
DATA for so long, one after the other, and adds the runs to the models; when the program is
started again it goes on where it was stopped, with the time that is left. `--scales` adds how
much the results change with the size of the picture.

All figures are those of `colorize eval` (docs/evaluation.md says what they hide), with its 95 %
intervals over photos, of which another training is not a part.
"""

import argparse
import csv
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from colorize_cli.core.color_difference import ciede2000
from colorize_cli.core.confidence import Estimate, estimate, resampled_ratios
from colorize_cli.core.lab import lab_from_srgb8
from colorize_cli.core.photo_sets import Selection, open_photos

RECIPES: Final = ("natural", "paper-skip", "pix2pix")
OTHERS: Final = ("gray", "mean-ab")
SCALES: Final = (0.5, 1.0, 2.0)
HEARTBEAT_SECONDS: Final = 5.0
"""How often the time used is written down, for a training that is killed."""
COLUMNS: Final = {
    "ab error": "ab_error",
    "under gray %": None,
    "dE2000": "de2000",
    "CF / truth's": None,
    "AuC bal. %": "auc_rebalanced",
    "PSNR ab dB": "psnr_ab",
}
"""The columns of the table: those without a name of `colorize eval` are ratios of two of its."""


@dataclass(frozen=True)
class Judged:
    """What `colorize eval` says of a model: its document, and each photo's values by maker."""

    document: Mapping[str, Any]
    photos: Mapping[str, Mapping[str, NDArray[np.float64]]]


def main() -> None:
    """Parse the command line, train if asked, then print the table."""
    options = _options()
    models = [*options.model]
    for recipe in options.recipe or RECIPES if options.train else ():
        models.append(str(train(recipe, options)))
    if not models:
        sys.exit("name at least one --model, or --train MINUTES")
    columns = [*COLUMNS, *(["dE2000 of sizes"] if options.scales else [])]
    print("| photos | model |", " | ".join(columns), "|")
    print("|---|---|", "---|" * len(columns), sep="")
    for data in options.data:
        for line in compared(data, models, options):
            print("|", " | ".join(line), "|", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="+", help="prepared data, or folders of photos")
    parser.add_argument("--model", action="append", default=[], help="model file, name or run")
    parser.add_argument("--limit", type=int, help="at most this many photos of each DATA")
    parser.add_argument("--seed", type=int, default=0, help="draws photos; and of training")
    parser.add_argument("--scales", action="store_true", help="also at half and double size")
    parser.add_argument("--train", type=float, metavar="MINUTES", help="train for so long each")
    parser.add_argument("--recipe", action="append", help=f"default: {', '.join(RECIPES)}")
    parser.add_argument("--runs", type=Path, default=Path("compared"), help="where runs go")
    parser.add_argument("--set", action="append", default=[], metavar="[RECIPE:]OPTION=VALUE",
                        help="an option of colorize train, as precision=bfloat16")  # fmt: skip
    return parser.parse_args()


def compared(data: Path, models: Sequence[str], options: argparse.Namespace) -> list[list[str]]:
    """Return the lines of the table for one folder: gray and mean-ab, then each model."""
    judged = [judge(model, data, options) for model in models]
    if len({entry.document["way"] for entry in judged}) > 1:
        # Numbers at the network's size are not to be compared with those of whole pictures.
        sys.exit(f"{data}: the models' sizes differ; give a plain folder of photos instead")
    title = f"{data.name} ({judged[0].document['data']['photos']})"
    others = [name for name in OTHERS if name in judged[0].document["scores"]]
    rows = [[title, name, *cells(judged[0], name)] for name in others]
    rows += [[title, entry.document["model"]["name"], *cells(entry, "model")] for entry in judged]
    if options.scales:
        grays = _grays(data, options)
        changes = [_cell(change_with_size(model, grays), 2) for model in (None, *models)]
        changes[1:1] = ["-"] * (len(others) - 1)
        rows = [[*row, change] for row, change in zip(rows, changes, strict=True)]
    return rows


def cells(judged: Judged, maker: str) -> list[str]:
    """Return what the table says of one maker."""
    scores = judged.document["scores"][maker]
    values = judged.photos
    under_gray = ratio(values[maker]["ab_error"], values["gray"]["ab_error"])
    colorful = ratio(values[maker]["colorfulness"], values["truth"]["colorfulness"])
    ratios = {
        "under gray %": _cell(_less_in_percent(under_gray), 1),
        "CF / truth's": _cell(colorful, 2),
    }
    return [
        ratios[title] if name is None else _cell(Estimate(**scores[name]), 2)
        for title, name in COLUMNS.items()
    ]


def ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> Estimate:
    """Return the ratio of two sums over the same photos, with its interval."""
    resampled = resampled_ratios(above[:, None], below[:, None])
    return estimate(float(above.sum() / below.sum()), resampled[:, 0])


def _less_in_percent(share: Estimate) -> Estimate:
    low, high = (None if bound is None else 100 * (1 - bound) for bound in (share.high, share.low))
    return Estimate(value=100 * (1 - share.value), low=low, high=high)


def _cell(found: Estimate, digits: int) -> str:
    value = f"{found.value:z.{digits}f}"
    if found.low is None or found.high is None or found.low == found.high:
        return value
    return f"{value} ({found.low:z.{digits}f} to {found.high:z.{digits}f})"


def judge(model: str, data: Path, options: argparse.Namespace) -> Judged:
    """Let `colorize eval` judge a model; every model sees the same photos."""
    limit = [] if options.limit is None else ["--limit", str(options.limit)]
    with TemporaryDirectory() as folder:
        table = Path(folder, "photos.csv")
        written = _colorize(
            ["eval", model, str(data), "--seed", str(options.seed), *limit,
             "--per-photo", str(table)]
        )  # fmt: skip
        with table.open(newline="", errors="surrogateescape") as file:
            rows = list(csv.DictReader(file))
    makers = {row["maker"]: [r for r in rows if r["maker"] == row["maker"]] for row in rows}
    photos = {
        maker: {
            name: np.array([float(row[name]) for row in own])
            for name in ("ab_error", "colorfulness")
        }
        for maker, own in makers.items()
    }
    return Judged(json.loads(written), photos)


def change_with_size(model: str | None, grays: Sequence[Image.Image]) -> Estimate:
    """Return the mean CIEDE2000 between the results of each picture at three sizes.

    The mean over the three pairs of sizes, each at the smaller of its two, the larger result
    averaged over areas; as shown, so that what resizing itself changes is in it: that alone is
    the value of no model.
    """
    with TemporaryDirectory() as folder:
        source = Path(folder, "gray")
        source.mkdir()
        for (number, gray), scale in product(enumerate(grays), SCALES):
            _scaled(gray, scale).save(source / f"{number}-{scale}.png")
        made = Path(folder, "made") if model else source
        if model:
            _colorize(["run", "-qr", "--model", model, str(source), f"--output-dir={made}"])
        changes = np.array([_mean_change(made, number) for number in range(len(grays))])
    return ratio(changes, np.ones_like(changes))


def _grays(data: Path, options: argparse.Namespace) -> list[Image.Image]:
    selection = Selection(limit=options.limit, seed=options.seed)
    photos = open_photos(data, selection, on_skip=lambda *_: None)
    return [Image.fromarray(codes).convert("L") for _, codes in photos]


def _scaled(gray: Image.Image, scale: float) -> Image.Image:
    size = (max(1, round(gray.width * scale)), max(1, round(gray.height * scale)))
    return gray.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC)


def _mean_change(folder: Path, number: int) -> float:
    results = [Image.open(folder / f"{number}-{scale}.png").convert("RGB") for scale in SCALES]
    return float(np.mean([_difference(*pair) for pair in combinations(results, 2)]))


def _difference(small: Image.Image, large: Image.Image) -> float:
    shrunk = large.resize(small.size, Image.Resampling.BOX)
    labs = [lab_from_srgb8(np.asarray(picture)) for picture in (small, shrunk)]
    return float(ciede2000(*labs).mean())


def train(recipe: str, options: argparse.Namespace) -> Path:
    """Train a recipe until its time is up, or go on with it; return its run directory."""
    runs: Path = options.runs
    run, record = runs / recipe, runs / f"{recipe}.seconds"
    runs.mkdir(parents=True, exist_ok=True)
    used = float(record.read_text()) if record.exists() else 0.0
    left = options.train * 60 - used
    if left < 1:
        return run
    arguments = [str(options.data[0]), "--recipe", recipe, "--seed", str(options.seed)]
    arguments += [f"--run={run}", *_settings(recipe, options.set)]
    if (run / "config.json").exists():
        arguments = ["--resume", str(run)]
    command = [sys.executable, "-m", "colorize_cli", "train", *arguments, f"--max-time={left}s"]
    began = monotonic()
    with subprocess.Popen(command) as training:
        while training.poll() is None:
            _wait(training)
            record.write_text(str(used + monotonic() - began))
    code = training.returncode
    if code:
        sys.exit(code if code > 0 else 128 - code)
    # It may have come to the end of its epochs earlier.
    record.write_text(str(max(used + monotonic() - began, options.train * 60)))
    return run


def _wait(training: "subprocess.Popen[bytes]") -> None:
    """Wait a while; Ctrl-C reaches the training as well, which then saves and ends by itself."""
    try:
        training.wait(HEARTBEAT_SECONDS)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        return


def _settings(recipe: str, settings: Sequence[str]) -> list[str]:
    """Return the options of training that are meant for all recipes or for this one."""
    parts = [(name, text) for name, _, text in (s.rpartition(":") for s in settings)]
    return [f"--{text}" for name, text in parts if name in ("", recipe)]


def _colorize(arguments: Sequence[str]) -> bytes:
    command = [sys.executable, "-m", "colorize_cli", *arguments]
    ended = subprocess.run(command, capture_output=True, check=False)
    if ended.returncode:
        sys.exit(ended.stderr.decode(errors="replace"))
    return ended.stdout


if __name__ == "__main__":
    main()
