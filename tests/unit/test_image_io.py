import struct
from io import BytesIO

import numpy as np
import pytest
import tifffile
from PIL import ExifTags, Image

from colorize_cli.core.image_io import decode
from decoding import deep_png
from pictures import as_rgb, encoded, gray_picture, saved

GRAY = gray_picture()
COLOR = np.random.default_rng(0).integers(0, 256, (24, 32, 3)).astype(np.uint8)
DEEP_COLOR = np.random.default_rng(1).integers(0, 65536, (9, 11, 3)).astype(np.uint16)


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


def test_white_is_zero_tiff_of_16_bits_is_inverted():
    image = Image.fromarray(np.array([[0, 65535]], np.uint16))
    data = bytearray(saved(image, "TIFF"))
    entry = data.index(struct.pack("<HHI", 262, 3, 1))
    data[entry + 8] = 0
    np.testing.assert_array_equal(decode(bytes(data)).codes, [[65535, 0]])


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


def test_a_palette_with_alpha_of_its_own_gives_that_alpha():
    image = Image.new("P", (4, 1))
    image.putpalette([9, 9, 9, 0, 80, 80, 80, 100, 200, 200, 200, 255], "RGBA")
    image.putdata([0, 1, 2, 1])
    picture = decode(saved(image, "TGA"))
    assert picture.alpha is not None
    assert picture.alpha.tolist() == [[0, 100, 255, 100]]
    assert picture.codes[0].tolist() == [9, 80, 200, 80]


def test_an_icon_whose_palette_got_lost_is_a_picture():
    image = Image.fromarray(np.tile(GRAY, (4, 4))[:16, :16])
    image.putpalette(bytes(range(256)) * 3)
    assert decode(saved(image, "ICNS")).size == (1024, 1024)
