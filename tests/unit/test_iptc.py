"""IPTC-IIM: found wherever files keep it, told in XMP, written back as it was."""

import struct
import xml.etree.ElementTree as ElementTree
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from colorize_cli.core import iptc, xmp
from pictures import saved
from press_photos import BLOCK, PICTURE, block_of, dataset, in_jpeg, in_png, in_tiff, resources


def read(data: bytes) -> bytes | None:
    with Image.open(BytesIO(data)) as image:
        image.load()
        return iptc.read_iptc(image, data)


def told(block: bytes) -> dict[str, str]:
    """Return what a block says in XMP: the texts of each property, as another parser sees them."""
    packet = xmp.changed(xmp.parse(xmp.EMPTY_PACKET), add=iptc.in_xmp(block))
    rdf = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
    node = ElementTree.fromstring(packet).find(f".//{rdf}Description")
    return {} if node is None else {p.tag.split("}")[1]: "|".join(p.itertext()) for p in node}


def turned(block: bytes) -> bytes:
    padded = block + bytes(-len(block) % 4)
    return b"".join(padded[start : start + 4][::-1] for start in range(0, len(padded), 4))


@pytest.mark.parametrize(
    "data",
    [
        in_jpeg(BLOCK),
        in_tiff(BLOCK),
        in_tiff(BLOCK, kind=4),
        in_tiff(turned(BLOCK), kind=4),
        in_tiff(resources(BLOCK), tag=34377),
        in_png(BLOCK),
        in_png(BLOCK, "8bim"),
    ],
)
def test_the_block_is_found_wherever_files_keep_it(data):
    assert read(data) == BLOCK


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "GIF"])
def test_files_without_it_have_none(form):
    assert read(saved(PICTURE, form)) is None


def test_zeros_alone_are_none():
    assert read(in_tiff(bytes(40))) is None


def test_the_main_fields_are_told_in_xmp():
    assert told(BLOCK) == {
        "title": "Brücke",
        "creator": "M. Wolcott",
        "description": "Eine Brücke",
        "City": "Bonn",
        "subject": "bridge|river & <boat>",
    }


@pytest.mark.parametrize(
    ("number", "name"),
    [(105, "Headline"), (110, "Credit"), (116, "rights"), (101, "Country"), (40, "Instructions")],
)
def test_datasets_are_those_of_the_standards_table(number, name):
    assert told(dataset(number, b"x")) == {name: "x"}


@pytest.mark.parametrize(
    ("date", "time", "expected"),
    [
        (b"19360812", b"143000+0100", "1936-08-12T14:30:00+01:00"),
        (b"19360812", b"143000", "1936-08-12T14:30:00"),
        (b"19360812", b"", "1936-08-12"),
        (b"19360000", b"", None),
        (b"August", b"", None),
    ],
)
def test_the_date_of_creation_is_told_as_xmp_writes_dates(date, time, expected):
    assert told(block_of(d55=date, d60=time)).get("DateCreated") == expected


def test_texts_that_are_not_utf8_are_latin_1():
    assert told(block_of(d90="Köln".encode("latin-1")))["City"] == "Köln"


def test_fields_without_a_place_in_xmp_are_named():
    assert iptc.only_in_iptc(BLOCK + block_of(d118=b"a phone number")) == ("2:118",)
    assert iptc.only_in_iptc(BLOCK) == ()


def test_long_datasets_are_read():
    long = struct.pack(">BBBHI", 0x1C, 2, 120, 0x8004, 70000) + b"x" * 70000
    assert told(long) == {"description": "x" * 70000}


def test_the_segment_for_jpeg_is_read_back_by_pillow():
    segment = iptc.app13(BLOCK)
    with Image.open(BytesIO(saved(PICTURE, "JPEG", extra=segment))) as image:
        assert image.info["photoshop"][0x0404] == BLOCK


def test_a_block_that_is_too_long_for_jpeg_is_none():
    assert iptc.app13(dataset(120, b"x" * 32000) * 3) is None


def test_the_text_for_png_is_read_back():
    info = PngInfo()
    info.add_text(iptc.PNG_PROFILE, iptc.png_profile(BLOCK), zip=True)
    assert read(saved(PICTURE, pnginfo=info)) == BLOCK


@given(st.binary(max_size=80))
@settings(deadline=None, max_examples=100)
def test_any_bytes_are_told_somehow(tail):
    told(BLOCK + b"\x1c" + tail)
    iptc.only_in_iptc(tail)
