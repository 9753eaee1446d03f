import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from color_profiles_by_hand import named_profile
from colorize_cli.core.image_io import decode
from colorize_cli.core.photo_checks import check_photo
from colorize_cli.core.photo_hashes import central_square
from colorize_cli.core.photo_measures import difference_hash
from photos import as_jpeg, make_photo, make_sepia, pixels_of


def save(path: Path, photo: Image.Image, **options: Any) -> Path:
    photo.save(path, **options)
    return path


def small_of(path: Path, size: int) -> np.ndarray:
    small = check_photo(path, size).small
    assert small is not None
    return np.frombuffer(small, np.uint8).reshape(size, size, 3)


def test_the_small_picture_is_the_area_average_of_the_central_square(tmp_path: Path) -> None:
    photo = make_photo(1, width=70, height=64)
    small = small_of(save(tmp_path / "1.png", photo), 16)
    square = pixels_of(photo)[:, 3:67].astype(np.float64)
    expected = square.reshape(16, 4, 16, 4, 3).mean(axis=(1, 3))
    assert np.abs(small - expected).max() <= 1


@pytest.mark.parametrize(
    ("size", "square"),
    [((5, 3), (1, 0, 4, 3)), ((3, 6), (0, 1, 3, 4)), ((4, 4), (0, 0, 4, 4))],
)
def test_the_square_is_central(size: tuple[int, int], square: tuple[int, ...]) -> None:
    assert central_square(*size) == square


def test_orientation_is_applied(tmp_path: Path) -> None:
    photo = make_photo(2, width=64, height=64)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn clockwise by a quarter
    turned = small_of(save(tmp_path / "turned.png", photo, exif=exif), 64)
    upright = small_of(save(tmp_path / "upright.png", photo), 64)
    np.testing.assert_array_equal(turned, np.rot90(upright, -1))


def test_a_photo_below_the_size_is_too_small(tmp_path: Path) -> None:
    file = save(tmp_path / "1.png", make_photo(1, width=100, height=63))
    checked = check_photo(file, 64)
    assert (checked.reason, checked.small) == ("too small", None)
    assert "100 x 63" in checked.detail
    assert check_photo(file, 32).reason is None


def gray_with_noise(photo: Image.Image) -> Image.Image:
    noise = np.random.default_rng(0).normal(0, 4, pixels_of(photo).shape)
    noisy = pixels_of(photo.convert("L")) + noise
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


@pytest.mark.parametrize(
    "without_color",
    [
        lambda photo: photo.convert("L"),
        lambda photo: photo.convert("L").convert("RGB"),
        gray_with_noise,
        make_sepia,
        lambda photo: Image.new("RGB", photo.size, (200, 40, 40)),
    ],
    ids=["gray", "gray as RGB", "gray with noise", "sepia", "one flat colour"],
)
def test_a_photo_without_colours_of_its_own_is_gray(tmp_path: Path, without_color: object) -> None:
    assert callable(without_color)
    (tmp_path / "1.jpg").write_bytes(as_jpeg(without_color(make_photo(3, 256, 256))))
    assert check_photo(tmp_path / "1.jpg", 64).reason == "gray"


def test_a_small_colourful_thing_before_gray_is_colour(tmp_path: Path) -> None:
    codes = pixels_of(make_photo(4, 256, 256).convert("L")).copy()
    codes[100:124, 100:124] = (220, 60, 30)
    (tmp_path / "1.jpg").write_bytes(as_jpeg(Image.fromarray(codes)))
    assert check_photo(tmp_path / "1.jpg", 64).reason is None


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"", "empty"),
        (b"just a text", "not a JPEG, PNG, WebP, TIFF or AVIF"),
        (as_jpeg(make_photo(1))[:700], "truncated"),
    ],
)
def test_what_cannot_be_decoded_is_unreadable(tmp_path: Path, content: bytes, detail: str) -> None:
    (tmp_path / "1.jpg").write_bytes(content)
    checked = check_photo(tmp_path / "1.jpg", 64)
    assert checked.reason == "unreadable"
    assert detail in checked.detail


def test_a_missing_file_and_a_folder_are_unreadable(tmp_path: Path) -> None:
    assert check_photo(tmp_path / "nowhere.jpg", 64).detail == "no such file or directory"
    assert check_photo(tmp_path, 64).reason == "unreadable"


def test_the_pixel_hash_is_of_pixels_not_of_files(tmp_path: Path) -> None:
    files = [save(tmp_path / f"1.{suffix}", make_photo(1)) for suffix in ("png", "tiff")]
    files.append(save(tmp_path / "2.png", make_photo(2)))
    one, same, other = (check_photo(file, 16).hashes for file in files)
    assert one == same
    assert one != other


def test_the_difference_hash_tells_where_brightness_rises() -> None:
    ramp = np.linspace(0, 255, 64).astype(np.uint8)
    rising = Image.fromarray(np.broadcast_to(ramp[None, :, None], (64, 64, 3)).copy())
    halves = pixels_of(rising).copy()
    halves[32:] = halves[32:, ::-1]
    assert difference_hash(rising, 8) == b"\xff" * 8
    assert difference_hash(Image.fromarray(halves), 16) == b"\xff" * 16 + b"\0" * 16


def turned(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


@pytest.mark.parametrize("form", ["jpeg", "webp", "png"])
@pytest.mark.parametrize(
    "options",
    [{}, {"exif": turned(6)}, {"icc_profile": named_profile("Adobe RGB")}],
    ids=["as it is", "turned", "in Adobe RGB"],
)
def test_hash_and_small_picture_are_of_the_upright_pixels_in_srgb(
    tmp_path: Path, form: str, options: dict[str, bytes]
) -> None:
    # Wider than high, and of more pixels than are hashed at a time.
    file = save(tmp_path / f"1.{form}", make_photo(5, width=420, height=300), **options)
    pixels = decode(file.read_bytes()).srgb8()
    expected = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()
    checked = check_photo(file, 32)
    box = central_square(pixels.shape[1], pixels.shape[0])
    small = Image.fromarray(pixels).resize((32, 32), Image.Resampling.BOX, box=box)
    assert checked.hashes is not None
    assert checked.hashes.pixels == expected
    assert checked.small == small.tobytes()


@pytest.mark.parametrize("form", ["jpeg", "png"])
def test_gray_saved_in_colour_is_told_from_a_tint(tmp_path: Path, form: str) -> None:
    photo = make_photo(6, 128, 128)
    gray = save(tmp_path / f"gray.{form}", photo.convert("L").convert("RGB"))
    sepia = save(tmp_path / f"sepia.{form}", make_sepia(photo))
    assert check_photo(gray, 64).detail == "every pixel is gray"
    assert "one tint" in check_photo(sepia, 64).detail
