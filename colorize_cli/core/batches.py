"""Batches of training pairs, from packed photos: gray and colour as networks see them.

The order of an epoch, and how each of its pictures is varied, follows from the seed, the epoch's
number and the picture's alone, so that training can go on in the middle of an epoch without
having kept any random state.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.architecture import CHANNELS, ColorSpace
from colorize_cli.core.augmentation import NOT_AUGMENTED, Augmentation, aged, cropped, draws_of
from colorize_cli.core.lab import AB_RANGE, FloatArray, lab_from_srgb8, network_input
from colorize_cli.core.processors import usable_processors

Photos: TypeAlias = NDArray[np.uint8]
Variant: TypeAlias = Literal["original", "mirrored", "turned_right", "turned_left"]

VARIANTS: Final[Mapping[Variant, Callable[[Photos], Photos]]] = {
    "original": lambda photo: photo,
    "mirrored": lambda photo: photo[:, ::-1],
    "turned_right": lambda photo: np.rot90(photo, -1),
    "turned_left": lambda photo: np.rot90(photo, 1),
}
"""What the paper's augmentation makes of one photo `(size, size, 3)`: views, nothing is copied."""

MOST_THREADS: Final = 4
"""Threads that prepare batches, on half of the processors at most: the others have the step. One
prepares some 2,600 pictures of 128 pixels a second, or 1,000 with every augmentation
(`benchmarks/training_loop.py`), where a step on two processors learns 170 at the most."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Gray `(N, 1, H, W)` and colour `(N, C, H, W)`, float32 in [-1, 1]."""

    gray: FloatArray
    color: FloatArray


@dataclass(frozen=True, kw_only=True)
class BatchPlan:
    """Which batches an epoch has: every photo once in every variant, shuffled.

    `augmentation` varies each of them further, in another way in each epoch; by default not at all.
    """

    photos: Photos
    variants: Sequence[Variant]
    batch_size: int
    output: ColorSpace
    seed: int
    augmentation: Augmentation = NOT_AUGMENTED

    @property
    def images(self) -> int:
        """How many pictures an epoch shows."""
        return len(self.photos) * len(self.variants)

    @property
    def batches(self) -> int:
        """How many batches an epoch has.

        The last one may be smaller, but a single picture joins the batch before it: statistics
        over one picture say nothing of the others.
        """
        whole, rest = divmod(self.images, self.batch_size)
        return max(1, whole + (rest > 1))

    def epoch(self, number: int, *, start: int = 0) -> Iterator[Batch]:
        """Give an epoch's batches in order from the `start`-th on, preparing some ahead."""
        order = np.random.default_rng([self.seed, number]).permutation(self.images)
        starts = [index * self.batch_size for index in range(self.batches)]
        chosen = np.split(order, starts[1:])[start:]
        threads = max(1, min(MOST_THREADS, usable_processors() // 2))
        coming: deque[Future[Batch]] = deque()
        with ThreadPoolExecutor(max_workers=threads) as pool:
            try:
                for numbers in chosen:
                    coming.append(pool.submit(self.prepare, numbers, epoch=number))
                    if len(coming) > threads:
                        yield coming.popleft().result()
                while coming:
                    yield coming.popleft().result()
            finally:
                # An epoch that is abandoned does not prepare the rest.
                for batch in coming:
                    batch.cancel()

    def prepare(self, numbers: NDArray[np.int64], *, epoch: int = 0) -> Batch:
        """Prepare the pictures with these numbers: variant by variant, photo by photo."""
        draws = [draws_of(seed=self.seed, epoch=epoch, number=int(number)) for number in numbers]
        pictures = [
            cropped(self._picture(int(number)), draw, self.augmentation)
            for number, draw in zip(numbers, draws, strict=True)
        ]
        batch = pairs(np.stack(pictures), output=self.output)
        if self.augmentation.changes_gray:
            for gray, draw in zip(batch.gray, draws, strict=True):
                gray[0] = aged(gray[0], draw, self.augmentation)
        return batch

    def _picture(self, number: int) -> Photos:
        variant, photo = divmod(number, len(self.photos))
        return VARIANTS[self.variants[variant]](self.photos[photo])


def parts_of(pictures: int, most: int | None) -> list[slice]:
    """Cut a batch into as few parts as possible of at most so many pictures; None: it stays whole.

    Their sizes differ by one at most, the larger first, so that none is left with hardly any.
    """
    count = 1 if most is None else -(-pictures // most)
    size, larger = divmod(pictures, count)
    ends = [size * part + min(part, larger) for part in range(count + 1)]
    return [slice(*pair) for pair in pairwise(ends)]


def pairs(photos: Photos, *, output: ColorSpace) -> Batch:
    """Convert sRGB photos `(N, H, W, 3)` to what the networks see.

    One after the other: what lies in between then stays in the processor's cache, which halves
    the time.
    """
    count, height, width, _ = photos.shape
    gray = np.empty((count, 1, height, width), np.float32)
    color = np.empty((count, CHANNELS[output], height, width), np.float32)
    for number, photo in enumerate(photos):
        lab = lab_from_srgb8(photo)
        gray[number, 0] = network_input(lab[..., 0])
        seen = lab[..., 1:] * np.float32(1 / AB_RANGE) if output == "ab" else _rgb(photo)
        color[number] = np.moveaxis(seen, -1, 0)
    return Batch(gray=gray, color=color)


def _rgb(photo: Photos) -> FloatArray:
    return photo * np.float32(2 / 255) - np.float32(1)
