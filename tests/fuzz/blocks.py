"""What picture files carry beside pixels: EXIF, XMP, IPTC-IIM, ICC profiles; whole and damaged."""

import struct
from functools import cache
from io import BytesIO
from random import Random

from mutation import ODD_NUMBERS, damaged, odd_text
from PIL import Image, ImageCms

from colorize_cli.core import iptc, xmp


def odd_exif(random: Random) -> bytes:
    """Return an EXIF block, as TIFF has it, with faults in its tags or bytes."""
    data = bytearray(_exif(random.choice((1, 3, 6, 8, 0, 9)), random.random() < 0.5))
    for _ in range(random.randrange(3)):
        _change_entry(random, data)
    return damaged(random, bytes(data)) if random.random() < 0.5 else bytes(data)


@cache
def _exif(orientation: int, has_place: bool) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = "a caption"
    exif[0x0131] = "a program"
    exif[0x011A], exif[0x011B], exif[0x0128] = 300.0, 300.0, 2
    exif[0x8769] = {0x9003: "2020:01:02 03:04:05", 0xA002: 10, 0xA003: 10, 0x927C: b"maker" * 9}
    if has_place:
        exif[0x8825] = {1: "N", 2: (1.0, 2.0, 3.0), 5: b"\0"}
    return exif.tobytes().removeprefix(b"Exif\0\0")


def _change_entry(random: Random, data: bytearray) -> None:
    """Change tag, type, count or value of an entry of the first directory."""
    order = "<" if data[:2] == b"II" else ">"
    (place,) = struct.unpack_from(f"{order}I", data, 4)
    (count,) = struct.unpack_from(f"{order}H", data, place)
    entry = place + 2 + 12 * random.randrange(count)
    field, layout = random.choice(((0, "H"), (2, "H"), (4, "I"), (8, "I")))
    numbers = [*ODD_NUMBERS[:-2], *range(14), 8, entry, place, len(data) - 1, 0x8769, 0x8825, 700]
    number = random.choice(numbers) % (65536 if layout == "H" else 2**32)
    struct.pack_into(f"{order}{layout}", data, entry + field, number)


def odd_xmp(random: Random) -> bytes:
    """Return an XMP packet: some of ours and others', with odd texts, or damaged."""
    text = odd_text(random).encode("utf-8", "replace").decode()
    add = {
        "dc:title": xmp.alternative(text),
        "dc:creator": xmp.array("Seq", [text, "b"]),
        "tiff:Orientation": random.choice(("1", "6", "99", text[:50])),
        "xmp:CreatorTool": xmp.text(text),
    }
    names = random.sample(sorted(add), random.randrange(len(add) + 1))
    markup = {
        name: xmp.text(add[name]) if name == "tiff:Orientation" else add[name] for name in names
    }
    packet = xmp.changed(xmp.parse(xmp.EMPTY_PACKET), add=markup)
    packet = random.choice((_whole, _as_attributes, _entities, _nested, _utf16, _prefixed))(packet)
    return damaged(random, packet) if random.random() < 0.6 else packet


def _whole(packet: bytes) -> bytes:
    return packet


def _as_attributes(packet: bytes) -> bytes:
    node = (
        b'<rdf:Description rdf:about="x" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        b' xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6" dc:format=\'a>b\'/>'
    )
    return packet.replace(b"</rdf:RDF>", node + b"</rdf:RDF>")


def _entities(packet: bytes) -> bytes:
    rules = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    return rules + packet.replace(b"</rdf:RDF>", b"&b;&b;</rdf:RDF>")


def _nested(packet: bytes) -> bytes:
    return packet.replace(b"</rdf:RDF>", b"<a>" * 20_000 + b"</a>" * 20_000 + b"</rdf:RDF>")


def _utf16(packet: bytes) -> bytes:
    return packet.decode().encode("utf-16")


