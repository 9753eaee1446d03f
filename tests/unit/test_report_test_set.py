from pathlib import Path

import numpy as np
import pytest
from skimage.color import rgb2lab

from colorize_cli.core.batches import pairs
from colorize_cli.core.dataset import Dataset, open_dataset
from colorize_cli.core.errors import BadConfigError, NoInputError
from colorize_trainers.report.run import RunRecord
from colorize_trainers.report.test_set import (
    choice_in_words,
    columns,
    headings,
    open_test_set,
    show_test_set,
)
from colorize_trainers.run_directory import RunDirectory
from packed_data import pack_photos
from pictures import ConstantColorizer

GRAY = ConstantColorizer(0, 0)


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return open_dataset(pack_photos(tmp_path / "data", train=2, test=40))


def knowing(photos: np.ndarray, *, but: int):  # type: ignore[no-untyped-def]
    """Make a generator that knows the colours of all photos but one."""
    batch = pairs(photos, output="ab")
    colors = {gray.tobytes(): color for gray, color in zip(batch.gray, batch.color, strict=True)}
    colors[batch.gray[but].tobytes()] = -batch.color[but]
    return lambda grays: np.stack([colors[gray.tobytes()] for gray in grays])


def run_on(data: Path, fingerprint: str) -> RunRecord:
    settings = {"data": str(data), "fingerprint": fingerprint}
    return RunRecord(directory=RunDirectory(data), name="run", settings=settings)


def test_errors_of_gray_are_the_chroma_of_the_photos(dataset: Dataset) -> None:
    pictures = show_test_set(GRAY, dataset, count=6, seed=0)
    lab = rgb2lab(np.asarray(dataset.test))
    chroma = np.hypot(lab[..., 1], lab[..., 2]).mean(axis=(1, 2))
    assert pictures.gray_errors == pytest.approx(chroma, abs=0.02)
    assert pictures.errors == pytest.approx(pictures.gray_errors)
    assert pictures.gray.ab_error == pytest.approx(chroma.mean(), abs=0.02)


def test_a_generator_that_knows_all_but_one_photo_has_that_for_its_worst(dataset: Dataset) -> None:
    pictures = show_test_set(knowing(dataset.test, but=17), dataset, count=6, seed=0)
    worst = [photo for photo in pictures.photos if "worst" in photo.why]
    assert [photo.index for photo in worst] == [17]
    assert worst[0].error == pytest.approx(2 * worst[0].gray_error, rel=1e-3)
    others = np.delete(pictures.errors, 17)
    assert others == pytest.approx(np.zeros(39), abs=0.01)
    best = [photo for photo in pictures.photos if "best" in photo.why]
    assert [photo.index for photo in best] == [int(pictures.errors.argmin())]


def test_the_draw_follows_from_the_seed_and_not_from_the_results(dataset: Dataset) -> None:
    def drawn(generate, seed: int) -> list[int]:  # type: ignore[no-untyped-def]
        pictures = show_test_set(generate, dataset, count=6, seed=seed)
        return [photo.index for photo in pictures.photos if "drawn" in photo.why]

    assert drawn(GRAY, 0) == drawn(knowing(dataset.test, but=3), 0)
    assert len(set(drawn(GRAY, 0))) == 6
    assert drawn(GRAY, 0) != drawn(GRAY, 1)


def test_it_is_said_how_the_photos_were_chosen(dataset: Dataset) -> None:
    some = choice_in_words(show_test_set(GRAY, dataset, count=6, seed=4))
    assert "6 of the 40 test photos, drawn at random by seed 4" in some
    assert "the best and the worst" in some
    assert choice_in_words(show_test_set(GRAY, dataset, count=99, seed=4)) == "All 40 test photos."


def test_a_photo_is_shown_gray_generated_and_real(dataset: Dataset) -> None:
    pictures = show_test_set(ConstantColorizer(0.3, 0), dataset, count=6, seed=0)
    assert headings(pictures) == ["gray", "generated", "real"]
    gray, generated, real = columns(pictures.photos[0])
    assert np.array_equal(real, dataset.test[pictures.photos[0].index])
    assert np.ptp(gray.astype(int), axis=-1).max() <= 1
    assert generated[..., 0].astype(int).sum() > generated[..., 1].astype(int).sum()


def test_a_network_that_draws_rgb_is_shown_as_it_draws_too(dataset: Dataset) -> None:
    pictures = show_test_set(ConstantColorizer(1, 0, -1), dataset, count=6, seed=0)
    assert headings(pictures) == ["gray", "raw RGB", "generated", "real"]
    network = columns(pictures.photos[0])[1]
    assert (network == (255, 128, 0)).all()


def test_other_photos_than_the_runs_own_are_refused(dataset: Dataset) -> None:
    assert len(open_test_set(run_on(dataset.path, dataset.fingerprint), None).test) == 40
    with pytest.raises(BadConfigError, match="other photos than the run was trained on"):
        open_test_set(run_on(dataset.path, "0" * 64), None)


def test_data_that_was_moved_is_found_where_it_is_said_to_be(
    dataset: Dataset, tmp_path: Path
) -> None:
    run = run_on(tmp_path / "gone", dataset.fingerprint)
    with pytest.raises(NoInputError, match="no dataset here"):
        open_test_set(run, None)
    assert open_test_set(run, dataset.path).path == dataset.path


def test_files_are_named_where_the_dataset_lists_them(dataset: Dataset) -> None:
    lines = '{"side": "test", "index": 5, "path": "owl/5.jpg"}\n{"side": "train", "index": 6}\n'
    (dataset.path / "photos.jsonl").write_text(lines)
    named = show_test_set(GRAY, dataset, count=40, seed=0).photos
    assert [photo.name for photo in named if photo.name] == ["owl/5.jpg"]
    assert named[5].name == "owl/5.jpg"
