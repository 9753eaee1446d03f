"""Batches of training pairs, from packed photos: gray and colour as networks see them.

The order of an epoch, how large its pictures are in each batch and how each of them is varied
follow from the seed and the numbers of epoch, batch and picture alone, so that training can go on
in the middle of an epoch without having kept any random state.
"""

from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.architecture import CHANNELS, ColorSpace
from colorize_cli.core.augmentation import NOT_AUGMENTED, Augmentation, aged, cropped, draws_of
from colorize_cli.core.color_constants import AB_RANGE
from colorize_cli.core.errors import UsageError
from colorize_cli.core.lab import FloatArray, lab_from_srgb8, network_input
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

SIZE_STREAM: Final = 4
"""Keeps the sizes' draws apart from those of `augmentation.STREAM`."""
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
    `sizes` are the sides in pixels, one of which all pictures of a batch are resampled to, drawn
    for each batch; without any they stay as large as they are.

    Where several workers train (`shared`), each prepares its own share of every batch alone: worker
    `rank` of `workers` that of its number in each part, the parts as `parts_of` cuts a batch.
    """

    photos: Photos
    variants: Sequence[Variant]
    batch_size: int
    output: ColorSpace
    seed: int
    augmentation: Augmentation = NOT_AUGMENTED
    sizes: tuple[int, ...] = ()
    rank: int = 0
    workers: int = 1
    micro_batch: int | None = None

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

    def pictures_in(self, batch: int) -> int:
        """Count the pictures of an epoch's batch number `batch`, from 0, over all workers."""
        is_last = batch == self.batches - 1
        return self.images - batch * self.batch_size if is_last else self.batch_size

    def size_in(self, batch: int, *, epoch: int) -> int | None:
        """Return the side of the pictures of an epoch's batch, both from 0; None: their own.

        The same for every worker, and for a run that goes on in the middle of an epoch.
        """
        if not self.sizes:
            return None
        draws = np.random.default_rng([self.seed, epoch, batch, SIZE_STREAM])
        return self.sizes[draws.integers(len(self.sizes))]

    def shared(self, *, rank: int, workers: int, micro_batch: int | None) -> "BatchPlan":
        """Return the plan of one of several workers.

        Raises UsageError if any of them would be without a picture anywhere in an epoch.
        """
        sizes = {self.pictures_in(0), self.pictures_in(self.batches - 1)}
        parts = [part for size in sizes for part in parts_of(size, micro_batch)]
        least = min(part.stop - part.start for part in parts)
        if least < workers:
            raise UsageError(
                f"{workers} workers cannot share a batch or part of {least} pictures, which each "
                "epoch has here; take fewer workers, or another --batch-size or --micro-batch"
            )
        return replace(self, rank=rank, workers=workers, micro_batch=micro_batch)

    def epoch(self, number: int, *, start: int = 0) -> Generator[Batch, None, None]:
        """Give an epoch's batches in order from the `start`-th on, preparing some ahead."""
        order = np.random.default_rng([self.seed, number]).permutation(self.images)
        starts = [index * self.batch_size for index in range(self.batches)]
        chosen = [self._share(numbers) for numbers in np.split(order, starts[1:])[start:]]
        threads = max(1, min(MOST_THREADS, usable_processors() // 2))
        coming: deque[Future[Batch]] = deque()
        with ThreadPoolExecutor(max_workers=threads) as pool:
            try:
                for batch, numbers in enumerate(chosen, start):
                    size = self.size_in(batch, epoch=number)
                    coming.append(pool.submit(self.prepare, numbers, epoch=number, size=size))
                    if len(coming) > threads:
                        yield coming.popleft().result()
                while coming:
                    yield coming.popleft().result()
            finally:
                # An epoch that is abandoned does not prepare the rest.
                for prepared in coming:
                    prepared.cancel()

    def prepare(
        self, numbers: NDArray[np.int64], *, epoch: int = 0, size: int | None = None
    ) -> Batch:
        """Prepare the pictures with these numbers: variant by variant, photo by photo.

        They are resampled to `size` pixels, in codes of sRGB as the program does; None: not at all.
        """
        draws = [draws_of(seed=self.seed, epoch=epoch, number=int(number)) for number in numbers]
        pictures = [
            cropped(self._picture(int(number)), draw, self.augmentation, size=size)
            for number, draw in zip(numbers, draws, strict=True)
        ]
        batch = pairs(np.stack(pictures), output=self.output)
        if self.augmentation.changes_gray:
            for gray, draw in zip(batch.gray, draws, strict=True):
                gray[0] = aged(gray[0], draw, self.augmentation)
        return batch

    def _share(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the numbers of a batch that this worker prepares."""
        shares = shares_of(len(numbers), self.micro_batch, rank=self.rank, workers=self.workers)
        return np.concatenate([numbers[share] for share in shares])

    def _picture(self, number: int) -> Photos:
        variant, photo = divmod(number, len(self.photos))
        return VARIANTS[self.variants[variant]](self.photos[photo])


def parts_of(pictures: int, most: int | None) -> list[slice]:
    """Cut a batch into as few parts as possible of at most so many pictures; None: it stays whole.

    Their sizes differ by one at most, the larger first, so that none is left with hardly any.
    """
    return _cut(pictures, 1 if most is None else -(-pictures // most))


def shares_of(pictures: int, most: int | None, *, rank: int, workers: int) -> list[slice]:
    """Cut each part of a batch among workers; return which pictures of each are this worker's.

    Slices of the whole batch, one for each of `parts_of`. Shares too differ by one at most.
    """
    parts = parts_of(pictures, most)
    shares = [_cut(part.stop - part.start, workers)[rank] for part in parts]
    return [
        slice(part.start + share.start, part.start + share.stop)
        for part, share in zip(parts, shares, strict=True)
    ]


def joined_up(shares: Sequence[slice]) -> list[slice]:
    """Return where the shares of a worker lie once they stand one after the other, as prepared."""
    ends = accumulate((share.stop - share.start for share in shares), initial=0)
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


def _cut(pictures: int, count: int) -> list[slice]:
    size, larger = divmod(pictures, count)
    ends = [size * part + min(part, larger) for part in range(count + 1)]
    return [slice(*pair) for pair in pairwise(ends)]


def _rgb(photo: Photos) -> FloatArray:
    return photo * np.float32(2 / 255) - np.float32(1)
