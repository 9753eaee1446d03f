"""The mark of a result: what it says, that it loses nothing, that it is found again."""

import base64
import os
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from colorize_cli.core import xmp
from colorize_cli.core.exif import with_tag
from colorize_cli.core.image_encoding import FORMATS, encode
from colorize_cli.core.metadata import Metadata
from colorize_cli.core.picture import Picture
from colorize_cli.core.picture_file import FileChoices, recolored
from colorize_cli.core.provenance import Provenance, marked, read_provenance
from marked_files import WRITERS, pages, png
from pictures import saved

PROVENANCE = Provenance(
    program="colorize 0.1.0",
    model="birds",
    model_sha256="0123456789abcdef" * 4,
    source_sha256="f" * 64,
    options="strength=1 size=auto backend=onnx precision=float32 <&> \r\n\t é",
)
SOFTWARE = "colorize 0.1.0, model birds 0123456789ab; colours are machine-made"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
DST = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"
TOOL = "{http://ns.adobe.com/xap/1.0/}CreatorTool"
NOTE = "{urn:colorize-gan:provenance:1#}"
TERMS = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def told(packet: bytes | None) -> dict[str, str]:
    """Return a packet's simple properties as another parser finds them, none of them twice."""
    found: list[tuple[str, str]] = []
    for node in ElementTree.fromstring(packet or b"").iter(f"{RDF}Description"):
        found += [(name, value) for name, value in node.attrib.items() if RDF not in name]
        found += [(child.tag, "".join(child.itertext())) for child in node]
    assert len(dict(found)) == len(found)
    return dict(found)


def packet_of(**attributes: str) -> bytes:
    """Return a packet that says something of the source, as a scanner's program writes it."""
    spaces = 'xmlns:x="http://ns.adobe.com/xap/1.0/" xmlns:i="' + DST[1:].split("}")[0] + '"'
    stated = " ".join(f'{name.replace("_", ":")}="{value}"' for name, value in attributes.items())
    return (f'<r:RDF xmlns:r="{RDF[1:-1]}"><r:Description {spaces} {stated}/></r:RDF>').encode()


def software_of(block: bytes | None) -> object:
    exif = Image.Exif()
    exif.load(block or b"")
    return exif.get(ExifTags.Base.Software)


def test_the_mark_says_that_generative_software_edited_the_picture():
    properties = told(marked(Metadata(), PROVENANCE).xmp)
    assert properties[DST] == TERMS + "compositeWithTrainedAlgorithmicMedia"
    assert properties[TOOL] == "colorize 0.1.0"
    assert properties[NOTE + "ModelSha256"] == PROVENANCE.model_sha256


def test_software_is_appended_to_what_is_there():
    assert software_of(marked(Metadata(), PROVENANCE).exif) == SOFTWARE
    scanned = Metadata(exif=with_tag(None, ExifTags.Base.Software, "SilverFast 8"))
    result = marked(scanned, PROVENANCE)
    assert software_of(result.exif) == f"SilverFast 8; {SOFTWARE}"
    assert result.texts["Software"] == f"SilverFast 8; {SOFTWARE}"


def test_the_tool_that_made_the_file_first_stays_named():
    properties = told(marked(Metadata(xmp=packet_of(x_CreatorTool="VueScan")), PROVENANCE).xmp)
    assert properties[TOOL] == "VueScan"


def test_an_earlier_source_type_moves_into_the_note_and_stays_there():
    film = Metadata(xmp=packet_of(i_DigitalSourceType=TERMS + "negativeFilm"))
    once = marked(film, PROVENANCE)
    for result in (once, marked(once, replace(PROVENANCE, options="strength=2"))):
        properties = told(result.xmp)
        assert properties[DST] == TERMS + "compositeWithTrainedAlgorithmicMedia"
        assert properties[NOTE + "EarlierDigitalSourceType"] == TERMS + "negativeFilm"


def test_another_programs_same_source_type_counts_as_the_earlier_one():
    edited = TERMS + "compositeWithTrainedAlgorithmicMedia"
    result = marked(Metadata(xmp=packet_of(i_DigitalSourceType=edited)), PROVENANCE)
    assert told(result.xmp)[NOTE + "EarlierDigitalSourceType"] == edited


def test_marking_twice_leaves_one_note_the_newest():
    newer = replace(PROVENANCE, program="colorize 0.2.0", model="coast")
    twice = marked(marked(Metadata(), PROVENANCE), newer)
    assert twice == marked(Metadata(), newer)
    assert told(twice.xmp)[NOTE + "Model"] == "coast"
    assert str(software_of(twice.exif)).count("colorize") == 1


