import os
import zlib
from io import BytesIO

import numpy as np
import pytest
import tifffile
from imageio.v3 import imread
from PIL import ExifTags, Image
from skimage import io

from colorize_cli.core.errors import CannotCreateError, UsageError
from colorize_cli.core.image_encoding import (
    FORMATS,
    choose_format,
    encode,
    encode_as_it_is,
    losses,
)
from colorize_cli.core.image_io import decode
from colorize_cli.core.metadata import Metadata
from colorize_cli.core.picture import Picture
from colorize_cli.core.png_chunks import chunks
from colorize_cli.core.provenance import Provenance
from colorize_cli.core.tone_profiles import with_tone_curve_of
from pictures import gray_profile

MAKER = "colorize 1.2, model x 0123456789ab; colours are machine-made"
PROVENANCE = Provenance(
    program="colorize 1.2",
    model="x",
    model_sha256="0123456789abcdef" * 4,
    source_sha256="0" * 64,
    options="strength=1",
)
WITH_EXIF = [name for name in FORMATS if name != "gif"]
random = np.random.default_rng(0)
COLOR = random.integers(0, 256, (20, 30, 3)).astype(np.uint8)
DEEP = random.integers(0, 65536, (20, 30, 3)).astype(np.uint16)
ALPHA = random.integers(0, 256, (20, 30)).astype(np.uint8)


def written(picture: Picture, name: str) -> Image.Image:
    return Image.open(BytesIO(encode(picture, FORMATS[name], provenance=PROVENANCE)))


@pytest.mark.parametrize("name", ["png", "tiff", "webp"])
def test_lossless_formats_give_back_every_pixel_and_alpha(name):
    back = np.asarray(written(Picture(codes=COLOR, alpha=ALPHA), name))
    np.testing.assert_array_equal(back, np.dstack([COLOR, ALPHA]))


@pytest.mark.parametrize("has_alpha", [False, True])
def test_16_bit_png_is_read_alike_by_another_reader(has_alpha):
    alpha = DEEP[..., 0].copy() if has_alpha else None
    data = encode(Picture(codes=DEEP, alpha=alpha), FORMATS["png"], provenance=PROVENANCE)
    expected = DEEP if alpha is None else np.dstack([DEEP, alpha])
    ours = decode(data)
    np.testing.assert_array_equal(ours.codes, DEEP)
    # This reader keeps the first byte of each sample.
    np.testing.assert_array_equal(imread(data), expected >> 8)


def test_16_bit_png_of_several_strips_comes_back():
    tall = np.random.default_rng(1).integers(0, 65536, (700, 1100, 3)).astype(np.uint16)
    np.testing.assert_array_equal(
        decode(encode(Picture(codes=tall), FORMATS["png"], provenance=PROVENANCE)).codes, tall
    )


@pytest.mark.parametrize("name", ["png", "tiff"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_strips_written_by_several_threads_are_the_same_file_and_picture(name, dtype):
    tall = np.random.default_rng(1).integers(0, 9, (900, 1100, 3)).astype(dtype)
    one, three = (
        encode_as_it_is(Picture(codes=tall), FORMATS[name], threads=count) for count in (1, 3)
    )
    assert one == three
    np.testing.assert_array_equal(decode(one).codes, tall)


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (2, 100_000)])
def test_png_of_any_shape_has_the_checksum_of_zlib(shape):
    codes = np.random.default_rng(2).integers(0, 256, (*shape, 3)).astype(np.uint8)
    data = encode(Picture(codes=codes), FORMATS["png"])
    parts = [bytes(content) for kind, content, _ in chunks(data) if kind == b"IDAT"]
    # It checks the sum; Pillow, which undoes the filter, does not.
    assert len(zlib.decompress(b"".join(parts))) == codes.nbytes + shape[0]
    np.testing.assert_array_equal(np.asarray(Image.open(BytesIO(data))), codes)


def test_jpeg_keeps_the_colours_unsubsampled():
    image = written(Picture(codes=COLOR), "jpeg")
    assert [sampling[1:3] for sampling in image.layer] == [(1, 1)] * 3


@pytest.mark.parametrize("name", WITH_EXIF)
def test_the_result_is_marked_as_machine_made(name):
    image = written(Picture(codes=COLOR), name)
    assert image.getexif()[ExifTags.Base.Software] == MAKER
    if name == "png":
        assert image.text["Software"] == MAKER


