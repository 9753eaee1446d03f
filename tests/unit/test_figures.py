from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from colorize_cli.core.errors import BadConfigError, NotAnImageError
from colorize_trainers.figures import read_samples, sample_photos, write_samples
from pictures import ConstantColorizer

PHOTOS = np.random.default_rng(1).integers(0, 256, (5, 16, 16, 3), dtype=np.uint8)


def test_samples_are_read_as_they_were_written(tmp_path: Path) -> None:
    write_samples(tmp_path / "grid.png", ConstantColorizer(0.2, -0.1), PHOTOS)
    samples = read_samples(tmp_path / "grid.png")
    assert np.array_equal(samples.real, PHOTOS)
    assert samples.gray.shape == samples.generated.shape == PHOTOS.shape
    assert np.ptp(samples.gray.astype(int), axis=-1).max() <= 1
    # a of 22 and b of -11: more red than green everywhere but at the ends of the range.
    middle = (samples.gray[..., 0] > 60) & (samples.gray[..., 0] < 190)
    red, green = (samples.generated[..., channel].astype(int)[middle] for channel in (0, 1))
    assert (red > green).all()


def test_a_single_sample_is_read(tmp_path: Path) -> None:
    write_samples(tmp_path / "grid.png", ConstantColorizer(0, 0), PHOTOS[:1])
    assert read_samples(tmp_path / "grid.png").real.shape == (1, 16, 16, 3)


@pytest.mark.parametrize("size", [(50, 48), (56, 17), (3, 3)])
def test_a_picture_that_is_no_grid_is_refused(tmp_path: Path, size: tuple[int, int]) -> None:
    Image.new("RGB", size).save(tmp_path / "other.png")
    with pytest.raises(BadConfigError, match="not a grid of samples"):
        read_samples(tmp_path / "other.png")


def test_a_damaged_grid_is_refused(tmp_path: Path) -> None:
    (tmp_path / "grid.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(NotAnImageError):
        read_samples(tmp_path / "grid.png")


def test_sample_photos_are_spread_over_the_set_from_first_to_last() -> None:
    photos = np.arange(101, dtype=np.uint8)[:, None, None, None]
    assert sample_photos(photos).ravel().tolist() == [0, 20, 40, 60, 80, 100]
    assert sample_photos(photos[:3]).ravel().tolist() == [0, 1, 2]
