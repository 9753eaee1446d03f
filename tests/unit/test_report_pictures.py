import base64
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from colorize_trainers.report.pictures import (
    SheetRow,
    data_uri,
    within,
    write_sheet,
    write_side_by_side,
)

NOISE = np.random.default_rng(5).integers(0, 256, (790, 128, 3), dtype=np.uint8)


def decoded(uri: str) -> np.ndarray:
    head, _, body = uri.partition(",")
    assert head == "data:image/jpeg;base64"
    with Image.open(BytesIO(base64.b64decode(body))) as image:
        return np.asarray(image)


@pytest.mark.parametrize("picture", [NOISE, NOISE[:1, :1], np.zeros_like(NOISE)])
def test_any_picture_can_be_embedded(picture: np.ndarray) -> None:
    assert decoded(data_uri(picture)).shape == picture.shape


def test_an_embedded_picture_keeps_its_chroma_at_full_size() -> None:
    stripes = np.zeros((32, 32, 3), np.uint8)
    stripes[:, ::2], stripes[:, 1::2] = (200, 60, 60), (60, 60, 200)
    difference = np.abs(decoded(data_uri(stripes)).astype(int) - stripes).mean()
    assert difference < 6


def test_large_pictures_are_reduced_in_shape_and_small_ones_left_alone() -> None:
    assert within(NOISE, 79).shape == (79, 13, 3)
    assert np.array_equal(within(NOISE, 790), NOISE)


def test_pictures_stand_side_by_side_at_their_own_size(tmp_path: Path) -> None:
    first, second = NOISE[:20, :30], NOISE[20:40, :10]
    write_side_by_side(tmp_path / "pair.png", [first, second])
    with Image.open(tmp_path / "pair.png") as image:
        pair = np.asarray(image)
    assert np.array_equal(pair[:, :30], first)
    assert np.array_equal(pair[:, -10:], second)
    assert (pair[:, 30:-10] == 255).all()


def test_a_heading_without_pictures_is_left_out(tmp_path: Path) -> None:
    sizes = []
    for headings in (["gray"], ["gray", "real"]):
        rows = [SheetRow(label=["a"], pictures=[NOISE[:50, :50]])]
        write_sheet(tmp_path / "sheet.png", headings, rows)
        with Image.open(tmp_path / "sheet.png") as image:
            sizes.append(image.size)
    assert sizes[0] == sizes[1]


def test_a_sheet_takes_rows_of_different_sizes_and_lengths(tmp_path: Path) -> None:
    rows = [
        SheetRow(label=["one", "\u9e1f"], pictures=[NOISE[:20, :30], NOISE[:20, :30]]),
        SheetRow(label=[""], pictures=[NOISE[20:90, :50]]),
    ]
    write_sheet(tmp_path / "sheet.png", ["gray", "real"], rows)
    with Image.open(tmp_path / "sheet.png") as image:
        sheet = np.asarray(image)
    windows = np.lib.stride_tricks.sliding_window_view(sheet, (70, 50), axis=(0, 1))
    found = (windows == rows[1].pictures[0].transpose(2, 0, 1)).all(axis=(2, 3, 4))
    assert found.sum() == 1
