"""Texts of PNG, comments of JPEG and GIF: read, and told in XMP where their meaning is known."""

from io import BytesIO

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from colorize_cli.core import text_fields, xmp
from pictures import saved

PICTURE = Image.new("L", (4, 3), 90)


def read(data: bytes) -> dict[str, str]:
    with Image.open(BytesIO(data)) as image:
        image.load()
        return text_fields.read_texts(image)


def png(**texts: str) -> bytes:
    info = PngInfo()
    for key, value in texts.items():
        info.add_itxt(key.replace("_", " "), value)
    return saved(PICTURE, pnginfo=info)


def packet_of(texts: dict[str, str]) -> xmp.Packet:
    told = text_fields.in_xmp(texts)
    return xmp.parse(xmp.changed(xmp.parse(xmp.EMPTY_PACKET), add=told))


def test_texts_are_read_but_not_what_stands_for_other_metadata():
    data = png(Title="Brücke", Raw_profile_type_exif="x", **{"XML:com.adobe.xmp": "<a/>"})
    assert read(data) == {"Title": "Brücke"}


@pytest.mark.parametrize("form", ["JPEG", "GIF"])
def test_a_comment_is_a_text(form):
    assert read(saved(PICTURE, form, comment="Depot à Bonn".encode())) == {
        "Comment": "Depot à Bonn"
    }


def test_a_comment_of_nothing_is_none():
    assert read(saved(PICTURE, "JPEG", comment=b" \0")) == {}


@pytest.mark.parametrize(
    ("keyword", "name"),
    [("Title", "dc:title"), ("Author", "dc:creator"), ("Description", "dc:description"),
     ("Copyright", "dc:rights"), ("Comment", "dc:description"), ("Software", "xmp:CreatorTool")],
)  # fmt: skip
def test_known_keywords_have_their_place_in_xmp(keyword, name):
    assert packet_of({keyword: "a <b> & c"}).value_of(name) == "a <b> & c"


def test_a_description_comes_before_a_comment():
    texts = {"Comment": "one", "Description": "two"}
    packet = packet_of(texts)
    assert packet.value_of("dc:description") == "two"
    assert text_fields.only_in_texts(texts, packet.text) == ("Comment",)


@pytest.mark.parametrize(
    ("written", "expected"),
    [("Mon, 06 Dec 2004 10:30:00 +0100", "2004-12-06T10:30:00+01:00"),
     ("2004-12-06T10:30:00Z", "2004-12-06T10:30:00Z"), ("long ago", None)],
)  # fmt: skip
def test_times_of_creation_are_told_as_xmp_writes_them(written, expected):
    texts = {"Creation Time": written}
    packet = packet_of(texts)
    assert packet.value_of("xmp:CreateDate") == expected
    assert text_fields.only_in_texts(texts, packet.text) == (() if expected else ("Creation Time",))


def test_what_no_property_holds_is_named():
    texts = {"parameters": "steps: 20", "Title": "x"}
    assert text_fields.only_in_texts(texts, packet_of(texts).text) == ("parameters",)
    assert text_fields.only_in_texts(texts, b"<damaged>") == ("parameters", "Title")
    assert text_fields.only_in_texts(texts, None) == ("parameters", "Title")
