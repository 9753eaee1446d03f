import io
import stat
from pathlib import Path

import numpy as np
import pytest

from colorize_cli.core.dataset import fingerprint_of
from colorize_cli.core.dataset_writing import (
    OUR_FILES,
    WaitingPictures,
    array_header,
    check_replaceable,
    replacing_folder,
)
from colorize_cli.core.errors import CannotCreateError


def write_ours(folder: Path, text: str = "old") -> Path:
    folder.mkdir()
    for name in OUR_FILES:
        (folder / name).write_text(text)
    return folder


def test_the_folder_appears_when_the_block_succeeds(tmp_path: Path) -> None:
    path = tmp_path / "above" / "data"
    with replacing_folder(path) as temporary:
        (temporary / "dataset.json").write_text("new")
        assert not path.exists()
    assert [entry.name for entry in path.iterdir()] == ["dataset.json"]
    assert [entry.name for entry in path.parent.iterdir()] == ["data"]


def test_the_folder_is_as_open_as_any_new_folder(tmp_path: Path) -> None:
    (tmp_path / "usual").mkdir()
    with replacing_folder(tmp_path / "data"):
        pass
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("usual", "data")}
    assert len(modes) == 1


def test_an_older_dataset_is_replaced_whole(tmp_path: Path) -> None:
    path = write_ours(tmp_path / "data")
    with replacing_folder(path) as temporary:
        (temporary / "dataset.json").write_text("new")
    assert [entry.read_text() for entry in path.iterdir()] == ["new"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["data"]


@pytest.mark.parametrize("failure", [KeyboardInterrupt, ValueError])
def test_a_failure_leaves_the_older_dataset_and_nothing_else(
    tmp_path: Path, failure: type[BaseException]
) -> None:
    def write_and_fail() -> None:
        with replacing_folder(path) as temporary:
            (temporary / "dataset.json").write_text("new")
            raise failure

    path = write_ours(tmp_path / "data")
    with pytest.raises(failure):
        write_and_fail()
    assert {entry.read_text() for entry in path.iterdir()} == {"old"}
    assert [entry.name for entry in tmp_path.iterdir()] == ["data"]


def test_a_failing_rename_puts_the_older_dataset_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_ours(tmp_path / "data")
    rename = Path.replace

    def fail_for_the_new_one(self: Path, target: Path) -> Path:
        if self.suffix == ".tmp":
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", fail_for_the_new_one)
    with pytest.raises(KeyboardInterrupt), replacing_folder(path):
        pass
    assert {entry.read_text() for entry in path.iterdir()} == {"old"}
    assert [entry.name for entry in tmp_path.iterdir()] == ["data"]


def test_only_our_own_folders_are_replaceable(tmp_path: Path) -> None:
    assert check_replaceable(tmp_path / "nowhere") is False
    (tmp_path / "empty").mkdir()
    assert check_replaceable(tmp_path / "empty") is False
    assert check_replaceable(write_ours(tmp_path / "ours")) is True


@pytest.mark.parametrize("name", ["holiday.jpg", ".hidden"])
def test_a_dataset_with_a_foreign_file_in_it_is_refused(tmp_path: Path, name: str) -> None:
    path = write_ours(tmp_path / "ours")
    (path / name).touch()
    with pytest.raises(CannotCreateError, match="not a dataset of ours"):
        check_replaceable(path)


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotCreateError, match="not a folder"):
        check_replaceable(tmp_path / "file")


@pytest.mark.parametrize("count", [0, 1, 1710, 10**9])
@pytest.mark.parametrize("size", [16, 128, 1024])
def test_the_header_of_an_array_is_numpys_own(count: int, size: int) -> None:
    shape = (count, size, size, 3)
    expected = io.BytesIO()
    facts = {"descr": "|u1", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(expected, facts)
    assert array_header(shape) == expected.getvalue()


def test_waiting_pictures_are_packed_in_the_order_asked_for(tmp_path: Path) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (6, 4, 4, 3), dtype=np.uint8)
    with WaitingPictures(tmp_path, 4) as waiting:
        for picture in pictures:
            waiting.append(picture.tobytes())
        fingerprint = waiting.pack(tmp_path, {"train": [3, 4, 5, 0], "test": []})
    train, test = (np.load(tmp_path / f"{side}.npy") for side in ("train", "test"))
    np.testing.assert_array_equal(train, pictures[[3, 4, 5, 0]])
    assert test.shape == (0, 4, 4, 3)
    assert fingerprint == fingerprint_of(train, test)
    assert {entry.name for entry in tmp_path.iterdir()} == {"train.npy", "test.npy"}
