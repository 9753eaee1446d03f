import tracemalloc

import numpy as np
import pytest
from PIL import Image

from colorize_cli.core.own_color import has_own_color
from colorize_cli.core.picture import Picture
from photos import make_photo, make_sepia, pixels_of

SHAPES = [(96, 80), (80, 300), (1200, 40), (3000, 20), (2100, 70)]


def picture_of(photo: Image.Image, bit_depth: int = 8) -> Picture:
    codes = pixels_of(photo)
    return Picture(codes=codes if bit_depth == 8 else codes.astype(np.uint16) * 257)


def duotone(photo: Image.Image) -> Image.Image:
    gray = np.asarray(photo.convert("L"), np.float64)[..., None] / 255
    ends = np.array([[10, 20, 60], [255, 240, 200]])
    return Image.fromarray(np.round(ends[0] + (ends[1] - ends[0]) * gray).astype(np.uint8))


@pytest.mark.parametrize("bit_depth", [8, 16])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_photo_in_colour_has_colour_of_its_own(shape, bit_depth):
    assert has_own_color(picture_of(make_photo(1, *shape), bit_depth))


@pytest.mark.parametrize("bit_depth", [8, 16])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("tone", [make_sepia, duotone, lambda photo: photo.convert("L")])
def test_toned_and_gray_photos_have_none(tone, shape, bit_depth):
    assert not has_own_color(picture_of(tone(make_photo(1, *shape)), bit_depth))


def test_a_gray_picture_is_known_without_looking():
    class Unread(np.ndarray):
        def __getitem__(self, place):
            raise AssertionError("the pixels were read")

    assert not has_own_color(Picture(codes=np.zeros((4, 4), np.uint8).view(Unread)))


def test_colour_at_the_end_of_a_panorama_is_seen():
    codes = pixels_of(make_photo(2, 1600, 100).convert("L")).copy()
    assert not has_own_color(Picture(codes=codes))
    codes[20:70, 1500:1580] = (220, 60, 30)
    assert has_own_color(Picture(codes=codes))


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (3, 2)])
def test_the_smallest_pictures_of_one_colour_have_none(shape):
    assert not has_own_color(Picture(codes=np.full((*shape, 3), (90, 60, 30), np.uint8)))


def test_two_pixels_of_one_brightness_and_two_colours_have_colour():
    # Their luma (ITU-T T.871): 0.299 x 200 = 59.8 and 0.587 x 102 = 59.9.
    codes = np.array([[[200, 0, 0], [0, 102, 0]]], np.uint8)
    assert has_own_color(Picture(codes=codes))


def test_a_large_picture_is_not_copied():
    codes = np.random.default_rng(0).integers(0, 65536, (3000, 4000, 3), dtype=np.uint16)
    tracemalloc.start()
    has_own_color(Picture(codes=codes))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < codes.nbytes
