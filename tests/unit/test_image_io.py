import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageCms

from colorize_cli.core.errors import ExitStatus, NotAnImageError
from colorize_cli.core.image_io import decode
from pictures import as_rgb, encoded, gray_picture, gray_profile, saved

GRAY = gray_picture()
COLOR = np.random.default_rng(0).integers(0, 256, (24, 32, 3)).astype(np.uint8)
DEEP_COLOR = np.random.default_rng(1).integers(0, 65536, (9, 11, 3)).astype(np.uint16)


def deep_png(codes: np.ndarray) -> bytes:
    """Return 16-bit PNG without any filter, the least that the specification asks for."""
    kind = 0 if codes.ndim == 2 else {2: 4, 3: 2, 4: 6}[codes.shape[2]]
    height, width = codes.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in codes)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


def reason(data: bytes) -> str:
    with pytest.raises(NotAnImageError) as caught:
        decode(data, path="it")
    assert caught.value.status == ExitStatus.NOT_AN_IMAGE
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF", "PPM"])
def test_gray_files_give_their_codes(form):
    picture = decode(encoded(GRAY, form))
    np.testing.assert_array_equal(picture.codes, GRAY)
    assert (picture.size, picture.bit_depth, picture.is_gray) == ((32, 24), 8, True)


def test_gray_saved_as_rgb_is_gray_again():
    picture = decode(encoded(as_rgb(GRAY)))
    assert picture.is_gray
    np.testing.assert_array_equal(picture.codes, GRAY)


def test_srgb8_has_three_channels_whatever_the_file_has():
    np.testing.assert_array_equal(decode(encoded(GRAY)).srgb8(), as_rgb(GRAY))
    np.testing.assert_array_equal(decode(encoded(COLOR)).srgb8(), COLOR)
    deep = GRAY.astype(np.uint16) * 257
    np.testing.assert_array_equal(decode(deep_png(deep)).srgb8(), as_rgb(GRAY))


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16", "I", "F", "La", "PA"]
)
def test_every_mode_of_pillow_is_decoded(mode):
    image = Image.fromarray(GRAY)
    if mode == "F":
        image = Image.fromarray(GRAY.astype(np.float32) / 255)
    elif mode in {"La", "PA"}:
        image = image.convert("LA") if mode == "La" else image.convert("RGBA")
    else:
        image = image.convert(mode)
    assert decode(saved(image, "TIFF")).size == (32, 24)


@pytest.mark.parametrize("order", ["<u2", ">u2"])
def test_16_bit_gray_keeps_all_its_bits(order):
    deep = np.random.default_rng(0).integers(0, 65536, (8, 9)).astype(np.uint16)
    mode = "I;16" if order == "<u2" else "I;16B"
    image = Image.frombytes(mode, (9, 8), deep.astype(order).tobytes())
    for form in ("PNG", "TIFF"):
        picture = decode(saved(image, form))
        np.testing.assert_array_equal(picture.codes, deep)
        assert picture.bit_depth == 16


def test_16_bit_colour_keeps_all_its_bits():
    np.testing.assert_array_equal(decode(deep_png(DEEP_COLOR)).codes, DEEP_COLOR)


@pytest.mark.parametrize("channels", [2, 4])
def test_16_bit_alpha_keeps_all_its_bits(channels):
    codes = np.random.default_rng(2).integers(0, 65536, (7, 5, channels)).astype(np.uint16)
    picture = decode(deep_png(codes))
    np.testing.assert_array_equal(np.squeeze(codes[..., :-1]), picture.codes)
    np.testing.assert_array_equal(picture.alpha, codes[..., -1])


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_16_bit_tiff_of_colour_keeps_all_its_bits(order, compression):
    buffer = BytesIO()
    options = {"photometric": "rgb", "compression": compression, "rowsperstrip": 4}
    tifffile.imwrite(buffer, DEEP_COLOR, byteorder=order, **options)
    np.testing.assert_array_equal(decode(buffer.getvalue()).codes, DEEP_COLOR)


def test_a_tiff_layout_that_would_be_misread_is_refused():
    buffer = BytesIO()
    planes = DEEP_COLOR.transpose(2, 0, 1)
    tifffile.imwrite(buffer, planes, photometric="rgb", planarconfig="separate")
    assert "cannot be read faithfully" in reason(buffer.getvalue())


def test_transparency_of_a_palette_becomes_alpha():
    image = Image.fromarray(GRAY).convert("P")
    picture = decode(saved(image, transparency=int(np.asarray(image)[0, 0])))
    assert picture.alpha is not None
    assert picture.alpha[0, 0] == 0
    assert picture.alpha.max() == 255


