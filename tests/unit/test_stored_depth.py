from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from colorize_cli.core.stored_depth import depth_remarks, low_range_remarks
from pictures import saved

COLOR = Image.new("RGB", (8, 8), (10, 20, 30))


def remarks(form: str, data: bytes, mode: str = "RGB") -> tuple[str, ...]:
    image = Image.new(mode, (1, 1))
    image.format = form
    return depth_remarks(image, data)


@pytest.mark.parametrize("depth", [8, 12, 16])
def test_the_depth_of_jpeg_2000_is_read_from_its_codestream(depth):
    data = bytearray(saved(COLOR, "JPEG2000"))
    # SIZ: capabilities, eight sizes of four bytes, the number of components (A.5.1); each says
    # its depth less one and two steps.
    place = data.index(b"\xff\x4f\xff\x51") + 4 + 2 + 2 + 32 + 2
    assert data[place] == 7
    data[place + 3] = depth - 1
    with Image.open(BytesIO(data)) as image:
        found = depth_remarks(image, bytes(data))
    assert found == (
        (f"its {depth} bits are reduced to 8: this reader of JPEG2000 keeps no more",)
        if depth > 8
        else ()
    )


# AV1-ISOBMFF 2.3.3: marker, profile and level, then tier, high_bitdepth, twelve_bit.
@pytest.mark.parametrize(("flags", "depth"), [(0x0C, None), (0x4C, 10), (0x6C, 12)])
def test_the_depth_of_avif_is_read_from_its_configuration(flags, depth):
    found = remarks("AVIF", b"....av1C\x81\x04" + bytes([flags]) + b"\0")
    assert [str(depth) in remark for remark in found] == ([True] if depth else [])


def test_the_depth_of_sgi_is_read_from_its_header():
    assert remarks("SGI", b"\x01\xda\x00\x01") == ()
    assert "16 bits" in remarks("SGI", b"\x01\xda\x00\x02")[0]


@pytest.mark.parametrize(("form", "data"), [("AVIF", b"av1C"), ("JPEG2000", b"\xff\x4f\xff\x51")])
def test_a_header_cut_off_tells_no_depth(form, data):
    assert remarks(form, data) == ()


def test_what_is_read_with_all_its_bits_is_not_worth_a_word():
    assert remarks("SGI", b"\x01\xda\x00\x02", mode="I;16") == ()
    assert remarks("BMP", b"anything") == ()


@pytest.mark.parametrize(
    ("greatest", "depth"),
    [(255, None), (256, 9), (511, 9), (1023, 10), (2048, 12), (4095, 12), (4096, None)],
)
def test_samples_that_use_few_of_16_bits_are_pointed_out(greatest, depth):
    found = low_range_remarks(np.array([[0, greatest]], np.uint16))
    assert [f"{depth} bits" in remark for remark in found] == ([True] if depth else [])