def test_a_damaged_packet_is_carried_along_with_a_warning():
    result = marked(Metadata(xmp=b"<damaged>"), PROVENANCE)
    assert base64.b64decode(told(result.xmp)[NOTE + "UnreadablePacket"]) == b"<damaged>"
    assert "damaged" in result.warnings[0]


def test_a_damaged_packet_that_is_too_long_is_left_out_with_a_warning():
    result = marked(Metadata(xmp=b"<damaged>" * 8000), PROVENANCE)
    assert len(result.xmp or b"") < 2000
    assert "left out" in result.warnings[0]


def test_other_metadata_is_passed_on():
    before = Metadata(
        iptc=b"\x1c\x02\x05\0\1x", dpi=(300, 300), texts={"Title": "x"}, warnings=("w",)
    )
    after = marked(before, PROVENANCE)
    assert (after.iptc, after.dpi, after.warnings) == (before.iptc, before.dpi, before.warnings)
    assert after.texts["Title"] == "x"


TEXTS = st.text(st.characters(codec="latin-1", exclude_characters="\0"), max_size=12)
ASCII_TAGS = {
    270: TEXTS, 271: TEXTS, 305: TEXTS, 315: TEXTS, 33432: TEXTS,
    274: st.integers(1, 8), 40091: st.binary(min_size=1, max_size=9),
}  # fmt: skip


@given(st.fixed_dictionaries({}, optional=ASCII_TAGS))
@settings(deadline=None, max_examples=60)
def test_no_exif_tag_is_lost_by_marking(tags):
    before = Image.Exif()
    before.update(tags)
    block = marked(Metadata(exif=with_all(tags)), PROVENANCE).exif
    after = Image.Exif()
    after.load(block or b"")
    stated = {tag: value for tag, value in tags.items() if tag != ExifTags.Base.Software}
    assert {tag: after[tag] for tag in stated} == stated
    assert str(after[ExifTags.Base.Software]).endswith(SOFTWARE)
    assert str(after[ExifTags.Base.Software]).startswith(str(tags.get(305, "")).strip("\0 "))


def with_all(tags: dict[int, object]) -> bytes | None:
    block = None
    for tag, value in tags.items():
        block = with_tag(block, tag, value)
    return block


@pytest.mark.parametrize("name", WRITERS)
def test_the_note_is_found_in_every_format(tmp_path, name):
    path = tmp_path / "result"
    path.write_bytes(WRITERS[name](marked(Metadata(), PROVENANCE)))
    with Image.open(path) as image:
        assert image.size[0] in {5, 20}
    assert read_provenance(path) == PROVENANCE


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP"])
def test_files_of_others_carry_none(tmp_path, form):
    path = tmp_path / "photo"
    path.write_bytes(saved(Image.new("RGB", (5, 4)), form))
    assert read_provenance(path) is None


def test_an_incomplete_note_is_none(tmp_path):
    packet = xmp.changed(
        xmp.parse(marked(Metadata(), PROVENANCE).xmp or b""), drop=["colorize:Model"], add={}
    )
    path = tmp_path / "photo.png"
    path.write_bytes(png(Metadata(xmp=packet)))
    assert read_provenance(path) is None


def test_what_is_no_file_carries_none(tmp_path):
    os.mkfifo(tmp_path / "pipe")  # whose reader would wait for ever
    assert read_provenance(tmp_path / "pipe") is None
    assert read_provenance(tmp_path / "missing") is None
    assert read_provenance(tmp_path) is None
    assert read_provenance(Path("\0")) is None


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_encoded_is_found_again(tmp_path, name):
    path = tmp_path / "result"
    picture = Picture(codes=np.full((6, 8, 3), 90, np.uint8))
    path.write_bytes(encode(picture, FORMATS[name], provenance=PROVENANCE))
    assert read_provenance(path) == PROVENANCE


@pytest.mark.parametrize("name", ["png", "gif", "webp", "tiff"])
def test_a_file_of_several_frames_is_found_again(tmp_path, name):
    path = tmp_path / "result"
    choices = FileChoices(form=FORMATS[name])
    source = pages("TIFF" if name == "tiff" else "GIF", Metadata())
    result = recolored(source, lambda picture: picture, choices, provenance=PROVENANCE)
    path.write_bytes(result.data)
    assert result.frames == 3
    assert read_provenance(path) == PROVENANCE