def test_transparency_of_a_gray_value_becomes_alpha():
    picture = decode(encoded(GRAY, transparency=40))
    np.testing.assert_array_equal(picture.alpha, np.where(GRAY == 40, 0, 255))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_and_reset(orientation):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    # CIPA DC-008: where the stored row 0 and column 0 are in the visual image.
    stored = np.arange(6, dtype=np.uint8).reshape(2, 3)
    expected = {
        1: stored,
        2: [[2, 1, 0], [5, 4, 3]],
        3: [[5, 4, 3], [2, 1, 0]],
        4: [[3, 4, 5], [0, 1, 2]],
        5: [[0, 3], [1, 4], [2, 5]],
        6: [[3, 0], [4, 1], [5, 2]],
        7: [[5, 2], [4, 1], [3, 0]],
        8: [[2, 5], [1, 4], [0, 3]],
    }[orientation]
    for form in ("PNG", "TIFF"):
        picture = decode(encoded(stored, form, exif=exif))
        np.testing.assert_array_equal(picture.codes, expected)
        kept = Image.Exif()
        kept.load(picture.metadata.exif or b"")
        assert kept.get(ExifTags.Base.Orientation, 1) == 1


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


def test_an_empty_file_is_said_to_be_empty():
    assert reason(b"") == "'it': empty file"


def test_text_is_no_image():
    assert "not an image" in reason(b"Dear reader,\nthis is a letter.\n" * 50)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF"])
