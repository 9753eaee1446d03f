"""XMP packets: what is found in them, and that a change leaves the rest as it was."""

import xml.etree.ElementTree as ElementTree
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colorize_cli.core import xmp

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC = "http://purl.org/dc/elements/1.1/"
XMP = "http://ns.adobe.com/xap/1.0/"

PACKET = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Some Core">
 <r:RDF xmlns:r="{RDF}">
  <r:Description r:about="uuid:1" xmlns:a="{XMP}" xmlns:odd="http://odd.example/"
      a:CreatorTool='A "tool" > another' odd:name="1&#10;2">
   <!-- a remark -->
   <odd:list><r:Bag><r:li>x</r:li><r:li><a:Rating>5</a:Rating></r:li></r:Bag></odd:list>
   <a:Rating>3</a:Rating>
  </r:Description>
  <r:Description r:about="uuid:1" xmlns:d="{DC}"><d:source/></r:Description>
 </r:RDF>
</x:xmpmeta>
<?xpacket end="w"?>""".encode()


def told(packet: bytes) -> dict[str, str]:
    """Return simple properties as another parser finds them."""
    found: dict[str, str] = {}
    for node in ElementTree.fromstring(packet).iter(f"{{{RDF}}}Description"):
        found |= {name: value for name, value in node.attrib.items() if RDF not in name}
        found |= {child.tag: "".join(child.itertext()) for child in node}
    return found


def test_properties_are_found_whether_attributes_or_elements():
    packet = xmp.parse(PACKET)
    assert packet.value_of("xmp:CreatorTool") == 'A "tool" > another'
    assert packet.value_of("xmp:Rating") == "3"
    assert packet.value_of("dc:source") == ""
    assert packet.value_of("dc:title") is None


def test_a_change_leaves_every_other_byte_as_it_was():
    result = xmp.changed(xmp.parse(PACKET), add={"dc:title": xmp.alternative("A <b> & c")})
    start, end = PACKET.split(b"</r:RDF>")
    assert result.startswith(start)
    assert result.endswith(b"</r:RDF>" + end)
    assert told(result) == told(PACKET) | {f"{{{DC}}}title": "A <b> & c"}


def test_what_is_added_speaks_of_the_same_subject():
    result = xmp.changed(xmp.parse(PACKET), add={"dc:title": "x"})
    nodes = ElementTree.fromstring(result).iter(f"{{{RDF}}}Description")
    assert {node.get(f"{{{RDF}}}about") for node in nodes} == {"uuid:1"}


def test_what_is_dropped_is_gone_and_nothing_else():
    result = xmp.changed(xmp.parse(PACKET), drop=["xmp:CreatorTool", "xmp:Rating"], add={})
    before = told(PACKET)
    del before[f"{{{XMP}}}CreatorTool"], before[f"{{{XMP}}}Rating"]
    assert told(result) == before
    assert b"<a:Rating>5</a:Rating>" in result  # of an item, not of the picture
    assert b"a remark" in result


def test_a_description_that_is_left_with_nothing_goes_too():
    result = xmp.changed(xmp.parse(PACKET), drop=["dc:source"], add={})
    assert result.count(b"<r:Description") == 1


def test_the_same_change_again_changes_nothing():
    once = xmp.changed(xmp.parse(PACKET), drop=["dc:title"], add={"dc:title": "x"})
    assert xmp.changed(xmp.parse(once), drop=["dc:title"], add={"dc:title": "x"}) == once


@pytest.mark.parametrize("rdf", [f'<q:RDF xmlns:q="{RDF}"/>', f'<q:RDF xmlns:q="{RDF}"></q:RDF>'])
def test_a_packet_that_says_nothing_can_be_added_to(rdf):
    result = xmp.changed(xmp.parse(rdf.encode()), add={"dc:source": "x"})
    assert told(result) == {f"{{{DC}}}source": "x"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_every_encoding_of_unicode_is_read(encoding):
    text = f'<r:RDF xmlns:r="{RDF}"><r:Description xmlns:d="{DC}" d:source="π"/></r:RDF>'
    assert xmp.parse(text.encode(encoding)).value_of("dc:source") == "π"


def test_a_resource_is_a_value():
    text = f'<r:RDF xmlns:r="{RDF}"><r:D xmlns:d="{DC}"><d:source r:resource="u:1"/></r:D></r:RDF>'
    assert xmp.parse(text.encode()).value_of("dc:source") == "u:1"


@pytest.mark.parametrize(
    "damaged",
    [PACKET[1:], b"\0junk" + PACKET, PACKET + b"\0\0 junk<", PACKET[: PACKET.find(b"?>")]],
)
def test_damage_around_a_packet_is_repaired(damaged):
    if b"</x:xmpmeta>" in damaged:
        assert xmp.parse(damaged).value_of("xmp:Rating") == "3"
    else:
        with pytest.raises(xmp.DamagedXmpError):
            xmp.parse(damaged)


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"<a/>",
        b"\xff\xfe<",
        PACKET.replace(b"</a:Rating>", b""),
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + PACKET,
        "<!DOCTYPE x>".encode("utf-16") + PACKET.decode().encode("utf-16-le"),
        PACKET.replace(b"r:about", b"undeclared:about"),
        PACKET.replace(b"3<", b"\xff<"),
    ],
)
def test_damaged_and_dangerous_packets_are_refused(packet):
    with pytest.raises(xmp.DamagedXmpError):
        xmp.parse(packet)


def test_padding_is_left_out():
    padded = PACKET.replace(b"<?xpacket end", b" " * 3000 + b"<?xpacket end")
    assert len(xmp.changed(xmp.parse(padded), add={})) < len(PACKET) + 10


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=8).filter(
    lambda word: all(character not in "\ufffe\uffff" for character in word)
)
NAMES = st.sampled_from(["dc:title", "dc:source", "xmp:Label", "xmp:CreatorTool", "tiff:Make"])


@st.composite
def packets(draw: st.DrawFn) -> bytes:
    """Packets of a few descriptions, each property once, written as programs differ in doing."""
    properties = draw(st.dictionaries(NAMES, WORDS, max_size=5))
    nodes = []
    for name, value in properties.items():
        prefix, local = name.split(":")
        space = f'xmlns:{prefix}x="{xmp.NAMESPACES[prefix]}"'
        text = xmp.text(value)
        quoted = text.replace("'", "&apos;").replace('"', "&quot;")
        forms = [
            f"<r:Description {space} {prefix}x:{local}='{quoted}'/>",
            f'<r:Description {space} \n {prefix}x:{local} = "{quoted}"></r:Description>',
            f"<r:Description {space}><{prefix}x:{local}>{text}</{prefix}x:{local}></r:Description>",
        ]
        nodes.append(draw(st.sampled_from(forms)))
    return f'<r:RDF xmlns:r="{RDF}">{"".join(nodes)}</r:RDF>'.encode()


@given(packets(), st.sets(NAMES), st.dictionaries(NAMES, WORDS))
@settings(deadline=None, max_examples=50)
def test_no_other_property_is_ever_lost_or_changed(packet, drop, add):
    markup = {name: xmp.text(value) for name, value in add.items()}
    result = xmp.changed(xmp.parse(packet), drop=drop | set(add), add=markup)
    gone = {f"{{{xmp.NAMESPACES[name.split(':')[0]]}}}{name.split(':')[1]}" for name in drop}
    new = {
        f"{{{xmp.NAMESPACES[name.split(':')[0]]}}}{name.split(':')[1]}": value
        for name, value in add.items()
    }
    kept = {name: value for name, value in told(packet).items() if name not in gone}
    assert told(result) == kept | new


@given(
    st.binary(max_size=200)
    | st.builds(
        lambda at, byte: PACKET[:at] + byte + PACKET[at + 1 :],
        st.integers(0, len(PACKET)),
        st.binary(max_size=1),
    )
)
@settings(deadline=None, max_examples=80)
def test_hostile_packets_raise_nothing_else(packet):
    with suppress(xmp.DamagedXmpError):
        xmp.changed(xmp.parse(packet), drop=["xmp:Rating"], add={"dc:title": "x"})
