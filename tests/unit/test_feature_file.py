from pathlib import Path

import numpy as np
import pytest

from colorize_cli.core.errors import BadConfigError, NoInputError
from colorize_cli.core.feature_file import check_count, read_features

POINTS = np.random.default_rng(0).normal(size=(4, 3))


def save(folder: Path, **arrays: np.ndarray) -> Path:
    np.savez(folder / "f.npz", **arrays)
    return folder / "f.npz"


def test_arrays_are_read_by_the_names_of_makers(tmp_path: Path) -> None:
    path = save(tmp_path, model=POINTS, truth=POINTS + 1, gray=POINTS.astype(np.float32))
    features = read_features(path)
    assert features.keys() == {"model", "truth", "gray"}
    assert (features["truth"] == POINTS + 1).all()
    check_count(features, 4, path)


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"model": POINTS}, "has no array 'truth'"),
        ({"model": POINTS, "truth": POINTS, "mode": POINTS}, "'mode' is none of"),
        ({"model": POINTS[0], "truth": POINTS}, "'model' is float64"),
        ({"model": POINTS.astype(int), "truth": POINTS}, "'model' is int64"),
        ({"model": POINTS * np.nan, "truth": POINTS}, "what is no number"),
        ({"model": np.array([{}], object), "truth": POINTS}, "plain arrays"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    tmp_path: Path, arrays: dict[str, np.ndarray], reason: str
) -> None:
    with pytest.raises(BadConfigError, match=reason):
        read_features(save(tmp_path, **arrays))


def test_other_files_are_refused(tmp_path: Path) -> None:
    for data in (b"", b"PK\x03\x04 but no zip", b"text"):
        (tmp_path / "f.npz").write_bytes(data)
        with pytest.raises(BadConfigError, match="not an npz file"):
            read_features(tmp_path / "f.npz")
    with pytest.raises(NoInputError, match="no such file"):
        read_features(tmp_path / "none.npz")


def test_sets_of_unlike_shape_are_named_with_both_shapes(tmp_path: Path) -> None:
    with pytest.raises(BadConfigError, match=r"'model' is \(3, 3\), but 'truth' is \(4, 3\)"):
        read_features(save(tmp_path, model=POINTS[:3], truth=POINTS))


def test_a_single_array_is_no_set_of_features(tmp_path: Path) -> None:
    np.save(tmp_path / "f.npy", POINTS)
    with pytest.raises(BadConfigError, match="not an npz file"):
        read_features(tmp_path / "f.npy")


def test_features_of_other_photos_are_refused(tmp_path: Path) -> None:
    path = save(tmp_path, model=POINTS, truth=POINTS)
    with pytest.raises(BadConfigError, match="features of 4 photos; 5 are judged"):
        check_count(read_features(path), 5, path)