def test_half_a_file_is_said_to_be_truncated_or_damaged(form):
    data = encoded(np.random.default_rng(0).integers(0, 256, (80, 80)).astype(np.uint8), form)
    assert "image" in reason(data[: len(data) // 2])
    if form != "TIFF":
        assert "truncated" in reason(data[: len(data) // 2])


def test_a_decompression_bomb_is_refused_with_its_size():
    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 0, 0, 0, 0)
    chunk = (
        struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    )
    idat = struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    assert "claims 3,600 megapixels; --max-pixels 3600 allows it" in reason(
        b"\x89PNG\r\n\x1a\n" + chunk + idat
    )


def test_several_frames_are_refused_with_their_number():
    frames = [Image.fromarray(GRAY), Image.fromarray(255 - GRAY)]
    data = saved(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    assert "TIFF file of 2 frames" in reason(data)


def test_the_limit_of_pixels_is_the_callers_whatever_others_allow(monkeypatch):
    # What is raised here is put back for other tests.
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)
    data = encoded(np.zeros((1000, 1000), np.uint8))
    with pytest.raises(NotAnImageError, match="claims 1 megapixels; --max-pixels 1 allows it"):
        decode(data, max_pixels=999_999)
    assert decode(data, max_pixels=10**10).size == (1000, 1000)
    with pytest.raises(NotAnImageError, match="claims 1 megapixels"):
        decode(data, max_pixels=999_999)


def test_a_limit_above_that_of_pillow_is_let_through_by_pillow(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    data = encoded(np.zeros((100, 100), np.uint8))
    assert decode(data, max_pixels=10_000).size == (100, 100)
    # Other threads may still be reading what is larger.
    decode(encoded(GRAY), max_pixels=2000)
    assert Image.MAX_IMAGE_PIXELS == 5000


def test_integers_beyond_16_bits_are_refused():
    assert "white is unknown" in reason(encoded(np.full((4, 4), 70000, np.int32), "TIFF"))


@pytest.mark.parametrize("value", [2.0, -0.5, np.nan])
def test_floats_outside_0_to_1_are_refused(value):
    assert "white is unknown" in reason(encoded(np.full((4, 4), value, np.float32), "TIFF"))


def test_white_is_zero_tiff_of_16_bits_is_inverted():
    image = Image.fromarray(np.array([[0, 65535]], np.uint16))
    data = bytearray(saved(image, "TIFF"))
    entry = data.index(struct.pack("<HHI", 262, 3, 1))
    data[entry + 8] = 0
    np.testing.assert_array_equal(decode(bytes(data)).codes, [[65535, 0]])


def test_signed_samples_are_refused():
    buffer = BytesIO()
    tifffile.imwrite(buffer, GRAY.astype(np.int8))
    assert "black is unknown" in reason(buffer.getvalue())


@pytest.mark.parametrize("order", ["<", ">"])
def test_16_bit_tiff_keeps_alpha_and_undoes_its_multiplication(order):
    alpha = np.array([[0, 100, 30000, 65535]], np.uint16)
    codes = np.full((1, 4, 3), 40000, np.uint16)
    share = alpha[..., None] / 65535
    for kind, stored in (("unassalpha", codes), ("assocalpha", np.rint(codes * share))):
        buffer = BytesIO()
        quads = np.dstack([stored.astype(np.uint16), alpha])
        tifffile.imwrite(buffer, quads, photometric="rgb", extrasamples=[kind], byteorder=order)
        picture = decode(buffer.getvalue())
        np.testing.assert_array_equal(picture.alpha, alpha)
        found = picture.codes[..., None] if picture.is_gray else picture.codes
        # A premultiplied sample is known to within half a code over alpha.
        assert np.abs(found[0, 2:].astype(int) - 40000).max() <= 2


def test_a_fourth_sample_that_is_no_alpha_is_left_out():
    buffer = BytesIO()
    quads = np.dstack([DEEP_COLOR, DEEP_COLOR[..., 0]])
    tifffile.imwrite(buffer, quads, photometric="rgb", extrasamples=["unspecified"])
    picture = decode(buffer.getvalue())
    np.testing.assert_array_equal(picture.codes, DEEP_COLOR)
    assert picture.alpha is None


def test_16_bit_cmyk_is_said_to_be_reduced():
    buffer = BytesIO()
    quads = np.random.default_rng(4).integers(0, 65536, (5, 6, 4)).astype(np.uint16)
    tifffile.imwrite(buffer, quads, photometric="separated")
    picture = decode(buffer.getvalue())
    assert picture.bit_depth == 8
    assert any("16-bit CMYK" in remark for remark in picture.warnings)
    cmyk = 255 - np.rint(quads / 257)
    expected = cmyk[..., :3] * cmyk[..., 3:] / 255
    assert np.abs(picture.codes - expected).max() <= 1.5


@pytest.mark.parametrize("white", [100, 255, 1023, 4095, 65535])
@pytest.mark.parametrize("kind", [b"P5", b"P6"])
def test_pnm_of_any_white_keeps_its_steps(kind, white):
    channels = 3 if kind == b"P6" else 1
    values = np.random.default_rng(6).integers(0, white + 1, (4, 5, channels))
    values[0, 0] = white
    stored = values.astype(">u2" if white > 255 else np.uint8).tobytes()
    picture = decode(kind + b"\n# a comment\n5 4\n%d\n" % white + stored)
    last = 65535 if white > 255 else 255
    assert picture.bit_depth == (16 if white > 255 else 8)
    np.testing.assert_array_equal(
        picture.codes.reshape(values.shape), np.floor(values * last / white + 0.5)
    )


def test_a_short_pnm_is_truncated():
    assert "truncated" in reason(b"P6 50 50 1023\n" + bytes(100))


def test_plain_pnm_of_many_bits_is_said_to_be_reduced():
    picture = decode(b"P3 1 1 4095 4095 0 2048\n")
    assert picture.codes.tolist() == [[[255, 0, 128]]]
    assert picture.warnings == ("its 12 bits are reduced to 8: this reader of PPM keeps no more",)


def test_a_nearly_black_scan_of_few_bits_is_pointed_out():
    codes = (GRAY.astype(np.uint16) << 2) + 3
    (remark,) = decode(encoded(codes)).warnings
    assert "1023 of 65535" in remark
    assert "10 bits" in remark
    assert decode(encoded(GRAY.astype(np.uint16) * 257)).warnings == ()


def test_jpeg_2000_of_16_bits_keeps_gray():
    deep = GRAY.astype(np.uint16) * 250
    picture = decode(encoded(deep, "JPEG2000"))
    np.testing.assert_array_equal(picture.codes, deep)
    assert picture.warnings == ()


def test_libtiff_prints_nothing_of_its_own(capfd):
    buffer = BytesIO()
    tifffile.imwrite(buffer, COLOR, photometric="rgb", compression="zlib")
    data = bytearray(buffer.getvalue())
    with tifffile.TiffFile(BytesIO(data)) as file:
        (place,) = file.pages[0].dataoffsets
    data[place : place + 8] = b"nonsense"
    assert "damaged" in reason(bytes(data))
    assert capfd.readouterr().err == ""


def test_pillows_own_warnings_are_not_shown_by_any_of_several_threads(recwarn):
    # A text behind the end of EXIF, which Pillow warns of.
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x0f\x01\x02\0\xff\0\0\0\xff\0\0\0\0\0\0\0"
    data = encoded(COLOR, "JPEG", exif=exif)
    with ThreadPoolExecutor(4) as pool:
        pictures = list(pool.map(decode, [data] * 40))
    assert len(pictures) == 40
    assert [str(warning.message) for warning in recwarn] == []


@settings(deadline=None, max_examples=60)
@given(
    place=st.integers(0, 10**6),
    value=st.integers(0, 255),
    form=st.sampled_from(["PNG", "JPEG", "TIFF", "GIF", "WEBP", "BMP"]),
)
def test_any_damaged_byte_gives_a_picture_or_one_line(place, value, form):
    data = bytearray(encoded(GRAY, form))
    data[place % len(data)] = value
    # Any other exception fails the test.
    with suppress(NotAnImageError):
        assert decode(bytes(data)).codes.size


def test_a_palette_with_alpha_of_its_own_gives_that_alpha():
    image = Image.new("P", (4, 1))
    image.putpalette([9, 9, 9, 0, 80, 80, 80, 100, 200, 200, 200, 255], "RGBA")
    image.putdata([0, 1, 2, 1])
    picture = decode(saved(image, "TGA"))
    assert picture.alpha is not None
    assert picture.alpha.tolist() == [[0, 100, 255, 100]]
    assert picture.codes[0].tolist() == [9, 80, 200, 80]


def test_a_profile_of_megabytes_in_png_is_read():
    large = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + bytes(2**21)
    picture = decode(encoded(COLOR, icc_profile=large))
    np.testing.assert_array_equal(picture.codes, COLOR)


def test_an_icon_whose_palette_got_lost_is_a_picture():
    image = Image.fromarray(np.tile(GRAY, (4, 4))[:16, :16])
    image.putpalette(bytes(range(256)) * 3)
    assert decode(saved(image, "ICNS")).size == (1024, 1024)
