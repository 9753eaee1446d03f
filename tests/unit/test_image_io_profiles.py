from io import BytesIO

import numpy as np
from PIL import ExifTags, Image, ImageCms

from colorize_cli.core.image_io import decode
from pictures import as_rgb, encoded, gray_picture, gray_profile, saved

GRAY = gray_picture()
COLOR = np.random.default_rng(0).integers(0, 256, (24, 32, 3)).astype(np.uint8)


def test_orientation_goes_from_xmp_too():
    xmp = b'<x tiff:Orientation="6" other="1"/>'
    assert decode(encoded(COLOR, "JPEG", xmp=xmp)).metadata.xmp == b'<x  other="1"/>'


def test_an_srgb_profile_changes_nothing():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    np.testing.assert_array_equal(decode(encoded(COLOR, icc_profile=profile)).codes, COLOR)
    gray = decode(encoded(GRAY, icc_profile=profile))
    np.testing.assert_array_equal(gray.codes, GRAY)
    assert gray.warnings == ()


def test_gray_near_srgb_keeps_its_codes_and_gets_a_profile_for_them():
    picture = decode(encoded(GRAY, icc_profile=gray_profile(2.2)))
    np.testing.assert_array_equal(picture.codes, GRAY)
    assert picture.profile is not None
    # In colour and with its new profile, a gray looks as it did with its own.
    gray, color = (np.arange(256, dtype=np.uint8).reshape(16, 16) for _ in range(2))
    as_gray = shown(Image.fromarray(gray), gray_profile(2.2))
    as_color = shown(Image.fromarray(as_rgb(color)), picture.profile)
    assert np.abs(as_gray.astype(int) - as_color).max() <= 1


def test_gray_far_from_srgb_is_converted():
    picture = decode(encoded(GRAY, icc_profile=gray_profile(1.0)))
    light = GRAY[GRAY > 20] / 255
    expected = 255 * (1.055 * light ** (1 / 2.4) - 0.055)
    np.testing.assert_allclose(picture.codes[GRAY > 20], expected, atol=2)
    assert picture.profile is None


def test_16_bit_gray_keeps_its_steps_through_a_conversion():
    deep = np.arange(20000, 20512, dtype=np.uint16).reshape(16, 32)
    picture = decode(encoded(deep, icc_profile=gray_profile(1.0)))
    assert picture.bit_depth == 16
    assert len(np.unique(picture.codes)) > 300


def shown(image: Image.Image, profile: bytes) -> np.ndarray:
    source = ImageCms.ImageCmsProfile(BytesIO(profile))
    target = ImageCms.createProfile("sRGB")
    return np.asarray(ImageCms.profileToProfile(image, source, target, 1, outputMode="RGB"))


def test_a_lab_tiff_is_converted():
    lab = np.full((4, 4, 3), 0, np.uint8)
    lab[...] = (round(53.585 * 2.55), 0, 0)  # L* of gray 128 (scikit-image), no chroma
    picture = decode(saved(Image.fromarray(lab, "LAB"), "TIFF"))
    assert np.abs(picture.srgb8().astype(int) - 128).max() <= 2


def test_a_broken_profile_is_left_out_with_a_warning():
    picture = decode(encoded(GRAY, icc_profile=b"nonsense" * 20))
    np.testing.assert_array_equal(picture.codes, GRAY)
    assert "ICC" in picture.warnings[0]


def test_cmyk_without_a_profile_is_said():
    picture = decode(saved(Image.fromarray(COLOR).convert("CMYK"), "JPEG"))
    assert "CMYK" in picture.warnings[0]


def test_dpi_and_camera_are_kept_and_the_thumbnail_is_not():
    exif = Image.Exif()
    exif[ExifTags.Base.Model] = "Kodak Brownie"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ISOSpeedRatings] = 100
    picture = decode(encoded(COLOR, "JPEG", exif=exif, dpi=(300, 300)))
    kept = Image.Exif()
    kept.load(picture.metadata.exif or b"")
    assert kept[ExifTags.Base.Model] == "Kodak Brownie"
    assert kept.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ISOSpeedRatings] == 100
    assert kept.get_ifd(ExifTags.IFD.IFD1) == {}
    assert picture.metadata.dpi == (300, 300)


def test_a_profile_of_megabytes_in_png_is_read():
    large = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + bytes(2**21)
    picture = decode(encoded(COLOR, icc_profile=large))
    np.testing.assert_array_equal(picture.codes, COLOR)
