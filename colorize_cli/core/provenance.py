"""What a result says of how it was made, for people, for programs, and for the next run.

Three places: EXIF Software, which every viewer shows; the IPTC's DigitalSourceType in XMP, which
sites and archives read; and a note of our own in XMP, from which a later run tells whether the
file was made from the same input, model and options.

The term is `compositeWithTrainedAlgorithmicMedia`, "Edited using Generative AI": "Augmentation,
correction or enhancement using a Generative AI model" (IPTC NewsCodes, Digital Source Type, as of
2024-09-17). A generative network invents the colours of a real photograph. The other candidate,
`algorithmicallyEnhanced` (as of 2024-10-23), is for algorithms that do not change the main
content, "such as sharpening or applying noise reduction"; invented colours are more than that.
A property holds one term (IPTC Photo Metadata Standard), so what a file said before, such as
`negativeFilm`, is kept in our note.
"""

import re
from pathlib import Path
from typing import Final

from PIL import ExifTags

from colorize_cli.core import xmp
from colorize_cli.core.exif import exif_of_resolution, in_unicode, text_of, with_tag
from colorize_cli.core.metadata import Metadata
from colorize_cli.core.records import names_of, record, replace
from colorize_cli.core.text_fields import SOFTWARE
from colorize_cli.core.xmp_search import find_xmp

SOURCE_TYPE: Final = (
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
)
SOURCE_TYPE_NAME: Final = "Iptc4xmpExt:DigitalSourceType"
CREATOR_TOOL: Final = "xmp:CreatorTool"
EARLIER_SOURCE_TYPE: Final = "colorize:EarlierDigitalSourceType"
UNREADABLE_PACKET: Final = "colorize:UnreadablePacket"
"""An XMP packet that could not be merged, as base64: nobody's data is thrown away."""

GREATEST_UNREADABLE: Final = 48000
"""Characters of it that still fit, with the note, into the 64 KiB that JPEG has for XMP."""

NOTE: Final = {
    "program": "colorize:Program",
    "model": "colorize:Model",
    "model_sha256": "colorize:ModelSha256",
    "source_sha256": "colorize:SourceSha256",
    "options": "colorize:Options",
}
"""The properties of our note, by the fields of Provenance."""

MAKER_END: Final = "colours are machine-made"
EARLIER_MAKER: Final = re.compile(rf"(; |^)colorize \S+, model [^;]*; {MAKER_END}")


@record
class Provenance:
    """What made a result, from what: the same in all five means the same pixels.

    `program` is such as "colorize 0.1.0", `model` its name in ASCII, `source_sha256` that of the
    input file's bytes, `options` a canonical text of all else that decides the pixels.
    """

    program: str
    model: str
    model_sha256: str
    source_sha256: str
    options: str


def marked(metadata: Metadata, provenance: Provenance) -> Metadata:
    """Return metadata that tells how the picture was made, behind all that it told before.

    Our own earlier mark is replaced. An XMP packet that is damaged is carried along within a new
    one, if it is not too long for that, with a warning. Characters that XML cannot hold become
    U+FFFD in the note.
    """
    exif = metadata.exif or exif_of_resolution(metadata.dpi)
    stated = text_of(exif, ExifTags.Base.Software)
    texts = {SOFTWARE: in_unicode(stated), **metadata.texts}
    software = _signed(stated or texts[SOFTWARE], provenance)
    signed = replace(
        metadata,
        exif=with_tag(exif, ExifTags.Base.Software, software),
        texts={**texts, SOFTWARE: _signed(texts[SOFTWARE], provenance)},
    )
    try:
        return replace(signed, xmp=_noted(metadata.xmp, provenance))
    except xmp.DamagedXmpError:
        return _with_damaged(signed, provenance)


def _with_damaged(metadata: Metadata, provenance: Provenance) -> Metadata:
    import base64

    damaged = base64.b64encode(metadata.xmp or b"").decode()
    is_kept = len(damaged) <= GREATEST_UNREADABLE
    packet = _noted(None, provenance)
    if is_kept:
        packet = xmp.changed(xmp.parse(packet), add={UNREADABLE_PACKET: damaged})
    kept = "kept as base64 within a new one" if is_kept else "too long to keep, and left out"
    remark = f"its XMP packet is damaged: it is {kept}"
    return replace(metadata, xmp=packet, warnings=(*metadata.warnings, remark))


def read_provenance(path: Path) -> Provenance | None:
    """Return how a file was made if `colorize` made and marked it, else None.

    No pixel is decoded and nothing raised, whatever the file holds and whether it is there.
    """
    packet = find_xmp(path)
    try:
        found = xmp.parse(packet) if packet else None
    except xmp.DamagedXmpError:
        return None
    return _note_of(found) if found else None


def _note_of(packet: xmp.Packet) -> Provenance | None:
    values = {field: packet.value_of(name) for field, name in NOTE.items()}
    stated = {field: value for field, value in values.items() if value is not None}
    return Provenance(**stated) if len(stated) == len(names_of(Provenance)) else None


def _signed(stated: str, provenance: Provenance) -> str:
    before = EARLIER_MAKER.sub("", stated)
    model = f"model {provenance.model} {provenance.model_sha256[:12]}"
    maker = f"{provenance.program}, {model}; {MAKER_END}"
    return f"{before}; {maker}" if before else maker


def _noted(packet: bytes | None, provenance: Provenance) -> bytes:
    before = xmp.parse(packet or xmp.EMPTY_PACKET)
    note = {name: getattr(provenance, field) for field, name in NOTE.items()}
    note[SOURCE_TYPE_NAME] = SOURCE_TYPE
    if earlier := _earlier_source_type(before):
        note[EARLIER_SOURCE_TYPE] = earlier
    if before.value_of(CREATOR_TOOL) in {None, before.value_of(NOTE["program"])}:
        note[CREATOR_TOOL] = provenance.program
    return xmp.changed(before, drop=set(note), add={name: xmp.text(note[name]) for name in note})


def _earlier_source_type(packet: xmp.Packet) -> str | None:
    """Return what the file said first, however often it was coloured."""
    stated = packet.value_of(SOURCE_TYPE_NAME)
    is_ours = stated == SOURCE_TYPE and _note_of(packet) is not None
    return packet.value_of(EARLIER_SOURCE_TYPE) if is_ours else stated
