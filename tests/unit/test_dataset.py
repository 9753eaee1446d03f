import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from colorize_cli.core.dataset import fingerprint_of, open_dataset
from colorize_cli.core.errors import BadConfigError, NoInputError

FACTS: dict[str, Any] = {
    "kind": "dataset",
    "format_version": 1,
    "size": 16,
    "seed": 7,
    "fingerprint": "abc",
    "classes": [{"class": "auk"}, {"class": "gull/herring"}],
    "sides": {"train": 3, "test": 1},
}


def write_dataset(folder: Path, **changes: Any) -> Path:
    (folder / "dataset.json").write_text(json.dumps(FACTS | changes))
    codes = np.arange(4 * 16 * 16 * 3, dtype=np.int64).astype(np.uint8).reshape(4, 16, 16, 3)
    np.save(folder / "train.npy", codes[:3])
    np.save(folder / "test.npy", codes[3:])
    return folder


def test_a_dataset_opens_with_what_was_written(tmp_path: Path) -> None:
    dataset = open_dataset(write_dataset(tmp_path))
    assert dataset.train.shape == (3, 16, 16, 3)
    assert dataset.test[0, 0, 0].tolist() == [3 * 768 % 256, 3 * 768 % 256 + 1, 3 * 768 % 256 + 2]
    assert (dataset.size, dataset.seed, dataset.fingerprint) == (16, 7, "abc")
    assert dataset.classes == ("auk", "gull/herring")


def test_arrays_are_mapped_and_cannot_be_written(tmp_path: Path) -> None:
    dataset = open_dataset(write_dataset(tmp_path))
    assert isinstance(dataset.train, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        dataset.train[0] = 0


def test_no_dataset_is_a_missing_input_that_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(NoInputError, match="run colorize prep first"):
        open_dataset(tmp_path)
    with pytest.raises(NoInputError, match="run colorize prep first"):
        open_dataset(tmp_path / "nowhere")


@pytest.mark.parametrize("text", ["{", "[]", '{"kind": "model"}', "\udcff"])
def test_a_description_of_something_else_is_refused(tmp_path: Path, text: str) -> None:
    file = write_dataset(tmp_path) / "dataset.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(BadConfigError):
        open_dataset(tmp_path)


def test_an_unknown_format_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadConfigError, match="dataset format 2 is not known"):
        open_dataset(write_dataset(tmp_path, format_version=2))


@pytest.mark.parametrize("name", ["size", "seed", "fingerprint", "classes", "sides"])
def test_a_description_with_a_gap_is_refused(tmp_path: Path, name: str) -> None:
    write_dataset(tmp_path)
    facts = {key: value for key, value in FACTS.items() if key != name}
    (tmp_path / "dataset.json").write_text(json.dumps(facts))
    with pytest.raises(BadConfigError, match="damaged"):
        open_dataset(tmp_path)


@pytest.mark.parametrize("length", [0, 50, 200, 1500])
def test_a_truncated_array_is_refused(tmp_path: Path, length: int) -> None:
    file = write_dataset(tmp_path) / "train.npy"
    file.write_bytes(file.read_bytes()[:length])
    with pytest.raises(BadConfigError, match=r"train\.npy.*truncated"):
        open_dataset(tmp_path)


@pytest.mark.parametrize(
    "array",
    [np.zeros((2, 16, 16, 3), np.uint8), np.zeros((3, 16, 16, 3), np.float32)],
    ids=["a photo too few", "floats"],
)
def test_an_array_that_does_not_fit_its_description_is_refused(tmp_path: Path, array: Any) -> None:
    np.save(write_dataset(tmp_path) / "train.npy", array)
    with pytest.raises(BadConfigError, match=r"not uint8 \(3, 16, 16, 3\)"):
        open_dataset(tmp_path)


def test_the_fingerprint_is_the_sha256_of_shapes_and_bytes() -> None:
    train, test = (
        np.arange(12, dtype=np.uint8).reshape(1, 2, 2, 3),
        np.zeros((0, 2, 2, 3), np.uint8),
    )
    text = b"(1, 2, 2, 3)" + bytes(range(12)) + b"(0, 2, 2, 3)"
    assert fingerprint_of(train, test) == hashlib.sha256(text).hexdigest()
