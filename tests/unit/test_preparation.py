import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from colorize_cli.core import preparation
from colorize_cli.core.dataset import open_dataset, read_photos
from colorize_cli.core.errors import (
    BadConfigError,
    CannotCreateError,
    NoInputError,
    UsageError,
)
from colorize_cli.core.photo_checks import CheckedPhoto, check_photo
from colorize_cli.core.preparation import Preparation, Settings, prepare, scan
from photos import as_jpeg, make_photo, make_sepia, save_photos

SHARE = 0.2


def prepare_folder(source: Path, output: Path, *, jobs: int = 2, **settings: Any) -> Preparation:
    chosen = Settings(**{"size": 16, "test_share": SHARE, **settings})
    return prepare(scan(source, output), output, settings=chosen, jobs=jobs)


def held_out(output: Path) -> set[str]:
    photos = read_photos(output)
    return {photo["pixel_hash"] for photo in photos if photo["side"] == "test"}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    save_photos(tmp_path / "photos/auk", range(6))
    save_photos(tmp_path / "photos/gull", range(6, 10))
    return tmp_path / "photos"


def test_photos_are_packed_as_the_list_says(source: Path, tmp_path: Path) -> None:
    prepare_folder(source, tmp_path / "data")
    dataset = open_dataset(tmp_path / "data")
    assert (len(dataset.train), len(dataset.test)) == (8, 2)
    assert dataset.classes == ("auk", "gull")
    for photo in read_photos(tmp_path / "data"):
        small = check_photo(source / photo["path"], 16).small
        side = dataset.train if photo["side"] == "train" else dataset.test
        assert side[photo["index"]].tobytes() == small


