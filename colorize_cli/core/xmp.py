"""XMP packets, read and changed without touching anything else that they say.

A packet is changed as text: properties are cut out of it and others are put in, so that whatever
else stands in it, prefixes and white space included, stays byte for byte. Its structure comes
from expat; document type declarations, which XMP has no use for and through which entities are
multiplied, are refused before it sees them. Source: ISO 16684-1:2019 (XMP), RDF/XML (W3C 2014).
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, TypeAlias
from xml.parsers import expat

from colorize_cli.core.records import record

NAMESPACES: Final = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "colorize": "urn:colorize-gan:provenance:1#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpNote": "http://ns.adobe.com/xmp/note/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
}
"""The prefixes in which properties are named here; a packet may use others for them."""

RDF: Final = f"{NAMESPACES['rdf']} RDF"
ABOUT: Final = f"{NAMESPACES['rdf']} about"
RESOURCE: Final = f"{NAMESPACES['rdf']} resource"

BEGIN: Final = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'.encode()
END: Final = b'<?xpacket end="w"?>'
"""What stands around a packet, as ISO 16684-1 prescribes it."""

EMPTY_PACKET: Final = b"".join(
    [
        BEGIN,
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/">',
        f'<rdf:RDF xmlns:rdf="{NAMESPACES["rdf"]}"></rdf:RDF>'.encode(),
        b"</x:xmpmeta>",
        END,
    ]
)
"""A packet that says nothing."""

BODY: Final = rb"<((?:[\w.-]+:)?(?:xmpmeta|xapmeta|RDF))[\s>]"
# No search begins within white space, else a megabyte of it would take hours.
ATTRIBUTE: Final = re.compile(rb"(?<!\s)\s+([^\s=]+)\s*=\s*(?:\"[^\"]*\"|'[^']*')")
START_TAG: Final = re.compile(rb"<[^\s/>]+(?:" + ATTRIBUTE.pattern + rb")*\s*/?>")
DECLARATION: Final = r"<\?xml\s[^<>]*\?>"
PADDING: Final = rb"(?<!\s)\s+(?=<\?xpacket end)"
NOT_XML: Final = "[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
"""What XML 1.0 cannot hold (section 2.2)."""
IN_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
IN_ATTRIBUTE: Final = IN_TEXT | str.maketrans({'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})

BYTE_ORDER_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)

GREATEST_PACKET: Final = 2**23
"""Bytes of a packet that is parsed, lest millions of elements take minutes; most have kilobytes."""

Span: TypeAlias = tuple[int, int]


class DamagedXmpError(ValueError):
    """A packet that is not XMP, or whose XML is damaged or unsafe."""


@record
class Property:
    """A property of the picture: its full name, its text (of all items, if several), its place."""

    name: str
    value: str
    span: Span


@record
class Packet:
    """A packet in UTF-8 and where its parts stand; `nodes` are those that hold the properties."""

    text: bytes
    about: str
    nodes: tuple[Span, ...]
    properties: tuple[Property, ...]
    end: Span

    def value_of(self, name: str) -> str | None:
        """Return the text of a property such as `dc:title`, None if the packet has none."""
        wanted = full_name(name)
        return next((entry.value for entry in self.properties if entry.name == wanted), None)


def parse(packet: bytes) -> Packet:
    """Find a packet's properties, those within other properties left aside.

    What stands around the packet's one element is replaced where it is damaged, as in many old
    scans. Raises DamagedXmpError.
    """
    if len(packet) > GREATEST_PACKET:
        raise DamagedXmpError("longer than a packet can be")
    text = _utf8(packet)
    try:
        return _scanned(text)
    except DamagedXmpError:
        return _scanned(_without_surroundings(text))


def _scanned(text: bytes) -> Packet:
    scanner = _Scanner(text)
    try:
        scanner.parser.Parse(text, True)
    except (expat.ExpatError, ValueError) as error:
        raise DamagedXmpError(str(error)) from error
    if scanner.end is None:
        raise DamagedXmpError("no rdf:RDF in it")
    return Packet(
        text=text,
        about=scanner.about or "",
        nodes=tuple(scanner.nodes),
        properties=tuple(sorted(scanner.properties, key=lambda entry: entry.span)),
        end=scanner.end,
    )


def _without_surroundings(text: bytes) -> bytes:
    found = re.search(BODY, text)
    end = b"</" + found[1] + b">" if found else b""
    if not found or (stop := text.rfind(end)) < found.start():
        raise DamagedXmpError("not XMP")
    return BEGIN + text[found.start() : stop] + end + END


def changed(packet: Packet, *, drop: Collection[str] = (), add: Mapping[str, str]) -> bytes:
    """Return the packet without the properties named in `drop`, with those of `add`.

    `add` maps names such as `dc:title` to what `text`, `alternative` or `array` make. What a
    packet says twice is dropped twice; `drop` does not touch what is added.
    """
    parts, place = [], 0
    for start, stop in _cuts(packet, {full_name(name) for name in drop}):
        parts.append(packet.text[place:start])
        place = stop
    parts += [packet.text[place : packet.end[0]], _closing(packet, add)]
    return re.sub(PADDING, b"\n", b"".join([*parts, packet.text[packet.end[1] :]]))


def _cuts(packet: Packet, dropped: Collection[str]) -> Iterator[Span]:
    """Yield what to cut out, in order: properties, or the node that would be left with none."""
    rest = iter([*packet.properties, None])
    entry = next(rest)
    for start, stop in packet.nodes:
        spans, is_emptied = [], True
        while entry and entry.span[0] < stop:
            is_emptied &= entry.name in dropped
            spans += [entry.span] if entry.name in dropped else []
            entry = next(rest)
        yield from [(start, stop)] if spans and is_emptied else spans


def text(value: str) -> str:
    """Return a simple value as XML; what XML cannot hold becomes U+FFFD."""
    # The pattern takes 10 ms to compile, and nearly all texts are plain.
    kept = value if value.isprintable() else re.sub(NOT_XML, "\ufffd", value)
    return kept.translate(IN_TEXT)


def alternative(value: str) -> str:
    """Return a text of one, unnamed language (ISO 16684-1, 8.2.2.4)."""
    return f'<rdf:Alt><rdf:li xml:lang="x-default">{text(value)}</rdf:li></rdf:Alt>'


def array(kind: str, values: Sequence[str]) -> str:
    """Return several values; `kind` is Bag, or Seq where their order matters."""
    items = "".join(f"<rdf:li>{text(value)}</rdf:li>" for value in values)
    return f"<rdf:{kind}>{items}</rdf:{kind}>"


def full_name(name: str) -> str:
    """Return the name by which packets know a property such as `dc:title`."""
    prefix, local = name.split(":")
    return f"{NAMESPACES[prefix]} {local}"


def _closing(packet: Packet, add: Mapping[str, str]) -> bytes:
    """Return what stands instead of the end of rdf:RDF, or of all of it where it is empty."""
    end = packet.text[slice(*packet.end)]
    described = _description(packet.about, add) if add else ""
    if end.startswith(b"</"):
        return described.encode() + end
    return f'<rdf:RDF xmlns:rdf="{NAMESPACES["rdf"]}">{described}</rdf:RDF>'.encode()


def _description(about: str, add: Mapping[str, str]) -> str:
    prefixes = sorted({"rdf", *(name.split(":")[0] for name in add)})
    spaces = " ".join(f'xmlns:{prefix}="{NAMESPACES[prefix]}"' for prefix in prefixes)
    subject = about.translate(IN_ATTRIBUTE)
    body = "".join(f"<{name}>{markup}</{name}>" for name, markup in add.items())
    return f'<rdf:Description {spaces} rdf:about="{subject}">{body}</rdf:Description>'


def _utf8(packet: bytes) -> bytes:
    """Return the packet in UTF-8, without what would say otherwise."""
    found = packet.strip(b"\0 \t\r\n") if not packet.startswith(b"\0<") else packet
    encoding = next((name for mark, name in BYTE_ORDER_MARKS if found.startswith(mark)), "utf-8")
    if encoding.startswith("utf-16") and len(found) % 2:
        found += b"\0"
    try:
        decoded = found.decode(encoding).strip("\ufeff\0 \t\r\n")
    except UnicodeDecodeError as error:
        raise DamagedXmpError("not in a Unicode encoding") from error
    if "<!DOCTYPE" in decoded:
        raise DamagedXmpError("it declares a document type")
    return re.sub(DECLARATION, "", decoded, count=1).encode()


class _Scanner:
    """What expat calls: keeps the open elements, and finds properties by their bytes.

    An open element is the place of its start tag, and whether that is all of it.
    """

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.tags: list[tuple[int, int, bool]] = []
        self.rdf_depth = 0
        self.about: str | None = None
        self.end: Span | None = None
        self.nodes: list[Span] = []
        self.properties: list[Property] = []
        self.words: list[str] = []
        self.parser = expat.ParserCreate("UTF-8", " ")
        self.parser.buffer_text = True
        self.parser.ordered_attributes = True
        self.parser.StartElementHandler = self._open
        self.parser.EndElementHandler = self._close
        self.parser.CharacterDataHandler = self._read

    def _level(self) -> int:
        """Return 0 for rdf:RDF, 1 for what it describes, 2 for a property, -1 outside."""
        is_inside = self.rdf_depth > 0 and self.end is None
        return len(self.tags) - self.rdf_depth if is_inside else -1

    def _open(self, name: str, attributes: Sequence[str]) -> None:
        start = self.parser.CurrentByteIndex
        found = START_TAG.match(self.source, start)
        stop = found.end() if found else start
        self.tags.append((start, stop, self.source[stop - 2 : stop] == b"/>"))
        if not self.rdf_depth and name == RDF:
            self.rdf_depth = len(self.tags)
        level = self._level()
        if level == 1:
            self._describe(attributes)
        elif level == 2:
            named = dict(zip(attributes[::2], attributes[1::2], strict=True))
            self.words = [named[RESOURCE]] if RESOURCE in named else []

    def _describe(self, attributes: Sequence[str]) -> None:
        start, stop, _ = self.tags[-1]
        # Expat leaves out the declarations of namespaces, and keeps the order of the others.
        found = ATTRIBUTE.finditer(self.source, start, stop)
        spans = [entry.span() for entry in found if entry[1].split(b":")[0] != b"xmlns"]
        for name, value, span in zip(attributes[::2], attributes[1::2], spans, strict=True):
            if name in {ABOUT, "about"}:
                self.about = value if self.about is None else self.about
            elif not name.startswith(NAMESPACES["rdf"]):
                self.properties.append(Property(name=name, value=value, span=span))

    def _close(self, name: str) -> None:
        level, last = self._level(), self.parser.CurrentByteIndex
        start, stop, is_all = self.tags.pop()
        if not is_all:
            stop = self.source.index(b">", last) + 1
        if level == 0:
            self.end = (start if is_all else last, stop)
        elif level == 1:
            self.nodes.append((start, stop))
        elif level == 2:
            value = "".join(self.words)
            self.properties.append(Property(name=name, value=value, span=(start, stop)))

    def _read(self, words: str) -> None:
        if self._level() >= 2:
            self.words.append(words)
