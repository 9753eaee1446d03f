"""A model's pictures of the test set, with how near each is to the truth (figures 8 and 11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from colorize_cli.core.batches import Photos
from colorize_cli.core.dataset import Dataset, open_dataset, read_photos
from colorize_cli.core.errors import BadConfigError, ColorizeError
from colorize_cli.core.lab import FloatArray, lab_from_srgb8, network_input, srgb_from_lab
from colorize_cli.core.metrics import Scores
from colorize_trainers.evaluation import CHUNK, Generate, evaluate_gray, predicted_ab
from colorize_trainers.report.pictures import SheetRow, write_sheet
from colorize_trainers.report.run import RunRecord, shown

Why: TypeAlias = Literal["drawn", "best", "worst"]
DRAW_STREAM: Final = 3
"""The seed's stream that draws photos; 0 to 2 are those of training."""


@dataclass(frozen=True, kw_only=True)
class JudgedPhoto:
    """One test photo, `(size, size, 3)` uint8 sRGB, as it was shown to the network and came out.

    `index` is its place in test.npy; `name` that of its file, if known. `generated` is the
    network's ab on the photo's own lightness, as in use; `network` is the network's own picture,
    where it predicts RGB. The errors are mean distances in ab.
    """

    index: int
    name: str
    why: tuple[Why, ...]
    gray: Photos
    network: Photos | None
    generated: Photos
    real: Photos
    error: float
    gray_error: float


@dataclass(frozen=True, kw_only=True)
class JudgedPhotos:
    """Chosen photos, and the ab errors `(N,)` of model and gray on the whole test set."""

    photos: Sequence[JudgedPhoto]
    errors: FloatArray
    gray_errors: FloatArray
    gray: Scores
    seed: int


def open_test_set(run: RunRecord, place: Path | None) -> Dataset:
    """Open the dataset that a run was trained on, where its settings say or at `place`.

    Raises NoInputError or BadConfigError if it is not there, damaged, or holds other photos.
    """
    dataset = open_dataset(place or Path(str(run.settings.get("data", ""))))
    if dataset.fingerprint != run.settings.get("fingerprint"):
        raise BadConfigError("holds other photos than the run was trained on", path=dataset.path)
    if not len(dataset.test):
        raise BadConfigError("has no test photos", path=dataset.path)
    return dataset


def show_test_set(generate: Generate, dataset: Dataset, *, count: int, seed: int) -> JudgedPhotos:
    """Score every test photo, and show `count` of them drawn by the seed, the best and the worst.

    The draw knows nothing of the results; fewer photos than `count` are all shown.
    """
    errors, gray_errors = _errors(generate, dataset.test)
    names = _names(dataset)
    photos = [
        JudgedPhoto(
            index=index,
            name=names.get(index, ""),
            why=why,
            error=float(errors[index]),
            gray_error=float(gray_errors[index]),
            **_pictures(generate, dataset.test[index]),
        )
        for index, why in _choose(errors, count, seed).items()
    ]
    gray = evaluate_gray(dataset.test)
    return JudgedPhotos(photos=photos, errors=errors, gray_errors=gray_errors, gray=gray, seed=seed)


def choice_in_words(pictures: JudgedPhotos) -> str:
    """Say how the photos were chosen."""
    drawn = sum("drawn" in photo.why for photo in pictures.photos)
    total = len(pictures.errors)
    if drawn == total:
        return f"All {total} test photos."
    return (
        f"{drawn} of the {total} test photos, drawn at random by seed {pictures.seed} without a "
        "look at any result, then the best and the worst of all by ab error."
    )


def headings(pictures: JudgedPhotos) -> list[str]:
    """Return the names of the columns."""
    if pictures.photos[0].network is None:
        return ["gray", "generated", "real"]
    return ["gray", "raw RGB", "generated", "real"]


def columns(photo: JudgedPhoto) -> list[Photos]:
    """Return the pictures of one photo in the order of the headings."""
    own = [] if photo.network is None else [photo.network]
    return [photo.gray, *own, photo.generated, photo.real]


def write_test_sheet(path: Path, pictures: JudgedPhotos) -> None:
    """Write the figure: a row for each photo, with its ab error and that of gray."""
    rows = [
        SheetRow(
            label=[
                f"No. {photo.index}",
                f"ab error {photo.error:.1f}",
                f"gray {photo.gray_error:.1f}",
                *(why for why in photo.why if why != "drawn"),
            ],
            pictures=columns(photo),
        )
        for photo in pictures.photos
    ]
    write_sheet(path, headings(pictures), rows)


def _choose(errors: FloatArray, count: int, seed: int) -> dict[int, tuple[Why, ...]]:
    """Return the photos to show and why: those drawn in their order, the best, the worst."""
    random = np.random.default_rng([seed, DRAW_STREAM])
    drawn = random.choice(len(errors), size=min(count, len(errors)), replace=False)
    chosen: dict[int, tuple[Why, ...]] = {int(index): ("drawn",) for index in np.sort(drawn)}
    ends: tuple[tuple[Why, int], ...] = (
        ("best", int(errors.argmin())),
        ("worst", int(errors.argmax())),
    )
    for why, index in ends:
        chosen[index] = (*chosen.get(index, ()), why)
    return chosen


def _errors(generate: Generate, photos: Photos) -> tuple[FloatArray, FloatArray]:
    """Return the mean distance in ab of each photo, of the model and of gray: two `(N,)`."""
    parts = []
    for start in range(0, len(photos), CHUNK):
        lab = lab_from_srgb8(photos[start : start + CHUNK])
        distances = [predicted_ab(generate, lab) - lab[..., 1:], lab[..., 1:]]
        parts.append([np.hypot(ab[..., 0], ab[..., 1]).mean(axis=(1, 2)) for ab in distances])
    errors, gray_errors = np.concatenate(parts, axis=1)
    return errors, gray_errors


def _pictures(generate: Generate, real: Photos) -> dict[str, Any]:
    lab = lab_from_srgb8(real[None])
    ab = predicted_ab(generate, lab)
    lightness = lab[..., :1]
    color = generate(np.ascontiguousarray(np.moveaxis(network_input(lightness), -1, 1)))
    # Three channels are a picture of its own, in the range of core.lab.
    network = _codes((np.moveaxis(color, 1, -1)[0] + 1) / 2) if color.shape[1] == 3 else None
    joined = [np.concatenate([lightness, colors], axis=-1)[0] for colors in (0 * ab, ab)]
    gray, generated = (_codes(srgb_from_lab(picture)) for picture in joined)
    return {
        "gray": gray,
        "network": network,
        "generated": generated,
        "real": np.ascontiguousarray(real),
    }


def _codes(srgb: FloatArray) -> Photos:
    return np.asarray((np.clip(srgb, 0, 1) * 255).round().astype(np.uint8))


def _names(dataset: Dataset) -> dict[int, str]:
    """Return the file names of test photos, as far as the dataset's list tells them."""
    try:
        listed = list(read_photos(dataset.path))
    except ColorizeError:
        return {}
    return {
        photo["index"]: shown(photo.get("path", ""))
        for photo in listed
        if photo.get("side") == "test" and isinstance(photo.get("index"), int)
    }
