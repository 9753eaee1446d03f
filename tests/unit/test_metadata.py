"""What is read of a file besides its pixels, and what is no longer true of the result."""

import struct
from io import BytesIO

import pytest
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from colorize_cli.core import xmp
from colorize_cli.core.exif import exact, in_unicode, text_of, with_tag
from colorize_cli.core.metadata import Metadata, read_metadata, stripped, untold
from colorize_cli.core.xmp_search import gif_extension
from pictures import saved
from press_photos import BLOCK, dataset, in_jpeg, in_tiff

PICTURE = Image.new("L", (40, 30), 90)
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


def read(data: bytes) -> Metadata:
    with Image.open(BytesIO(data)) as image:
        image.load()
        return read_metadata(image, size=image.size, data=data)


def exif_of(metadata: Metadata) -> Image.Exif:
    exif = Image.Exif()
    exif.load(metadata.exif or b"")
    return exif


def block_of(**tags: object) -> Image.Exif:
    exif = Image.Exif()
    exif.update({ExifTags.Base[name]: value for name, value in tags.items()})
    return exif


def packet_of(stated: str) -> bytes:
    spaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in xmp.NAMESPACES.items())
    return f'<r:RDF xmlns:r="{RDF}"><r:Description {spaces} {stated}/></r:RDF>'.encode()


def test_tags_of_the_picture_are_kept_and_those_of_the_file_are_not():
    exif = block_of(Make="Leitz", Orientation=6, Compression=1, Artist="D. Lange")
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.FNumber] = 8.0
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    kept = exif_of(read(saved(PICTURE, "JPEG", exif=exif)))
    assert dict(kept) | {34665: 0, 34853: 0} == {271: "Leitz", 315: "D. Lange", 34665: 0, 34853: 0}
    assert kept.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.FNumber] == 8.0
    assert kept.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] == "N"


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
def test_texts_of_exif_keep_their_bytes(encoding):
    written = "Zoë Müller".encode(encoding)
    block = with_tag(None, ExifTags.Base.Artist, written)
    kept = read(saved(PICTURE, "JPEG", exif=block))
    text = text_of(with_tag(kept.exif, ExifTags.Base.Make, "x"), ExifTags.Base.Artist)
    assert text.encode("latin-1") == written
    assert in_unicode(text) == "Zoë Müller"


def test_texts_of_the_cameras_part_keep_their_type():
    exif = Image.Exif()
    exif[ExifTags.IFD.Exif] = {ExifTags.Base.LensModel: exact("Objektiv für Nähe")}
    part = exif_of(read(saved(PICTURE, "JPEG", exif=exif))).get_ifd(ExifTags.IFD.Exif)
    assert part[ExifTags.Base.LensModel] == "Objektiv für Nähe"


def test_a_place_on_a_map_is_left_out_and_that_is_said():
    data = in_tiff(bytes(24), tag=33922)
    assert read(data).warnings == ("its place on a map (GeoTIFF) is left out",)


@pytest.mark.parametrize("tag", [269, 285])
def test_names_of_documents_and_pages_are_kept(tag):
    assert exif_of(read(in_tiff(b"Album 3\0", tag=tag, kind=2)))[tag] == "Album 3"


def test_texts_that_latin_1_cannot_hold_are_written_as_utf_8():
    block = with_tag(None, ExifTags.Base.Software, "彩色")
    assert in_unicode(text_of(block, ExifTags.Base.Software)) == "彩色"


def test_a_damaged_tag_costs_itself_alone():
    exif = block_of(Make="Leitz", Artist="D. Lange")
    data = saved(PICTURE, "JPEG", exif=exif)
    with Image.open(BytesIO(data)) as image:
        image.getexif()[ExifTags.Base.Copyright] = object()
        metadata = read_metadata(image, size=image.size)
    assert dict(exif_of(metadata)) == {271: "Leitz", 315: "D. Lange"}
    assert metadata.warnings == ("1 of its 3 EXIF tags are damaged, and are left out",)


