"""Faults that fuzzing has found in pictures and messages, each by a small file that shows it."""

import logging
import struct
import time
import zlib
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from colorize_cli import console
from colorize_cli.core import opening, xmp
from colorize_cli.core.errors import BadConfigError, NotAnImageError
from colorize_cli.core.frames import read_frames
from colorize_cli.core.image_encoding import FORMATS
from colorize_cli.core.image_io import decode
from colorize_cli.core.picture_file import FileChoices, recolored
from colorize_cli.core.png_chunks import chunk
from colorize_cli.core.provenance import Provenance

ESCAPE = "\x1b]0;owned\x07"


def png(picture: Image.Image | None = None, **options: object) -> bytes:
    buffer = BytesIO()
    (picture or Image.new("L", (12, 10), 90)).save(buffer, "PNG", **options)
    return buffer.getvalue()


def with_text(key: str, text: str) -> bytes:
    info = PngInfo()
    info.add_itxt(key, text, zip=True)
    return png(pnginfo=info)


def again(data: bytes, form: str = "png") -> bytes:
    return recolored(data, lambda picture: picture, FileChoices(form=FORMATS[form])).data


def quickly(work: Callable[[], object]) -> None:
    """Do what took hours; ten seconds of the processor are generous for milliseconds."""
    start = time.process_time()
    work()
    assert time.process_time() - start < 10


def test_a_reader_that_logs_prints_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tiff = BytesIO()
    Image.new("RGB", (4, 3)).save(tiff, "TIFF")
    data = bytearray(tiff.getvalue())
    # SamplesPerPixel, a SHORT of the value 3, becomes 621.
    place = bytes(data).index(struct.pack("<HHIH", 277, 3, 1, 3))
    struct.pack_into("<H", data, place + 8, 621)
    # As in a program: pytest itself listens to all that is logged.
    monkeypatch.setattr(logging.root, "handlers", [])
    monkeypatch.setattr(logging.getLogger("PIL"), "handlers", [])
    opening._silence_log.cache_clear()
    with pytest.raises(NotAnImageError):
        decode(bytes(data))
    decode(png())
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("text", [" " * 2**20, "\n" * 2**20])
def test_a_packet_of_white_space_takes_no_hours(text: str) -> None:
    packet = xmp.EMPTY_PACKET.decode().replace(
        "</rdf:RDF>", f"<rdf:Description rdf:about=''{text}></rdf:Description></rdf:RDF>{text}"
    )
    quickly(lambda: xmp.changed(xmp.parse(packet.encode()), add={"dc:title": "x"}))


def test_declarations_without_end_take_no_hours() -> None:
    def parse() -> None:
        with pytest.raises(xmp.DamagedXmpError):
            xmp.parse(b"<?xml " * 2**19)

    quickly(parse)


def test_a_packet_of_many_megabytes_is_not_parsed() -> None:
    with pytest.raises(xmp.DamagedXmpError, match="longer"):
        xmp.parse(xmp.EMPTY_PACKET + b"<a/>" * 2**21)


def test_a_text_that_unfolds_into_megabytes_is_left_out_with_a_remark() -> None:
    picture = decode(with_text("Author", "\x01" * 2**24))
    assert not picture.metadata.texts
    assert picture.warnings == ("texts of more than a million characters are left out",)


def test_characters_that_xml_cannot_hold_are_replaced() -> None:
    assert xmp.text("a\x01\ud800\ufffe\t<\U0001f600\ud7ff\ue000") == (
        "a\ufffd\ufffd\ufffd\t&lt;\U0001f600\ud7ff\ue000"
    )


def test_many_frames_with_many_extensions_take_no_hours() -> None:
    frames = [Image.new("L", (2, 2), shade) for shade in (1, 2)]
    gif = BytesIO()
    frames[0].save(gif, "GIF", save_all=True, append_images=frames[1:])
    data = gif.getvalue()
    start = data.index(b",")
    frame = data[start : data.index(b",", start + 1)]
    many = data[:start] + b"!\xfe\0" * 3000 + frame * 3000 + b";"
    quickly(lambda: [*read_frames(many).frames])


def test_a_palette_that_is_stated_often_is_kept_once() -> None:
    from colorize_cli.core.animated_png import parse_animation

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 3, 0, 0, 0))
    control = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 1, 1, 0, 0, 1, 1, 0, 0))
    data = chunk(b"IDAT", zlib.compress(b"\0\0"))
    end = chunk(b"IEND", b"")
    palettes = chunk(b"PLTE", b"abc") * 999 + chunk(b"PLTE", b"xyz")
    found = parse_animation(b"\x89PNG\r\n\x1a\n" + header + palettes + control + data + end)
    assert found.shared == {b"PLTE": chunk(b"PLTE", b"xyz")}


@pytest.mark.parametrize("text", ['tiff:Orientation="6"', "tiff:Orientation='65'"])
def test_an_orientation_within_a_text_turns_no_result(text: str) -> None:
    data = with_text("Title", f"a {text} b")
    assert decode(again(data)).size == (12, 10)


def test_an_orientation_in_a_namespace_of_nobody_turns_no_result_from_utf_16() -> None:
    node = '<rdf:Description xmlns:tiff="urn:nobody" tiff:Orientation="6"/></rdf:RDF>'
    packet = xmp.EMPTY_PACKET.decode().replace("</rdf:RDF>", node).encode("utf-16")
    jpeg = BytesIO()
    Image.new("L", (12, 10)).save(jpeg, "JPEG", xmp=packet)
    mark = Provenance(program="p", model="m", model_sha256="0", source_sha256="1", options="")
    result = recolored(jpeg.getvalue(), lambda picture: picture, FileChoices(), provenance=mark)
    assert decode(result.data).size == (12, 10)


def test_xmp_in_utf_16_ends_no_gif_early() -> None:
    packet = xmp.EMPTY_PACKET.decode().encode("utf-16")
    jpeg = BytesIO()
    Image.new("L", (12, 10)).save(jpeg, "JPEG", xmp=packet)
    result = recolored(jpeg.getvalue(), lambda picture: picture, FileChoices(form=FORMATS["gif"]))
    assert decode(result.data).size == (12, 10)
    assert any("zero bytes" in remark for remark in result.warnings)


def test_postscript_is_not_run_whatever_it_is_called() -> None:
    eps = BytesIO()
    Image.new("L", (4, 3)).save(eps, "EPS")
    with pytest.raises(NotAnImageError, match="program"):
        decode(eps.getvalue(), path="photo.jpg")


def test_messages_escape_what_a_terminal_obeys(capsys: pytest.CaptureFixture[str]) -> None:
    console.print_error(BadConfigError(f"odd {ESCAPE}\u202e\ud800", path=f"a{ESCAPE}\nb"))
    console.print_warning(ESCAPE)
    console.print_table(ESCAPE, ["a"], [[f"b\n{ESCAPE}"]])
    printed = capsys.readouterr().err
    assert "\x1b" not in printed
    assert "\x07" not in printed
    assert "\u202e" not in printed
    assert r"odd \x1b]0;owned\x07\u202e\ud800" in printed


def test_a_reason_of_a_million_characters_is_shortened() -> None:
    text = str(BadConfigError("x" * 10**6 + "end"))
    assert len(text) < 1100
    assert text.endswith("xend")
