"""Scoring a generator on photos whose colours are known.

`evaluate` is what training does after every epoch. `render_prepared` and
`render_pictures` make what `colorize eval` judges: the model's colours beside what it must beat.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final, TypeAlias

import numpy as np

from colorize_cli.core.architecture import GeneratorSpec
from colorize_cli.core.backend import Colorizer
from colorize_cli.core.batches import Photos
from colorize_cli.core.lab import FloatArray, ab_from_network, lab_from_srgb8, network_input
from colorize_cli.core.metrics import Scores, mean_scores, score
from colorize_cli.core.photo_scores import RenderedPhoto, Rendering, joined, lab_of, shown
from colorize_cli.core.picture import Picture
from colorize_cli.core.pipeline import colorize
from colorize_cli.core.scoreboard import GRAY, MEAN_AB, MODEL, TRUTH

CHUNK = 32
"""Photos that are held as Lab at a time, the paper's batch; scores do not depend on it."""

SAMPLES_PER_SIDE: Final = 32
"""Rows and columns of a photo that its mean colour is taken from: enough for thousands of them."""


Generate: TypeAlias = Callable[[FloatArray], FloatArray]
"""What makes colour `(N, C, H, W)` of gray `(N, 1, H, W)`: a Colorizer or `Cgan.generate`."""

Labelled: TypeAlias = tuple[str, Photos]
"""The name of a photo and its sRGB codes `(H, W, 3)`."""


def predicted_ab(generate: Generate, lab: FloatArray) -> FloatArray:
    """Return the ab `(N, H, W, 2)` that a generator predicts for the lightness of Lab photos."""
    gray = np.ascontiguousarray(np.moveaxis(network_input(lab[..., :1]), -1, 1))
    return np.moveaxis(ab_from_network(generate(gray)), 1, -1)


def evaluate(generate: Generate, photos: Photos) -> Scores:
    """Score a generator on sRGB photos `(N, size, size, 3)`, as the program uses it."""
    chunks = _chunks(photos)
    return mean_scores([(len(lab), score(predicted_ab(generate, lab), lab)) for lab in chunks])


def evaluate_gray(photos: Photos) -> Scores:
    """Score the gray pictures themselves: what every model must beat."""
    chunks = _chunks(photos)
    return mean_scores([(len(lab), score(np.zeros_like(lab[..., 1:]), lab)) for lab in chunks])


def render_prepared(
    generate: Generate, photos: Iterable[Labelled], *, mean_ab: FloatArray | None = None
) -> Iterator[RenderedPhoto]:
    """Render photos of the generator's own size as `evaluate` does: its ab as it predicts them.

    Beside it stand gray, the truth and, where `mean_ab` `(2,)` is given, that colour everywhere.
    """
    for chunk in _batched(photos):
        labs = lab_from_srgb8(np.stack([codes for _, codes in chunk]))
        predictions = predicted_ab(generate, labs)
        for (label, codes), lab, ab in zip(chunk, labs, predictions, strict=True):
            made = joined(lab[..., 0], ab)
            yield _beside_others(label, codes, lab, made, mean_ab=mean_ab)


def render_pictures(
    generator: GeneratorSpec,
    colorizer: Colorizer,
    photos: Iterable[Labelled],
    *,
    mean_ab: FloatArray | None = None,
) -> Iterator[RenderedPhoto]:
    """Render photos of any size the whole way of `core.pipeline`, each at its own size.

    Their ab are those of the finished pictures. Otherwise as `render_prepared`.
    """
    for label, codes in photos:
        picture = colorize(Picture(codes=codes), generator, colorizer)
        made = shown(picture.codes.astype(np.uint8))
        yield _beside_others(label, codes, lab_of(codes), made, mean_ab=mean_ab)


def mean_color(photos: Photos) -> FloatArray:
    """Return the mean ab `(2,)` of sRGB photos `(N, size, size, 3)`, from a lattice of pixels."""
    step = max(1, photos.shape[1] // SAMPLES_PER_SIDE)
    total = np.zeros(2)
    for lab in _chunks(photos[:, ::step, ::step]):
        total += lab[..., 1:].mean(axis=(1, 2), dtype=np.float64).sum(axis=0)
    return (total / len(photos)).astype(np.float32)


def _beside_others(
    label: str, codes: Photos, lab: FloatArray, made: Rendering, *, mean_ab: FloatArray | None
) -> RenderedPhoto:
    lightness, true_ab = lab[..., 0], lab[..., 1:]
    renderings = {MODEL: made, GRAY: joined(lightness, np.zeros_like(true_ab))}
    if mean_ab is not None:
        renderings[MEAN_AB] = joined(lightness, np.broadcast_to(mean_ab, true_ab.shape))
    truth = Rendering(codes=codes, ab=true_ab)
    return RenderedPhoto(label=label, truth=truth, renderings={**renderings, TRUTH: truth})


def _batched(photos: Iterable[Labelled]) -> Iterator[list[Labelled]]:
    remaining = iter(photos)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk


def _chunks(photos: Photos) -> Iterator[FloatArray]:
    for start in range(0, len(photos), CHUNK):
        yield lab_from_srgb8(photos[start : start + CHUNK])
