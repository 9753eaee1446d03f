"""Batches of training pairs, from packed photos: gray and colour as networks see them.

The order of an epoch follows from the seed and the epoch's number alone, so that training can
go on in the middle of one without having kept any random state.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.architecture import ColorSpace
from colorize_cli.core.lab import AB_RANGE, FloatArray, lab_from_srgb8, network_input

Photos: TypeAlias = NDArray[np.uint8]
Variant: TypeAlias = Literal["original", "mirrored", "turned_right", "turned_left"]

VARIANTS: Final[Mapping[Variant, Callable[[Photos], Photos]]] = {
    "original": lambda photo: photo,
    "mirrored": lambda photo: photo[:, ::-1],
    "turned_right": lambda photo: np.rot90(photo, -1),
    "turned_left": lambda photo: np.rot90(photo, 1),
}
"""What augmentation makes of one photo `(size, size, 3)`: views, nothing is copied."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Gray `(N, 1, H, W)` and colour `(N, C, H, W)`, float32 in [-1, 1]."""

    gray: FloatArray
    color: FloatArray


@dataclass(frozen=True, kw_only=True)
class BatchPlan:
    """Which batches an epoch has: every photo once in every variant, shuffled."""

    photos: Photos
    variants: Sequence[Variant]
    batch_size: int
    output: ColorSpace
    seed: int

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
        """Give an epoch's batches from the `start`-th on, preparing one ahead in a thread."""
        order = np.random.default_rng([self.seed, number]).permutation(self.images)
        starts = [index * self.batch_size for index in range(self.batches)]
        chosen = np.split(order, starts[1:])[start:]
        with ThreadPoolExecutor(max_workers=1) as pool:
            ahead: Future[Batch] | None = None
            for numbers in chosen:
                coming = pool.submit(self.prepare, numbers)
                if ahead is not None:
                    yield ahead.result()
                ahead = coming
            if ahead is not None:
                yield ahead.result()

    def prepare(self, numbers: NDArray[np.int64]) -> Batch:
        """Prepare the pictures with these numbers: variant by variant, photo by photo."""
        turned = [self._picture(int(number)) for number in numbers]
        return pairs(np.stack(turned), output=self.output)

    def _picture(self, number: int) -> Photos:
        variant, photo = divmod(number, len(self.photos))
        return VARIANTS[self.variants[variant]](self.photos[photo])


def pairs(photos: Photos, *, output: ColorSpace) -> Batch:
    """Convert sRGB photos `(N, H, W, 3)` to what the networks see."""
    lab = lab_from_srgb8(photos)
    gray = network_input(lab[..., :1])
    color = lab[..., 1:] * np.float32(1 / AB_RANGE) if output == "ab" else _rgb(photos)
    return Batch(gray=_channels_first(gray), color=_channels_first(color))


def _rgb(photos: Photos) -> FloatArray:
    return photos * np.float32(2 / 255) - np.float32(1)


def _channels_first(pictures: FloatArray) -> FloatArray:
    return np.ascontiguousarray(np.moveaxis(pictures, -1, 1))
