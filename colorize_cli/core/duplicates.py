"""Find photos that are there twice: the same pixels, or re-encoded and resized copies."""

from collections.abc import Collection, Sequence
from typing import Protocol

from colorize_cli.core.photo_hashes import Hashes
from colorize_cli.core.photo_loops import photo_loops


class NearPhotos(Protocol):
    """The hashes of photos that stay; each query compares with all of them."""

    def add(self, photo: int, hashes: Hashes) -> None:
        """Take in a photo that stays."""

    def find(self, hashes: Hashes) -> int | None:
        """Return the first of those nearest by the fine hash, within all distances."""


def find_duplicates(photos: Sequence[Hashes], *, known: Collection[str] = ()) -> dict[int, int]:
    """Return, for each photo that is there already, which one it duplicates.

    Of copies, that one stays whose pixel hash is `known`, else the largest, else the one of the
    smallest hash: which stays does not depend on names or order. What stays has no other that
    stays near it. Among photos of the very same pixels the first stays.
    """
    duplicates: dict[int, int] = {}
    exact: dict[str, int] = {}
    near = _near_photos(len(photos))
    for photo in sorted(range(len(photos)), key=lambda index: _rank(photos[index], known)):
        hashes = photos[photo]
        original = exact.setdefault(hashes.pixels, photo)
        similar = near.find(hashes) if original == photo else original
        if similar is None:
            near.add(photo, hashes)
        else:
            # A copy of a copy is listed as one of the photo that stays.
            duplicates[photo] = duplicates.get(similar, similar)
    return duplicates


def _rank(hashes: Hashes, known: Collection[str]) -> tuple[bool, int, str]:
    return hashes.pixels not in known, -hashes.area, hashes.pixels


def _near_photos(capacity: int) -> NearPhotos:
    loops = photo_loops()
    if loops is not None:
        from colorize_cli.core.near_photo_loops import CompiledNearPhotos

        return CompiledNearPhotos(loops, capacity)
    # Here alone, so that NumPy is not imported where loops were compiled.
    from colorize_cli.core.near_photos import PlainNearPhotos

    return PlainNearPhotos(capacity)
