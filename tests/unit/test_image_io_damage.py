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
from PIL import Image

from colorize_cli.core.errors import NotAnImageError
from colorize_cli.core.image_io import decode
from decoding import reason
from pictures import encoded, gray_picture, saved

GRAY = gray_picture()
COLOR = np.random.default_rng(0).integers(0, 256, (24, 32, 3)).astype(np.uint8)
DEEP_COLOR = np.random.default_rng(1).integers(0, 65536, (9, 11, 3)).astype(np.uint16)


def test_a_tiff_layout_that_would_be_misread_is_refused():
    buffer = BytesIO()
    planes = DEEP_COLOR.transpose(2, 0, 1)
    tifffile.imwrite(buffer, planes, photometric="rgb", planarconfig="separate")
    assert "cannot be read faithfully" in reason(buffer.getvalue())


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
    assert "claims 3,600 megapixels; run or watch --max-pixels 3600 allows it" in reason(
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
    words = "claims 1 megapixels; run or watch --max-pixels 1 allows it"
    with pytest.raises(NotAnImageError, match=words):
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


def test_signed_samples_are_refused():
    buffer = BytesIO()
    tifffile.imwrite(buffer, GRAY.astype(np.int8))
    assert "black is unknown" in reason(buffer.getvalue())


def test_a_short_pnm_is_truncated():
    assert "truncated" in reason(b"P6 50 50 1023\n" + bytes(100))


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
