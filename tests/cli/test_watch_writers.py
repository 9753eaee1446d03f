"""However a picture gets into the folder, it is coloured exactly once."""

import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tiny_models import write_tiny_model
from watch_process import QUICK, Watching, is_made_from, numbered_png, temporary_files

HUNDREDS = 150
ODD_NAMES = (
    b"-dash.png",
    b"two  spaces.png",
    b"line\nbreak.png",
    b"'quotes\".png",
    b"latin-\xe9.png",
    "鳥 e\u0301 \u202e.png".encode(),
    b"[markup]{}%s.png",
    b"UPPER.PNG",
    b"no-suffix",
    b"x" * 230 + b".png",
)
"""Names that break programs which paste, split, print or decode them."""


class Bench:
    """A watcher, a folder beside it on the same disk, and pictures each of which is new."""

    def __init__(self, watching: Watching, outside: Path) -> None:
        self.watching, self.outside = watching, outside
        self.expected: dict[str, bytes] = {}
        self.number = 0

    def picture(self) -> bytes:
        self.number += 1
        return numbered_png(self.number)

    def place(self, name: str, data: bytes) -> Path:
        """Promise that a file of this name is to be coloured; return its path."""
        self.expected[name] = data
        path = self.watching.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def beside(self, data: bytes) -> Path:
        path = self.outside / f"{self.number}.png"
        path.write_bytes(data)
        return path

    def retried(self, name: str) -> None:
        """Wait until a file that is incomplete was tried at least once."""
        self.watching.wait_for("retry", name)


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    write_tiny_model(path)
    return str(path)


@pytest.fixture(scope="module", params=["events", "polling"])
def bench(request, tmp_path_factory, model) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("bench")
    (folder / "outside").mkdir()
    by = ("--poll", "0.2") if request.param == "polling" else ()
    watching = Watching(folder, model, *QUICK, *by)
    try:
        assert watching.wait_for("watching")["means"] == request.param
        yield Bench(watching, folder / "outside")
        assert watching.end(signal.SIGTERM) == -signal.SIGTERM
        assert temporary_files(folder) == []
    finally:
        watching.close()


def copied(bench: Bench) -> None:
    data = bench.picture()
    shutil.copyfile(bench.beside(data), bench.place("copied.png", data))


def moved_in(bench: Bench) -> None:
    data = bench.picture()
    bench.beside(data).rename(bench.place("moved.png", data))


def renamed_inside(bench: Bench) -> None:
    data = bench.picture()
    final = bench.place("renamed.png", data)
    final.with_name("renamed.png.part").write_bytes(data)
    final.with_name("renamed.png.part").rename(final)


def written_as_rsync_does(bench: Bench) -> None:
    data = bench.picture()
    final = bench.place("rsync.png", data)
    final.with_name(".rsync.png.Ab3xZ9").write_bytes(data)
    final.with_name(".rsync.png.Ab3xZ9").rename(final)


def trickled(bench: Bench) -> None:
    data = bench.picture()
    with bench.place("trickle.png", data).open("wb") as file:
        for end in (20, len(data) // 2):
            file.write(data[file.tell() : end])
            file.flush()
            bench.retried("trickle.png")
        file.write(data[file.tell() :])


def empty_at_first(bench: Bench) -> None:
    data = bench.picture()
    path = bench.place("empty.png", data)
    path.touch()
    bench.retried("empty.png")
    path.write_bytes(data)


def hard_linked(bench: Bench) -> None:
    data = bench.picture()
    bench.place("linked.png", data).hardlink_to(bench.beside(data))


def written_over_by_another(bench: Bench) -> None:
    data = bench.picture()
    path = bench.place("over.png", data)
    path.write_bytes(data[:50])
    bench.beside(data).replace(path)


def a_folder_moved_in(bench: Bench) -> None:
    folder = bench.outside / "batch"
    for name in ("batch/1.png", "batch/a/2.png", "batch/a/b/3.png"):
        data = bench.picture()
        bench.place(name, data)
        (bench.outside / name).parent.mkdir(parents=True, exist_ok=True)
        (bench.outside / name).write_bytes(data)
    shutil.rmtree(bench.watching.root / "batch")
    folder.rename(bench.watching.root / "batch")


def a_tree_made_in_a_hurry(bench: Bench) -> None:
    for name in ("p/q/r/1.png", "p/2.png", "p/q/3.png"):
        data = bench.picture()
        bench.place(name, data).write_bytes(data)


def hundreds_at_once(bench: Bench) -> None:
    for number in range(HUNDREDS):
        data = bench.picture()
        bench.place(f"many/{number}.png", data).write_bytes(data)


def odd_names(bench: Bench) -> None:
    for name in ODD_NAMES:
        data = bench.picture()
        bench.place(f"odd/{os.fsdecode(name)}", data).write_bytes(data)


def deleted_while_queued(bench: Bench) -> None:
    path = bench.watching.root / "deleted.png"
    # Incomplete, lest it be done already before this process comes to its next line.
    path.write_bytes(bench.picture()[:-20])
    path.unlink()


WRITERS: list[Callable[[Bench], None]] = [
    copied,
    moved_in,
    renamed_inside,
    written_as_rsync_does,
    trickled,
    empty_at_first,
    hard_linked,
    written_over_by_another,
    a_folder_moved_in,
    a_tree_made_in_a_hurry,
    hundreds_at_once,
    odd_names,
    deleted_while_queued,
]


@pytest.mark.parametrize("write", WRITERS, ids=lambda writer: writer.__name__)
def test_what_is_written_is_coloured_once(bench: Bench, write: Callable[[Bench], None]) -> None:
    watching, bench.expected = bench.watching, {}
    write(bench)
    # What comes later and is done shows that nothing more is to come of what came before.
    data = bench.picture()
    bench.place(f"after-{write.__name__}.png", data).write_bytes(data)
    watching.wait_for_done(*(shown(name) for name in bench.expected))
    times = Counter(watching.names("done"))
    for name, data in bench.expected.items():
        assert times[shown(name)] == 1, name
        assert is_made_from(result_of(watching.output / name), data), name
    assert watching.of("failed") == []
    assert not (watching.output / "deleted.png").exists()


def shown(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "replace")


def result_of(path: Path) -> Path:
    return path.with_suffix(".png")