def _prefixed(packet: bytes) -> bytes:
    return packet.replace(b"rdf:", b"r:").replace(b"xmlns:rdf", b"xmlns:r")


def odd_iptc(random: Random) -> bytes:
    """Return an IPTC-IIM block whose lengths, numbers or texts are odd."""
    block = b""
    for _ in range(random.randrange(1, 6)):
        value = odd_text(random).encode("utf-8", "replace")[: random.choice((10, 300, 40000))]
        key = random.choice([*sorted(iptc.PLACES), 0, 55, 60, 62, 90, 118, 200])
        length = struct.pack(">H", len(value))
        if len(value) > 32767 or random.random() < 0.1:
            length = struct.pack(">HI", 0x8004, random.choice((len(value), *ODD_NUMBERS[:-2])))
        record = random.choice((1, 2, 2, 2, 2, 7))
        block += bytes([iptc.MARKER, record, key]) + length + value
    return damaged(random, block) if random.random() < 0.6 else block


def photoshop(random: Random, block: bytes) -> bytes:
    """Return an IPTC block among Photoshop's resources, whose lengths may lie."""
    length = len(block) if random.random() < 0.7 else random.choice(ODD_NUMBERS) % 2**32
    name = random.choice((b"\0\0", b"\3abc", b"\xffab"))
    resource = b"8BIM" + struct.pack(">H", 0x0404) + name + struct.pack(">I", length) + block
    return resource + bytes(len(block) % 2)


def odd_profile(random: Random) -> bytes:
    """Return an ICC profile, of colour, gray, Lab or CMYK by name, with faults in its tags."""
    data = bytearray(_profile(random.choice(("sRGB", "LAB", "XYZ"))))
    if random.random() < 0.3:
        data[16:20] = random.choice((b"GRAY", b"RGB ", b"CMYK", b"Lab ", b"XYZ ", b"\0\0\0\0"))
    for _ in range(random.randrange(3)):
        _change_tag(random, data)
    return damaged(random, bytes(data)) if random.random() < 0.7 else bytes(data)


@cache
def _profile(name: str) -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(name)).tobytes()  # type: ignore[arg-type]


def _change_tag(random: Random, data: bytearray) -> None:
    """Change name, offset or length of a tag, or the head of what it points to."""
    (count,) = struct.unpack_from(">I", data, 128)
    entry = 132 + 12 * random.randrange(max(1, min(count, 30)))
    _, start, length = struct.unpack_from(">4sII", data, entry)
    kind = random.randrange(4)
    if kind == 0:
        names = (b"kTRC", b"rTRC", b"gXYZ", b"A2B0", b"wtpt", b"desc")
        struct.pack_into(">4s", data, entry, random.choice(names))
    elif kind == 1:
        number = random.choice((*ODD_NUMBERS[:-2], start, length, len(data))) % 2**32
        struct.pack_into(">I", data, entry + random.choice((4, 8)), number)
    elif start + 16 <= len(data):
        heads = (b"curv", b"para", b"XYZ ", b"mft2", b"mluc", bytes(4))
        data[start : start + 4] = random.choice(heads)
        struct.pack_into(">I", data, start + 8, random.choice((*range(6), *ODD_NUMBERS[:-2])))


def still(mode: str = "RGB", *, form: str = "PNG", **options: object) -> bytes:
    """Return a small picture of a mode as a file."""
    buffer = BytesIO()
    _image(mode).save(buffer, form, **options)
    return buffer.getvalue()


@cache
def _image(mode: str) -> Image.Image:
    codes = Random(mode).randbytes(12 * 10 * 3)
    image = Image.frombytes("RGB", (12, 10), codes)
    if mode == "I;16":
        return Image.frombytes("I;16", (12, 10), codes[: 12 * 10 * 2])
    if mode == "F":
        return image.convert("L").convert("F").point(lambda value: value / 256 + 0)
    return image.convert("LAB") if mode == "LAB" else image.convert(mode)
