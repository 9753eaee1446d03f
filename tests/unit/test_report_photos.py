from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from colorize_cli.core.architecture import GeneratorSpec
from colorize_cli.core.errors import NoInputError, NotAnImageError
from colorize_trainers.report.photos import color_photo, list_photos
from photos import make_photo, make_sepia, pixels_of, save_photos
from pictures import SmoothColorizer, as_rgb, gray_picture, lightness, lightness_error

SPEC = GeneratorSpec(output="ab", base_width=2, size=16)


def save(image: Image.Image, path: Path) -> Path:
    image.save(path)
    return path


def test_a_colour_photo_is_taken_gray_first_and_shown_beside_what_it_was(tmp_path: Path) -> None:
    original = make_photo(1, width=61, height=43)
    photo = color_photo(save(original, tmp_path / "a.png"), SPEC, SmoothColorizer())
    real = pixels_of(original)
    assert photo.real is not None
    assert np.array_equal(photo.real, real)
    assert [picture.shape for picture in photo.columns()] == [(43, 61, 3)] * 3
    assert np.ptp(photo.gray, axis=-1).max() == 0
    # Half a gray code is at most 0.6 in L*, near black.
    assert np.abs(lightness(photo.gray) - lightness(real)).max() < 0.6
    assert np.ptp(photo.generated.astype(int), axis=-1).max() > 20
    assert lightness_error(photo.generated, photo.gray[..., 0]) <= 1


def test_what_the_network_sees_does_not_depend_on_the_colours(tmp_path: Path) -> None:
    original = make_photo(2)
    first, second = SmoothColorizer(), SmoothColorizer()
    photo = color_photo(save(original, tmp_path / "a.png"), SPEC, first)
    color_photo(save(Image.fromarray(photo.gray), tmp_path / "b.png"), SPEC, second)
    assert np.array_equal(first.seen[0], second.seen[0])


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_gray_photo_has_nothing_real_to_compare_with(tmp_path: Path, mode: str) -> None:
    codes = gray_picture()
    image = Image.fromarray(codes).convert(mode)
    photo = color_photo(save(image, tmp_path / "gray.png"), SPEC, SmoothColorizer())
    assert photo.real is None
    assert np.array_equal(photo.gray, as_rgb(codes))


def test_a_sepia_print_has_no_real_colours(tmp_path: Path) -> None:
    sepia = make_sepia(make_photo(3))
    photo = color_photo(save(sepia, tmp_path / "sepia.png"), SPEC, SmoothColorizer())
    assert photo.real is None
    assert np.ptp(photo.gray, axis=-1).max() == 0


def test_sixteen_bits_are_shown_with_eight(tmp_path: Path) -> None:
    codes = np.linspace(0, 65535, 40 * 30).reshape(30, 40).astype(np.uint16)
    path = save(Image.fromarray(codes), tmp_path / "deep.png")
    photo = color_photo(path, SPEC, SmoothColorizer())
    assert photo.gray.dtype == np.uint8
    assert np.array_equal(photo.gray[..., 0], np.round(codes / 257).astype(np.uint8))


def test_what_is_no_photo_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("a letter")
    with pytest.raises(NotAnImageError):
        color_photo(tmp_path / "a.jpg", SPEC, SmoothColorizer())
    with pytest.raises(NoInputError, match="cannot be read"):
        color_photo(tmp_path, SPEC, SmoothColorizer())


def test_folders_are_listed_in_natural_order_and_no_file_twice(tmp_path: Path) -> None:
    save_photos(tmp_path / "album", range(9, 12))
    (tmp_path / "album/notes.txt").write_text("x")
    files, errors = list_photos([tmp_path / "album/10.png", tmp_path / "album"])
    assert [file.name for file in files] == ["10.png", "9.png", "11.png"]
    assert errors == []


def test_places_without_photos_are_told_and_the_others_listed(tmp_path: Path) -> None:
    save_photos(tmp_path / "album", range(1))
    (tmp_path / "empty").mkdir()
    files, errors = list_photos([tmp_path / name for name in ("gone.png", "empty", "album")])
    assert [file.name for file in files] == ["0.png"]
    assert [str(error).rpartition(": ")[2] for error in errors] == [
        "no such photo",
        "no photos in this folder",
    ]
