from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from colorize_cli.core.errors import BadConfigError, NoInputError, UsageError
from colorize_cli.core.photo_sets import FolderSet, PreparedSet, Selection, open_photos
from colorize_cli.core.preparation import Settings, prepare, scan
from photos import make_photo, make_sepia, pixels_of, save_photos


def fail(path: Path, reason: str) -> None:
    raise AssertionError(f"{path} was skipped: {reason}")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sets")
    save_photos(folder / "birds" / "finch", range(8))
    save_photos(folder / "birds" / "owl", range(8, 16))
    settings = Settings(size=16, test_share=0.5, seed=0)
    prepare(scan(folder / "birds", folder / "data"), folder / "data", settings=settings)
    return folder / "data"


def labels(photos: object) -> list[str]:
    return [label for label, _ in photos]  # type: ignore[attr-defined]


def test_the_test_side_is_judged_unless_another_is_asked_for(data: Path) -> None:
    test = open_photos(data, Selection(), on_skip=fail)
    train = open_photos(data, Selection(side="train"), on_skip=fail)
    everything = open_photos(data, Selection(side="all"), on_skip=fail)
    assert isinstance(test, PreparedSet)
    assert (len(test), len(train), len(everything)) == (8, 8, 16)
    assert not set(labels(test)) & set(labels(train))
    assert labels(everything) == labels(train) + labels(test)


def test_prepared_photos_come_with_the_names_of_their_originals(data: Path) -> None:
    for label, codes in open_photos(data, Selection(side="all"), on_skip=fail):
        original = Image.open(data.parent / "birds" / label).resize((16, 16))
        # Cropped to the central square first: alike, not equal.
        assert np.corrcoef(codes.ravel(), pixels_of(original).ravel())[0, 1] > 0.8


def test_one_class_is_chosen_by_its_folder(data: Path) -> None:
    finches = open_photos(data, Selection(side="all", only="finch/"), on_skip=fail)
    assert labels(finches) == sorted(labels(finches), key=lambda name: labels(finches).index(name))
    assert {label.split("/")[0] for label in labels(finches)} == {"finch"}
    assert len(finches) == 8
    with pytest.raises(NoInputError, match="no photos to judge in 'fin'"):
        open_photos(data, Selection(side="all", only="fin"), on_skip=fail)


def test_a_limit_draws_photos_by_the_seed(data: Path) -> None:
    def drawn(seed: int) -> list[str]:
        return labels(open_photos(data, Selection(side="all", limit=4, seed=seed), on_skip=fail))

    assert len(drawn(0)) == 4
    assert drawn(0) == drawn(0)
    assert len({tuple(drawn(seed)) for seed in range(5)}) > 1


def test_a_limit_above_the_number_of_photos_takes_all(data: Path) -> None:
    assert len(open_photos(data, Selection(limit=99), on_skip=fail)) == 8


def test_photos_of_a_plain_folder_keep_their_size(tmp_path: Path) -> None:
    save_photos(tmp_path / "a", range(2))
    photos = open_photos(tmp_path, Selection(), on_skip=fail)
    assert isinstance(photos, FolderSet)
    ((label, codes), _) = photos
    assert label == "a/0.png"
    assert (codes == pixels_of(make_photo(0))).all()


def test_what_has_no_colours_to_compare_with_is_skipped_and_told(tmp_path: Path) -> None:
    save_photos(tmp_path, range(1))
    make_photo(1).convert("L").save(tmp_path / "gray.png")
    make_sepia(make_photo(2)).save(tmp_path / "sepia.png")
    make_photo(3, width=10, height=40).save(tmp_path / "narrow.png")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff, but no more")
    told: dict[str, str] = {}
    photos = open_photos(
        tmp_path, Selection(), on_skip=lambda path, reason: told.update({path.name: reason})
    )
    assert labels(photos) == ["0.png"]
    assert told.keys() == {"gray.png", "sepia.png", "narrow.png", "broken.jpg"}
    assert "colour of its own" in told["gray.png"]
    assert "smaller than 11" in told["narrow.png"]


def test_a_plain_folder_has_no_sides(tmp_path: Path) -> None:
    save_photos(tmp_path, range(1))
    with pytest.raises(UsageError, match="no sides"):
        open_photos(tmp_path, Selection(side="train"), on_skip=fail)


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NoInputError, match="no photos to judge"):
        open_photos(tmp_path, Selection(), on_skip=fail)


def test_a_dataset_without_its_list_of_photos_is_damaged(data: Path, tmp_path: Path) -> None:
    for file in data.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "photos.jsonl").unlink()
    with pytest.raises(BadConfigError, match="list of photos is missing"):
        open_photos(tmp_path, Selection(), on_skip=fail)
