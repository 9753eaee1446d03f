"""The search for a file's XMP: nothing raised by hostile files, pixels not read."""

from io import BytesIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from colorize_cli.core import xmp
from colorize_cli.core.exif import with_tag
from colorize_cli.core.metadata import Metadata
from colorize_cli.core.xmp_search import gif_extension, packet_in
from marked_files import WRITERS
from pictures import saved

KEPT = Metadata(xmp=xmp.changed(xmp.parse(xmp.EMPTY_PACKET), add={"dc:source": "x" * 500}))


class CountingFile(BytesIO):
    """Counts the bytes that are read."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        content = super().read(size)
        self.count += len(content)
        return content


@pytest.mark.parametrize("name", ["png", "late.png", "webp", "tiff", "gif"])
def test_pixels_are_not_read(name):
    large = Image.effect_noise((700, 700), 90).convert("P" if name == "gif" else "RGB")
    small = WRITERS[name](KEPT)
    data = {
        "png": lambda: saved(large, pnginfo=png_info(KEPT)),
        "late.png": lambda: saved(large)[:-12] + small[small.index(b"iTXt") - 4 :],
        "webp": lambda: saved(large, "WEBP", xmp=KEPT.xmp, lossless=True),
        "tiff": lambda: saved(large, "TIFF", exif=with_tag(None, 700, KEPT.xmp)),
        "gif": lambda: with_extension(saved(large, "GIF"), KEPT),
    }[name]()
    file = CountingFile(data)
    assert packet_in(file) == KEPT.xmp
    assert file.count < len(data) / 10


def png_info(kept: Metadata) -> PngInfo:
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", (kept.xmp or b"").decode())
    return info


def with_extension(plain: bytes, kept: Metadata) -> bytes:
    start = 13 + 3 * 2 ** ((plain[10] & 7) + 1)
    return plain[:start] + gif_extension(kept.xmp or b"") + plain[start:]


@given(st.sampled_from(sorted(WRITERS)), st.data())
@settings(deadline=None, max_examples=150)
def test_hostile_files_raise_nothing(name, data):
    whole = bytearray(WRITERS[name](KEPT))
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place] = data.draw(st.integers(0, 255))
    packet = packet_in(BytesIO(bytes(whole[: data.draw(st.integers(0, len(whole)))])))
    assert packet is None or isinstance(packet, bytes)


@given(st.binary(max_size=60))
@example(b"II*\0\x08\0\0\0\x00\x00\x08\0\0\0")  # directories in a circle
@example(b"GIF89a" + b"\0" * 7 + b"!\xff")
@example(b"\xff\xd8\xff\xe1\0\0")
@example(b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffiTXt")
@settings(deadline=None, max_examples=60)
def test_odd_bytes_raise_nothing(start):
    for signature in (b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"RIFF1234WEBP", b"GIF89a", b"MM\0*", b""):
        assert packet_in(BytesIO(signature + start)) is None