def test_xmp_is_kept_but_for_what_is_no_longer_true():
    packet = packet_of('tiff:Orientation="6" photoshop:ColorMode="1" xmp:Rating="4"')
    kept = xmp.parse(read(saved(PICTURE, "JPEG", xmp=packet)).xmp or b"")
    assert [entry.name.split()[1] for entry in kept.properties] == ["Rating"]


def test_a_packet_that_is_still_true_stays_byte_for_byte():
    packet = packet_of('xmp:Rating="4"') + b"\n   "
    assert read(saved(PICTURE, "JPEG", xmp=packet)).xmp == packet


def test_a_damaged_packet_stays_but_for_its_orientation():
    packet = b'<damaged tiff:Orientation="6" a="b">'
    metadata = read(saved(PICTURE, "JPEG", xmp=packet))
    assert metadata.xmp == b'<damaged  a="b">'
    assert metadata.warnings == ()


@pytest.mark.parametrize("blank", [b" ", b"\0" * 500, b"\r\n\t"])
def test_a_blank_packet_is_none(blank):
    metadata = read(saved(PICTURE, "JPEG", xmp=blank))
    assert (metadata.xmp, metadata.warnings) == (None, ())


def test_xmp_of_gif_is_read():
    plain = saved(PICTURE, "GIF")
    start = 13 + 3 * 2 ** ((plain[10] & 7) + 1)
    packet = packet_of('xmp:Rating="4"')
    assert read(plain[:start] + gif_extension(packet) + plain[start:]).xmp == packet


def test_iptc_and_texts_are_told_in_xmp_where_that_is_silent():
    metadata = read(in_jpeg(BLOCK))
    assert metadata.iptc == BLOCK
    packet = xmp.parse(metadata.xmp or b"")
    assert packet.value_of("dc:title") == "Brücke"
    assert packet.value_of("photoshop:City") == "Bonn"


def test_what_xmp_says_already_comes_first():
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", packet_of('dc:title="mine" dc:rights=""').decode())
    info.add_text("Title", "another")
    info.add_text("Copyright", "me")
    metadata = read(saved(PICTURE, pnginfo=info))
    packet = xmp.parse(metadata.xmp or b"")
    assert (packet.value_of("dc:title"), packet.value_of("dc:rights")) == ("mine", "me")
    assert metadata.texts == {"Title": "another", "Copyright": "me"}


def test_what_is_left_out_of_a_jpeg_is_said():
    extended = b"http://ns.adobe.com/xmp/extension/\0" + bytes(60)
    extra = b"\xff\xe1" + struct.pack(">H", len(extended) + 2) + extended
    content = b"JP\0\1" + bytes(20)
    extra += b"\xff\xeb" + struct.pack(">H", len(content) + 2) + content
    remarks = read(saved(PICTURE, "JPEG", extra=extra)).warnings
    assert [word for remark in remarks for word in ("64 KiB", "C2PA") if word in remark] == [
        "64 KiB", "C2PA",
    ]  # fmt: skip


def test_a_file_that_says_nothing_has_no_metadata():
    assert read(saved(PICTURE)) == Metadata()


def test_stripping_leaves_nothing_but_the_remarks():
    metadata = Metadata(
        exif=b"Exif\0\0", xmp=b"<x/>", texts={"a": "b"}, dpi=(9, 9), warnings=("w",)
    )
    assert stripped(metadata) == Metadata(warnings=("w",))


@pytest.mark.parametrize(
    ("form", "expected"),
    [("png", ""), ("jpeg", "'parameters'"), ("gif", "'parameters' 2:118"),
     ("webp", "'parameters' 'Comment' 2:118"), ("tiff", "'parameters' 'Comment'")],
)  # fmt: skip
def test_what_a_format_cannot_hold_is_said(form, expected):
    metadata = Metadata(
        xmp=packet_of('dc:description="another"'),
        iptc=dataset(118, b"x"),
        texts={"parameters": "x", "Comment": "y"},
    )
    said = " ".join(untold(metadata, form))
    words = ("'parameters'", "'Comment'", "2:118")
    assert " ".join(word for word in words if word in said) == expected


def test_iptc_that_is_too_long_for_jpeg_is_said():
    metadata = Metadata(iptc=dataset(120, b"x" * 32000) * 3)
    assert "this length" in "".join(untold(metadata, "jpeg"))
