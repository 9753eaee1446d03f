"""From a folder of photos to a packed dataset: check, drop, split, pack."""

import warnings
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any, Final

from colorize_cli import __version__
from colorize_cli.core.dataset import (
    FORMAT_VERSION,
    KIND,
    SIDES,
    Side,
    read_facts,
    read_sides,
)
from colorize_cli.core.dataset_writing import (
    WaitingPictures,
    check_replaceable,
    replacing_folder,
    write_descriptions,
)
from colorize_cli.core.duplicates import find_duplicates
from colorize_cli.core.errors import CannotCreateError, NoInputError, UsageError
from colorize_cli.core.photo_checks import CheckedPhoto, check_photo
from colorize_cli.core.photo_entries import PhotoEntry, count_by_class, count_dropped
from colorize_cli.core.photo_folder import PhotoFolder, find_photos
from colorize_cli.core.processors import usable_processors
from colorize_cli.core.split import split_sides

SMALLEST_SIZE: Final = 16
GROUPS_PER_JOB: Final = 2
"""Groups of photos decoded ahead by each thread: enough to keep it busy, few for the memory."""
GROUP_PHOTOS: Final = 16
GROUP_BYTES: Final = 256 * 1024
"""How much is handed to a thread at a time at most, of which one photo may be more: small photos
cost a third to a half as much to hand over as to check, if each goes alone."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What decides a dataset. The defaults are the paper's: 128 x 128 pixels, 95 to 5.

    Raises UsageError for a size that is no power of two from 16, or a share outside (0, 1).
    """

    size: int = 128
    test_share: float = 0.05
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what makes no dataset."""
        if self.size < SMALLEST_SIZE or self.size & (self.size - 1):
            raise UsageError(f"--size must be a power of two from {SMALLEST_SIZE}, not {self.size}")
        if not 0 < self.test_share < 1:
            raise UsageError(f"--test-share must lie between 0 and 1, not {self.test_share:g}")


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """A dataset that was prepared: its description and what became of each photo."""

    path: Path
    facts: Mapping[str, Any]
    entries: Sequence[PhotoEntry]

    @property
    def dropped(self) -> list[PhotoEntry]:
        """The photos that were left out."""
        return [entry for entry in self.entries if entry.reason]


def scan(source: Path, output: Path) -> PhotoFolder:
    """Find the photos of a source, none of them in the output.

    Raises NoInputError if there are none, and CannotCreateError if the output is the source or
    anything else that is not to be replaced.
    """
    if output.exists() and source.exists() and output.samefile(source):
        raise CannotCreateError("the output is the folder of the photos", path=output)
    folder = find_photos(source, excluded=output)
    check_replaceable(output.resolve())
    if not folder.photos:
        rest = f" ({folder.other_files} other files)" if folder.other_files else ""
        raise NoInputError(f"no JPEG, PNG, WebP, TIFF or AVIF photos here{rest}", path=source)
    return folder


def prepare(
    folder: PhotoFolder,
    output: Path,
    *,
    settings: Settings,
    jobs: int | None = None,
    advance: Callable[[], object] = lambda: None,
) -> Preparation:
    """Check all photos, drop what cannot be used, split the rest and pack it into `output`.

    A dataset of the same seed and share that lies there already is replaced, and photos known
    there keep their side. `jobs` photos are decoded at once (all processors if None), which
    changes nothing in the result; `advance` is called after each. Raises NoInputError if fewer
    than two photos can be used, and as `check_replaceable` and `replacing_folder` do.
    """
    place = output.resolve()  # a link to a dataset stays a link
    known = known_sides(place, settings) if check_replaceable(place) else {}
    with replacing_folder(place) as temporary:
        with WaitingPictures(temporary, settings.size) as pictures:
            with warnings.catch_warnings():
                # Decoding quiets Pillow for itself, but in a way that threads undo for each other.
                warnings.simplefilter("ignore")
                entries = _check_all(folder, settings, pictures, jobs=jobs, advance=advance)
            entries = _assign(_drop_duplicates(entries, known), settings, known)
            _require_two(folder, entries)
            sides = {side: _places(entries, side) for side in SIDES}
            fingerprint = pictures.pack(temporary, sides)
        facts = _describe(folder, entries, settings, fingerprint)
        facts["known"] = sum(_is_kept_known(entry, known) for entry in entries)
        write_descriptions(temporary, facts, (entry.as_dict() for entry in entries))
    return Preparation(path=output, facts=facts, entries=entries)


def known_sides(path: Path, settings: Settings) -> dict[str, Side]:
    """Return the side of each photo, by pixel hash, in a dataset of the same seed and share.

    Another seed or share asks for another split: then nothing is known. Raises BadConfigError
    if the dataset is damaged.
    """
    facts = read_facts(path)
    if (facts.get("seed"), facts.get("test_share")) != (settings.seed, settings.test_share):
        return {}
    return read_sides(path)


def _check_all(
    folder: PhotoFolder,
    settings: Settings,
    pictures: WaitingPictures,
    *,
    jobs: int | None,
    advance: Callable[[], object],
) -> list[PhotoEntry]:
    entries: list[PhotoEntry] = []
    places = count()
    # Closed at once when something fails, lest threads go on reading.
    with closing(_checked(folder, settings.size, jobs or usable_processors())) as photos:
        for path, photo in photos:
            place = None
            if photo.small is not None:
                pictures.append(photo.small)
                place = next(places)
            entries.append(
                PhotoEntry(
                    path=path,
                    hashes=photo.hashes,
                    place=place,
                    reason=photo.reason,
                    detail=photo.detail,
                )
            )
            advance()
    return entries


def _checked(
    folder: PhotoFolder, size: int, jobs: int
) -> Generator[tuple[str, CheckedPhoto], None, None]:
    """Check photos in parallel; give them in order, with few of them in memory."""
    pool = ThreadPoolExecutor(jobs)
    waiting: deque[tuple[list[str], Future[list[CheckedPhoto]]]] = deque()
    try:
        for group in _groups(folder):
            waiting.append((group, pool.submit(_check_group, folder.root, group, size)))
            if len(waiting) > jobs * GROUPS_PER_JOB:
                done, result = waiting.popleft()
                yield from zip(done, result.result(), strict=True)
        while waiting:
            done, result = waiting.popleft()
            yield from zip(done, result.result(), strict=True)
    finally:
        pool.shutdown(cancel_futures=True)


def _groups(folder: PhotoFolder) -> Iterator[list[str]]:
    """Give the photos in order, a few small ones or one large one at a time."""
    group: list[str] = []
    length = 0
    for path in folder.photos:
        group.append(path)
        length += _length(folder.root / path)
        if len(group) == GROUP_PHOTOS or length >= GROUP_BYTES:
            yield group
            group, length = [], 0
    if group:
        yield group


def _length(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # what is wrong with it is said when it is checked
        return 0


def _check_group(root: Path, photos: Sequence[str], size: int) -> list[CheckedPhoto]:
    return [check_photo(root / path, size) for path in photos]


def _drop_duplicates(entries: Sequence[PhotoEntry], known: Mapping[str, Side]) -> list[PhotoEntry]:
    usable = [index for index, entry in enumerate(entries) if entry.place is not None]
    hashes = [entry.hashes for entry in entries if entry.place is not None and entry.hashes]
    result = list(entries)
    for copy, original in find_duplicates(hashes, known=known).items():
        twin, entry = entries[usable[original]], entries[usable[copy]]
        is_same = hashes[copy].pixels == hashes[original].pixels
        detail = "the same pixels" if is_same else "re-encoded or resized"
        result[usable[copy]] = replace(
            entry, place=None, reason="duplicate", detail=detail, duplicate_of=twin.path
        )
    return result


def _assign(
    entries: Sequence[PhotoEntry], settings: Settings, known: Mapping[str, Side]
) -> list[PhotoEntry]:
    """Give each photo that is kept its side and its index there, in the order of names."""
    hashes = [entry.hashes.pixels for entry in entries if not entry.reason and entry.hashes]
    sides = split_sides(hashes, seed=settings.seed, test_share=settings.test_share, known=known)
    side_of = dict(zip(hashes, sides, strict=True))
    filled: Counter[Side] = Counter()
    result = []
    for entry in entries:
        if not entry.reason and entry.hashes:
            side = side_of[entry.hashes.pixels]
            entry = replace(entry, side=side, index=filled[side])
            filled[side] += 1
        result.append(entry)
    return result


def _places(entries: Sequence[PhotoEntry], side: Side) -> list[int]:
    return [entry.place for entry in entries if entry.side == side and entry.place is not None]


def _is_kept_known(entry: PhotoEntry, known: Mapping[str, Side]) -> bool:
    return entry.side is not None and entry.hashes is not None and entry.hashes.pixels in known


def _require_two(folder: PhotoFolder, entries: Sequence[PhotoEntry]) -> None:
    kept = sum(not entry.reason for entry in entries)
    if kept >= 2:
        return
    dropped = [f"{count} {reason}" for reason, count in count_dropped(entries).items() if count]
    reason = f"only {kept} of {len(entries)} photos can be used ({', '.join(dropped)})"
    if not dropped:
        reason = "only one photo here"
    raise NoInputError(f"{reason}; a dataset needs two", path=folder.root)


def _describe(
    folder: PhotoFolder, entries: Sequence[PhotoEntry], settings: Settings, fingerprint: str
) -> dict[str, Any]:
    return {
        "kind": KIND,
        "format_version": FORMAT_VERSION,
        "colorize_version": __version__,
        "size": settings.size,
        "resampling": "area average of the central square, in sRGB codes",
        "seed": settings.seed,
        "test_share": settings.test_share,
        "found": len(entries),
        "kept": sum(not entry.reason for entry in entries),
        "dropped": count_dropped(entries),
        "other_files": folder.other_files,
        "sides": {side: len(_places(entries, side)) for side in SIDES},
        "classes": count_by_class(entries),
        "fingerprint": fingerprint,
    }