def test_the_mark_stands_behind_the_scanners_own():
    exif = Image.Exif()
    exif[ExifTags.Base.Software] = "Scanner 3"
    picture = Picture(codes=COLOR, metadata=Metadata(exif=exif.tobytes()))
    assert written(picture, "png").getexif()[ExifTags.Base.Software] == f"Scanner 3; {MAKER}"


@pytest.mark.parametrize("name", WITH_EXIF)
@pytest.mark.parametrize("codes", [COLOR, DEEP])
def test_the_profile_of_gray_codes_is_written(name, codes):
    profile = with_tone_curve_of(gray_profile(2.2))
    image = written(Picture(codes=codes, profile=profile), name)
    assert image.info["icc_profile"] == profile
    assert "srgb" not in image.info


@pytest.mark.parametrize("name", WITH_EXIF)
def test_metadata_of_the_input_is_kept(name):
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Dorothea"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ISOSpeedRatings] = 100
    kept = Metadata(exif=exif.tobytes(), xmp=b"<x:xmpmeta/>", dpi=(300, 300))
    data = encode(Picture(codes=COLOR, metadata=kept), FORMATS[name])
    image = Image.open(BytesIO(data))
    assert image.getexif()[ExifTags.Base.Artist] == "Dorothea"
    assert image.getexif().get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ISOSpeedRatings] == 100
    assert image.info["xmp"] == b"<x:xmpmeta/>"
    if name != "webp":  # it has no place for it but EXIF
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)


def test_the_same_picture_gives_the_same_bytes():
    for form in FORMATS.values():
        picture = Picture(codes=COLOR)
        assert encode(picture, form, provenance=PROVENANCE) == encode(
            picture, form, provenance=PROVENANCE
        )


def test_what_a_format_does_not_hold_is_said():
    deep = Picture(codes=DEEP, alpha=DEEP[..., 0].copy())
    assert list(losses(deep, FORMATS["png"])) == list(losses(deep, FORMATS["tiff"])) == []
    assert ["8 bits" in remark for remark in losses(deep, FORMATS["webp"])] == [True]
    assert len(list(losses(deep, FORMATS["jpeg"]))) == 2
    assert len(list(losses(deep, FORMATS["gif"]))) == 2


def test_what_gif_does_not_hold_is_said():
    kept = Metadata(dpi=(300, 300), texts={"Comment": "kept"})
    picture = Picture(codes=COLOR, profile=gray_profile(2.2), metadata=kept)
    resolution, profile = losses(picture, FORMATS["gif"])
    assert "resolution" in resolution
    assert "ICC profile" in profile


def test_full_transparency_is_kept_in_a_gif_without_a_word():
    picture = Picture(codes=COLOR, alpha=np.where(ALPHA > 99, 255, 0).astype(np.uint8))
    assert list(losses(picture, FORMATS["gif"])) == []
    alpha = np.asarray(written(picture, "gif").convert("RGBA"))[..., 3]
    np.testing.assert_array_equal(alpha, picture.alpha)


