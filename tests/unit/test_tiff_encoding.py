from io import BytesIO

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import ExifTags, Image

from colorize_cli.core import tiff_encoding
from colorize_cli.core.errors import CannotCreateError
from colorize_cli.core.metadata import Metadata
from colorize_cli.core.tiff_encoding import Page, encode_tiff
from pictures import gray_profile

random = np.random.default_rng(3)
DEEP = random.integers(0, 65536, (37, 23, 4)).astype(np.uint16)


def page(codes: np.ndarray, **metadata: object) -> Page:
    return Page(codes=codes, metadata=Metadata(**metadata))


def exif_block() -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Dorothea"
    exif[ExifTags.Base.ImageDescription] = "café".encode()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ISOSpeedRatings] = 100
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ExposureTime] = 0.004
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (52.0, 30.0, 15.5)
    return exif.tobytes()


@settings(deadline=None, max_examples=30)
@given(
    codes=st.sampled_from([np.uint8, np.uint16]).flatmap(
        lambda kind: arrays.arrays(
            kind, st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from([3, 4]))
        )
    )
)
def test_every_page_is_read_alike_by_tifffile(codes):
    found = tifffile.imread(BytesIO(encode_tiff([page(codes)])))
    np.testing.assert_array_equal(found.reshape(codes.shape), codes)


def test_pillow_reads_the_pixels_of_8_bits():
    codes = DEEP.astype(np.uint8)
    with Image.open(BytesIO(encode_tiff([page(codes)]))) as image:
        assert (image.mode, image.info["compression"]) == ("RGBA", "tiff_adobe_deflate")
        np.testing.assert_array_equal(np.asarray(image), codes)


def test_pages_of_any_size_and_depth_come_back_in_order():
    pages = [DEEP, DEEP[:5, :, :3].astype(np.uint8), DEEP[:, :1]]
    data = encode_tiff(iter([page(codes) for codes in pages]))
    with tifffile.TiffFile(BytesIO(data)) as file:
        for stored, codes in zip(file.pages, pages, strict=True):
            np.testing.assert_array_equal(stored.asarray().reshape(codes.shape), codes)


def test_a_picture_of_several_strips_comes_back(monkeypatch):
    monkeypatch.setattr(tiff_encoding, "STRIP_BYTES", 500)
    data = encode_tiff([page(DEEP), page(DEEP)])
    with tifffile.TiffFile(BytesIO(data)) as file:
        assert len(file.pages[0].dataoffsets) > 10
        np.testing.assert_array_equal(file.pages[1].asarray(), DEEP)


def test_alpha_is_said_to_be_unassociated():
    with tifffile.TiffFile(BytesIO(encode_tiff([page(DEEP)]))) as file:
        assert file.pages[0].extrasamples == (2,)


def test_metadata_stand_on_every_page_as_they_were():
    profile, packet, block = gray_profile(2.2), b"<x:xmpmeta/>", b"\x1c\x02\x50\x00\x01A"
    metadata = Metadata(exif=exif_block(), xmp=packet, iptc=block, dpi=(300, 150.5))
    pages = [Page(codes=DEEP, metadata=metadata, profile=profile)] * 2
    with Image.open(BytesIO(encode_tiff(pages))) as image:
        for index in range(2):
            image.seek(index)
            exif = image.getexif()
            camera = exif.get_ifd(ExifTags.IFD.Exif)
            assert exif[ExifTags.Base.Artist] == "Dorothea"
            assert exif[ExifTags.Base.ImageDescription] == "café".encode().decode("latin-1")
            assert camera[ExifTags.Base.ISOSpeedRatings] == 100
            assert float(camera[ExifTags.Base.ExposureTime]) == pytest.approx(0.004)
            place = exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude]
            assert [float(number) for number in place] == [52.0, 30.0, 15.5]
            assert image.info["icc_profile"] == profile
            assert image.info["xmp"] == packet
            assert image.tag_v2[33723] == block
            assert tuple(map(float, image.info["dpi"])) == (300, 150.5)


def test_nothing_is_said_where_nothing_is_known():
    with Image.open(BytesIO(encode_tiff([page(DEEP)]))) as image:
        assert not {700, 33723, 34675, 34665, 282, 296} & set(image.tag_v2)


def test_the_same_pages_give_the_same_bytes():
    pages = [page(DEEP, exif=exif_block(), dpi=(72, 72))] * 2
    assert encode_tiff(pages) == encode_tiff(pages)


def test_differences_make_gradients_small():
    ramp = np.add.outer(np.arange(200) * 300, np.arange(200) * 7).astype(np.uint16)
    assert len(encode_tiff([page(np.dstack([ramp] * 3))])) < ramp.nbytes / 10


def test_what_would_be_longer_than_offsets_reach_is_refused(monkeypatch):
    monkeypatch.setattr(tiff_encoding, "GREATEST_FILE", 10_000)
    with pytest.raises(CannotCreateError, match="at most 4 GiB; use --format png"):
        encode_tiff([page(DEEP), page(DEEP)])
