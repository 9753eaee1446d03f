from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from colorize_trainers.figures import write_samples
from colorize_trainers.report.samples import (
    find_sample_epochs,
    headings,
    read_samples_by_epoch,
    spread,
    write_samples_sheet,
)
from colorize_trainers.run_directory import RunDirectory
from pictures import ConstantColorizer

PHOTOS = np.random.default_rng(3).integers(0, 256, (4, 16, 16, 3), dtype=np.uint8)


def run_with_samples(path: Path, *epochs: int, photos: np.ndarray = PHOTOS) -> RunDirectory:
    run = RunDirectory(path)
    run.samples(1).parent.mkdir(parents=True, exist_ok=True)
    for epoch in epochs:
        write_samples(run.samples(epoch), ConstantColorizer(epoch / 100, 0), photos)
    return run


@given(
    epochs=st.sets(st.integers(1, 400), min_size=1, max_size=40).map(sorted),
    count=st.integers(2, 8),
)
@settings(deadline=None, max_examples=60)
def test_the_spread_goes_from_the_first_to_the_last_and_takes_what_is_there(
    epochs: list[int], count: int
) -> None:
    chosen = spread(epochs, count)
    assert chosen[0] == epochs[0]
    assert chosen[-1] == epochs[-1]
    assert set(chosen) <= set(epochs)
    assert chosen == sorted(set(chosen))
    assert len(chosen) <= count
    assert len(epochs) > count or chosen == epochs


def test_the_spread_is_even() -> None:
    assert spread(list(range(1, 402)), 5) == [1, 101, 201, 301, 401]
    assert spread([1, *range(5, 101, 5)], 6) == [1, 20, 40, 60, 80, 100]


def test_files_that_are_no_samples_are_ignored(tmp_path: Path) -> None:
    run = run_with_samples(tmp_path, 2, 10)
    folder = run.samples(1).parent
    for name in ("epoch-best.png", "epoch-0003.jpg", "notes.txt"):
        (folder / name).write_text("x")
    (folder / "epoch-0007.png").mkdir()
    assert find_sample_epochs(run) == [2, 10]


def test_each_epoch_is_a_column_between_gray_and_real(tmp_path: Path) -> None:
    samples, remarks = read_samples_by_epoch(run_with_samples(tmp_path, 1, 5, 9))
    assert samples is not None
    assert remarks == []
    assert headings(samples) == ["gray", "epoch 1", "epoch 5", "epoch 9", "real"]
    assert np.array_equal(samples.real, PHOTOS)
    redness = [np.mean(photos[..., 0]) - np.mean(photos[..., 1]) for photos in samples.generated]
    assert redness == sorted(redness)


def test_an_epoch_that_shows_other_photos_is_left_out_and_told(tmp_path: Path) -> None:
    run = run_with_samples(tmp_path, 1, 3)
    run_with_samples(tmp_path, 2, photos=PHOTOS[::-1])
    samples, remarks = read_samples_by_epoch(run)
    assert samples is not None
    assert list(samples.epochs) == [1, 3]
    assert len(remarks) == 1
    assert "epoch-0002.png" in remarks[0]
    assert "other photos" in remarks[0]


def test_a_damaged_grid_is_left_out_and_told(tmp_path: Path) -> None:
    run = run_with_samples(tmp_path, 1, 2)
    run.samples(2).write_bytes(b"")
    samples, remarks = read_samples_by_epoch(run)
    assert samples is not None
    assert list(samples.epochs) == [1]
    assert "epoch-0002.png" in remarks[0]


def test_a_run_without_samples_has_none(tmp_path: Path) -> None:
    assert read_samples_by_epoch(RunDirectory(tmp_path)) == (None, [])


def test_the_sheet_holds_every_photo_pixel_for_pixel(tmp_path: Path) -> None:
    samples, _ = read_samples_by_epoch(run_with_samples(tmp_path, 1, 2))
    assert samples is not None
    write_samples_sheet(tmp_path / "sheet.png", samples)
    sheet = np.asarray(Image.open(tmp_path / "sheet.png"))
    windows = np.lib.stride_tricks.sliding_window_view(sheet, (16, 16), axis=(0, 1))
    for photo in (PHOTOS[0], PHOTOS[3], samples.generated[1][2]):
        found = (windows == photo.transpose(2, 0, 1)).all(axis=(2, 3, 4))
        assert found.sum() == 1