def test_a_gif_of_few_colours_has_them_exactly():
    codes = (COLOR // 64 * 64)[:, :4]
    np.testing.assert_array_equal(written(Picture(codes=codes), "gif").convert("RGB"), codes)


def test_16_bit_tiff_is_read_alike_by_tifffile():
    for alpha in (None, DEEP[..., 0].copy()):
        data = encode(Picture(codes=DEEP, alpha=alpha), FORMATS["tiff"])
        expected = DEEP if alpha is None else np.dstack([DEEP, alpha])
        np.testing.assert_array_equal(tifffile.imread(BytesIO(data)), expected)


@pytest.mark.parametrize("name", ["png", "tiff", "webp", "gif", "jpeg"])
@pytest.mark.parametrize("alpha", [None, ALPHA])
def test_gray_codes_are_written_as_colour(name, alpha):
    gray = np.full((20, 30), 77, np.uint8)
    image = np.asarray(written(Picture(codes=gray, alpha=alpha), name).convert("RGBA"))
    assert np.abs(image[image[..., 3] > 0][:, :3].astype(int) - 77).max() <= 1


def test_iptc_and_comments_stay_where_the_format_has_a_place_for_them():
    block = b"\x1c\x02\x50\x00\x08Dorothea"
    kept = Metadata(iptc=block, texts={"Comment": "taken at dawn"})
    for name in ("png", "tiff", "jpeg"):
        data = encode(Picture(codes=COLOR, metadata=kept), FORMATS[name])
        assert decode(data).metadata.iptc == block
    jpeg, png = (encode(Picture(codes=COLOR, metadata=kept), FORMATS[n]) for n in ("jpeg", "png"))
    assert Image.open(BytesIO(jpeg)).info["comment"] == b"taken at dawn"
    assert Image.open(BytesIO(png)).text["Comment"] == "taken at dawn"


def test_the_mark_stands_behind_the_text_that_png_files_have_already():
    before = Metadata(texts={"Software": f"GIMP; {MAKER.replace('1.2', '1.1')}"})
    image = written(Picture(codes=COLOR, metadata=before), "png")
    assert image.text["Software"] == f"GIMP; {MAKER}"


def test_nothing_of_ours_stands_in_a_result_that_is_not_to_be_marked():
    for form in FORMATS.values():
        assert b"colorize" not in encode(Picture(codes=COLOR), form)


def test_metadata_too_long_for_jpeg_is_said_and_left_out():
    picture = Picture(codes=COLOR, metadata=Metadata(xmp=b"x" * 70000))
    assert len(list(losses(picture, FORMATS["jpeg"]))) == 1
    assert written(picture, "jpeg").size == (30, 20)


def test_a_picture_too_large_for_the_format_is_refused():
    wide = Picture(codes=np.zeros((1, 16384, 3), np.uint8))
    with pytest.raises(CannotCreateError, match="16383 pixels"):
        encode(wide, FORMATS["webp"], provenance=PROVENANCE)


@pytest.mark.parametrize(
    ("requested", "output", "expected"),
    [
        (None, None, "png"),
        (None, "-", "png"),
        (None, "a/b.JPG", "jpeg"),
        (None, "x.tif", "tiff"),
        ("webp", "x.png", "webp"),
        ("jpg", None, "jpeg"),
        (None, "/dev/null", "png"),
    ],
)
def test_the_format_is_the_one_asked_for_then_the_suffix_then_png(requested, output, expected):
    assert choose_format(requested, output).name == expected


@pytest.mark.parametrize(("requested", "output"), [("bmp", None), (None, "x.avif")])
def test_a_format_that_cannot_be_written_is_refused(requested, output):
    with pytest.raises(UsageError, match="cannot be written: choose png"):
        choose_format(requested, output)


def test_16_bit_png_is_smaller_than_unfiltered():
    ramp = np.add.outer(np.arange(300) * 50, np.arange(300) * 77).astype(np.uint16)
    picture = Picture(codes=np.dstack([ramp, ramp, ramp]))
    assert len(encode(picture, FORMATS["png"], provenance=PROVENANCE)) < ramp.nbytes


def test_8_bit_png_is_read_alike_by_scikit_image(tmp_path):
    (tmp_path / "x.png").write_bytes(
        encode(Picture(codes=COLOR), FORMATS["png"], provenance=PROVENANCE)
    )
    np.testing.assert_array_equal(io.imread(tmp_path / "x.png"), COLOR)


def test_exif_of_jpeg_says_where_its_chroma_lies():
    exif = written(Picture(codes=COLOR), "jpeg").getexif()
    assert exif[ExifTags.Base.YCbCrPositioning] == 1
    assert exif[ExifTags.Base.Software] == MAKER
    assert not encode(Picture(codes=COLOR), FORMATS["jpeg"]).count(b"Exif\0")


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="files in memory are Linux's")
@pytest.mark.parametrize("name", ["jpeg", "webp"])
def test_pillow_writes_to_a_file_so_that_other_threads_run_and_without_one_the_same(
    monkeypatch, name
):
    made = []

    def counted(text):
        made.append(text)
        return memfd_create(text)

    def refused(_text):
        raise OSError("too many open files")

    memfd_create = os.memfd_create
    monkeypatch.setattr(os, "memfd_create", counted)
    through_a_file = encode(Picture(codes=COLOR), FORMATS[name])
    assert made == [name.upper()]
    monkeypatch.setattr(os, "memfd_create", refused)
    assert encode(Picture(codes=COLOR), FORMATS[name]) == through_a_file
    monkeypatch.delattr(os, "memfd_create")
    assert encode(Picture(codes=COLOR), FORMATS[name]) == through_a_file
