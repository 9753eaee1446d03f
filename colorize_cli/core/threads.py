"""Work on the strips of one picture, by threads: NumPy, zlib and Pillow let others run."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

from colorize_cli.core.processors import usable_processors

Given = TypeVar("Given")
Result = TypeVar("Result")


class Each(Protocol):
    """The built-in `map` over one sequence, or what does the same in several threads."""

    def __call__(
        self, work: Callable[[Given], Result], things: Iterable[Given], /
    ) -> Iterable[Result]:
        """Return the results of the work, in the order of the things."""


@contextmanager
def in_threads(count: int | None = None) -> Iterator[Each]:
    """Lend so many threads for the block, None for one for each processor; one is the caller's."""
    count = count or usable_processors()
    if count == 1:
        yield map
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=count) as pool:
        yield pool.map