def test_photos_are_decoded_by_the_processors_that_may_be_used(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def pool(jobs: int) -> ThreadPoolExecutor:
        asked.append(jobs)
        return ThreadPoolExecutor(jobs)

    monkeypatch.setattr(preparation, "ThreadPoolExecutor", pool)
    monkeypatch.setattr(preparation, "usable_processors", lambda: 3)
    for number, jobs in enumerate((None, 5)):
        output = tmp_path / f"data-{number}"
        prepare(scan(source, output), output, settings=Settings(size=16), jobs=jobs)
    assert asked == [3, 5]


def test_the_description_counts_and_carries_the_fingerprint(source: Path, tmp_path: Path) -> None:
    (source / "notes.txt").touch()
    facts = prepare_folder(source, tmp_path / "data", seed=3).facts
    assert json.loads((tmp_path / "data/dataset.json").read_text()) == facts
    assert (facts["found"], facts["kept"], facts["other_files"]) == (10, 10, 1)
    assert facts["sides"] == {"train": 8, "test": 2}
    assert [(entry["class"], entry["found"]) for entry in facts["classes"]] == [
        ("auk", 6),
        ("gull", 4),
    ]
    digest = hashlib.sha256()
    for side, count in (("train", 8), ("test", 2)):
        digest.update(f"({count}, 16, 16, 3)".encode())
        digest.update(np.load(tmp_path / f"data/{side}.npy").tobytes())
    assert facts["fingerprint"] == digest.hexdigest()


def test_what_cannot_be_used_is_dropped_and_listed(source: Path, tmp_path: Path) -> None:
    photo = make_photo(0, 200, 200)
    (source / "auk/text.jpg").write_text("no photo")
    make_photo(20, 40, 15).save(source / "auk/narrow.png")
    (source / "gull/sepia.jpg").write_bytes(as_jpeg(make_sepia(make_photo(21, 256, 256))))
    photo.save(source / "gull/original.png")
    photo.save(source / "gull/original again.tiff")
    (source / "gull/encoded.jpg").write_bytes(as_jpeg(photo))
    photo.resize((120, 120), Image.Resampling.LANCZOS).save(source / "gull/shrunk.png")
    result = prepare_folder(source, tmp_path / "data")
    dropped = {entry.path: (entry.reason, entry.duplicate_of) for entry in result.dropped}
    kept_copy = dropped["gull/original.png"][1] if "gull/original.png" in dropped else None
    best = kept_copy or "gull/original.png"
    copies = {"original.png", "original again.tiff", "encoded.jpg", "shrunk.png"} - {best[5:]}
    assert dropped == {
        "auk/text.jpg": ("unreadable", None),
        "auk/narrow.png": ("too small", None),
        "gull/sepia.jpg": ("gray", None),
        **{f"gull/{name}": ("duplicate", best) for name in copies},
    }
    assert best != "gull/shrunk.png"
    assert result.facts["dropped"] == {"unreadable": 1, "too small": 1, "gray": 1, "duplicate": 3}


def test_the_split_does_not_depend_on_names_or_folders(source: Path, tmp_path: Path) -> None:
    prepare_folder(source, tmp_path / "data")
    (tmp_path / "renamed").mkdir()
    for number, photo in enumerate(sorted(source.rglob("*.png"), reverse=True)):
        photo.rename(tmp_path / f"renamed/{number}.png")
    prepare_folder(tmp_path / "renamed", tmp_path / "again")
    assert held_out(tmp_path / "again") == held_out(tmp_path / "data")


def test_the_split_does_not_depend_on_the_size(source: Path, tmp_path: Path) -> None:
    prepare_folder(source, tmp_path / "16", size=16)
    prepare_folder(source, tmp_path / "64", size=64)
    assert held_out(tmp_path / "16") == held_out(tmp_path / "64")


def test_the_result_does_not_depend_on_the_number_of_jobs_or_how_photos_are_handed_out(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for jobs, photos in ((1, 1), (4, 3)):
        monkeypatch.setattr(preparation, "GROUP_PHOTOS", photos)
        prepare_folder(source, tmp_path / str(jobs), jobs=jobs)
    for name in ("dataset.json", "photos.jsonl", "train.npy", "test.npy"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "4" / name).read_bytes()


def test_photos_keep_their_side_when_others_are_added(source: Path, tmp_path: Path) -> None:
    prepare_folder(source, tmp_path / "data")
    before = held_out(tmp_path / "data")
    save_photos(source / "new", range(30, 50))
    result = prepare_folder(source, tmp_path / "data")
    assert before < held_out(tmp_path / "data")
    assert result.facts["sides"] == {"train": 24, "test": 6}
    assert result.facts["known"] == 10


def test_another_seed_splits_anew(source: Path, tmp_path: Path) -> None:
    prepare_folder(source, tmp_path / "data", seed=1)
    assert prepare_folder(source, tmp_path / "data", seed=2).facts["known"] == 0
    prepare_folder(source, tmp_path / "fresh", seed=2)
    assert held_out(tmp_path / "data") == held_out(tmp_path / "fresh")


@pytest.mark.parametrize("text", ["{", "[1]", '{"state": "kept", "side": "left"}'])
def test_a_damaged_list_of_sides_is_refused(source: Path, tmp_path: Path, text: str) -> None:
    prepare_folder(source, tmp_path / "data")
    (tmp_path / "data/photos.jsonl").write_text(text)
    with pytest.raises(BadConfigError, match=r"photos\.jsonl"):
        prepare_folder(source, tmp_path / "data")


def test_an_output_inside_the_source_is_not_walked(source: Path) -> None:
    first = prepare_folder(source, source / "data")
    assert prepare_folder(source, source / "data").facts["found"] == first.facts["found"] == 10


def test_the_source_is_left_as_it_was(source: Path, tmp_path: Path) -> None:
    def state() -> list[tuple[str, int, bytes]]:
        files = sorted(path for path in source.rglob("*") if path.is_file())
        return [(str(file), file.stat().st_mtime_ns, file.read_bytes()) for file in files]

    before = state()
    prepare_folder(source, tmp_path / "data")
    assert state() == before


def test_the_source_is_refused_as_output(source: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(source)
    for output in (source, tmp_path / "link"):
        with pytest.raises(CannotCreateError, match="the folder of the photos"):
            scan(source, output)


def test_a_foreign_folder_is_refused_as_output(source: Path, tmp_path: Path) -> None:
    with pytest.raises(CannotCreateError, match="not a dataset of ours"):
        scan(source, tmp_path)


def test_fewer_than_two_photos_are_no_dataset(tmp_path: Path) -> None:
    save_photos(tmp_path / "photos", range(1))
    (tmp_path / "photos/gray.png").write_bytes(as_jpeg(make_photo(1).convert("L")))
    with pytest.raises(NoInputError, match=r"only 1 of 2 photos can be used \(1 gray\)"):
        prepare_folder(tmp_path / "photos", tmp_path / "data")
    assert [entry.name for entry in tmp_path.iterdir()] == ["photos"]


def test_an_interrupted_preparation_leaves_nothing(source: Path, tmp_path: Path) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    output = tmp_path / "data"
    with pytest.raises(KeyboardInterrupt):
        prepare(scan(source, output), output, settings=Settings(size=16), advance=interrupt)
    assert [entry.name for entry in tmp_path.iterdir()] == ["photos"]


def test_few_photos_are_in_memory_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_photos(tmp_path / "photos", range(40))
    lock, started, most = threading.Lock(), [0], [0]
    finished = [0]

    def counting(path: Path, size: int) -> CheckedPhoto:
        with lock:
            started[0] += 1
            most[0] = max(most[0], started[0] - finished[0])
        return check_photo(path, size)

    def advance() -> None:
        finished[0] += 1

    monkeypatch.setattr(preparation, "check_photo", counting)
    monkeypatch.setattr(preparation, "GROUP_PHOTOS", 2)
    output = tmp_path / "data"
    settings = Settings(size=16)
    folder = scan(tmp_path / "photos", output)
    prepare(folder, output, settings=settings, jobs=2, advance=advance)
    assert started[0] == finished[0] == 40
    assert most[0] <= 6 * 2


def test_large_photos_are_handed_out_one_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_photos(tmp_path / "photos", range(12))
    monkeypatch.setattr(preparation, "GROUP_BYTES", 1)
    lock, begun, done = threading.Lock(), [0], [0]

    def counting(path: Path, size: int) -> CheckedPhoto:
        with lock:
            begun[0] += 1
            assert begun[0] - done[0] <= 4
        return check_photo(path, size)

    def advance() -> None:
        done[0] += 1

    monkeypatch.setattr(preparation, "check_photo", counting)
    folder = scan(tmp_path / "photos", tmp_path / "data")
    prepare(folder, tmp_path / "data", settings=Settings(size=16), jobs=1, advance=advance)
    assert done[0] == 12


@pytest.mark.parametrize("size", [0, -16, 8, 100, 129])
def test_a_size_that_is_no_power_of_two_from_16_is_refused(size: int) -> None:
    with pytest.raises(UsageError, match="power of two"):
        Settings(size=size)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, float("nan")])
def test_a_share_outside_zero_and_one_is_refused(share: float) -> None:
    with pytest.raises(UsageError, match="between 0 and 1"):
        Settings(test_share=share)
