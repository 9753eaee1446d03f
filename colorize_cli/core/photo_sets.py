"""Photos to judge a model on: those of a prepared dataset, or of a folder as they are."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.dataset import FACTS_FILE, SIDES, Dataset, Side, open_dataset, read_photos
from colorize_cli.core.errors import NoInputError, NotAnImageError, UsageError
from colorize_cli.core.image_io import decode
from colorize_cli.core.own_color import has_own_color
from colorize_cli.core.photo_folder import class_of, find_photos
from colorize_cli.core.structural_similarity import LEAST_SIDE

Codes: TypeAlias = NDArray[np.uint8]
Labelled: TypeAlias = tuple[str, Codes]
SideChoice: TypeAlias = Literal["train", "test", "all"]

LIMIT_STREAM: Final = 3
"""The seed's stream that chooses photos to judge; 0 to 2 belong to training."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which photos are wanted: of one class folder, no more than a limit, drawn by the seed."""

    side: SideChoice | None = None
    only: str | None = None
    limit: int | None = None
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class PreparedSet:
    """Chosen photos of a dataset: `places` are their sides and indices there, with labels."""

    dataset: Dataset
    side: SideChoice
    places: Sequence[tuple[str, Side, int]]

    def __len__(self) -> int:
        """Count the photos."""
        return len(self.places)

    def __iter__(self) -> Iterator[Labelled]:
        """Give each photo, `(size, size, 3)`, with its label: the path of its original."""
        arrays = {"train": self.dataset.train, "test": self.dataset.test}
        return ((label, np.asarray(arrays[side][index])) for label, side, index in self.places)


@dataclass(frozen=True, kw_only=True)
class FolderSet:
    """Chosen photos of a folder, each at its own size; they are read one at a time.

    What cannot be judged is told to `on_skip`, with its name and the reason: what is no picture,
    has no colour of its own, or is smaller than the window of SSIM.
    """

    root: Path
    photos: Sequence[str]
    on_skip: Callable[[Path, str], None]

    def __len__(self) -> int:
        """Count the photos, those that will be skipped among them."""
        return len(self.photos)

    def __iter__(self) -> Iterator[Labelled]:
        """Give each photo's 8-bit codes `(H, W, 3)`, upright and in sRGB, with its path."""
        for name in self.photos:
            try:
                codes = _read(self.root / name)
            except (NotAnImageError, NoInputError) as error:
                self.on_skip(self.root / name, error.reason)
                continue
            yield name, codes


PhotoSet: TypeAlias = PreparedSet | FolderSet


def open_photos(
    path: Path, selection: Selection, *, on_skip: Callable[[Path, str], None]
) -> PhotoSet:
    """Open a prepared dataset, by its `dataset.json`, or any other folder of photos.

    Raises NoInputError if there is nothing to judge, BadConfigError for a damaged dataset, and
    UsageError if a side is asked of a folder that has none.
    """
    if (path / FACTS_FILE).is_file():
        return _prepared(open_dataset(path), selection)
    names = [name for name in find_photos(path).photos if _is_in(class_of(name), selection.only)]
    if selection.side is not None:
        raise UsageError("--side is for folders that colorize prep has made: this one has no sides")
    photos = [names[place] for place in _limited(len(names), selection, path)]
    return FolderSet(root=path, photos=photos, on_skip=on_skip)


def _prepared(dataset: Dataset, selection: Selection) -> PreparedSet:
    side = selection.side or "test"
    sides: tuple[Side, ...] = SIDES if side == "all" else (side,)
    places = [place for place in _places(dataset, selection.only) if place[1] in sides]
    chosen = [places[place] for place in _limited(len(places), selection, dataset.path)]
    return PreparedSet(dataset=dataset, side=side, places=chosen)


def _places(dataset: Dataset, only: str | None) -> list[tuple[str, Side, int]]:
    """Return label, side and index of every photo of a class, in the order of the arrays."""
    places = [
        (str(photo["path"]), photo["side"], int(photo["index"]))
        for photo in read_photos(dataset.path)
        if photo["state"] == "kept" and _is_in(str(photo["class"]), only)
    ]
    return sorted(places, key=lambda place: (SIDES.index(place[1]), place[2]))


def _is_in(folder: str, wanted: str | None) -> bool:
    return wanted is None or f"{folder}/".startswith(f"{wanted.rstrip('/')}/")


def _limited(count: int, selection: Selection, path: Path) -> list[int]:
    """Return the places of the photos that are judged, in their order."""
    if not count:
        where = f" in {selection.only!r}" if selection.only else ""
        raise NoInputError(f"no photos to judge{where}", path=path)
    if selection.limit is None or selection.limit >= count:
        return list(range(count))
    order = np.random.default_rng([selection.seed, LIMIT_STREAM]).permutation(count)
    return sorted(int(place) for place in order[: selection.limit])


def _read(path: Path) -> Codes:
    """Read a photo. Raises NoInputError, or NotAnImageError for what cannot be judged."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise NoInputError((error.strerror or "cannot be read").lower()) from error
    picture = decode(data)
    if min(picture.size) < LEAST_SIDE:
        raise NotAnImageError(f"smaller than {LEAST_SIDE} pixels, the window of SSIM")
    if not has_own_color(picture):
        raise NotAnImageError("has no colour of its own to compare with")
    return picture.srgb8()
