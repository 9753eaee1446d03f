from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from colorize_trainers.report.html import document, element, inline_svg

SVG = """<?xml version="1.0"?>
<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="9pt" viewBox="0 0 9 9"
 xmlns="http://www.w3.org/2000/svg"><metadata><a/></metadata>
<defs><style>*{fill: red}</style><path id="dot" d="M 0 0"/></defs>
<g clip-path="url(#area)"><use xlink:href="#dot"/><text>a &lt; b</text></g></svg>"""


class Reader(HTMLParser):
    """Collects what a parser of its own makes of a page: texts, and attributes by name."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.attributes: dict[str, str | None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes |= dict(attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


SAFE = st.text(st.characters(categories=("L", "N", "P", "S"), include_characters=" "))


@given(SAFE)
@settings(deadline=None, max_examples=100)
def test_any_text_arrives_as_it_is_in_content_and_in_attributes(text: str) -> None:
    reader = read(document(element("p", f"[{text}]", title=f"[{text}]")))
    assert f"[{text}]" in reader.text
    assert reader.attributes["title"] == f"[{text}]"


@given(st.text(st.characters(), max_size=20))
@settings(deadline=None, max_examples=100)
def test_no_text_breaks_the_page_or_its_encoding(text: str) -> None:
    page = document(element("p", text, element("b", "end"), title=text))
    assert page.encode("utf-8")
    assert page.endswith("<b>end</b></p>\n")
    assert "\0" not in page


def test_what_html_forbids_is_replaced() -> None:
    page = document(element("p", "a\0b\x1bc\udc80d\ufffee\x85", title="\0"))
    assert page == '<!DOCTYPE html>\n<p title="\ufffd">a\ufffdb\ufffdc\ufffdd\ufffde\ufffd</p>\n'


def test_tags_in_texts_stay_texts() -> None:
    page = document(element("p", "<script>alert('&')</script>", title='"><script>'))
    assert "&lt;script&gt;" in page
    assert read(page).text.strip() == "<script>alert('&')</script>"


def test_attributes_are_named_as_in_html_and_left_out_where_there_is_no_value() -> None:
    page = document(element("label", class_="x", for_="y", aria_label="z", title=None))
    assert page == '<!DOCTYPE html>\n<label class="x" for="y" aria-label="z"></label>\n'


def test_content_may_be_nested_lists_texts_and_nothing() -> None:
    page = document(element("p", ["a", [element("i", "b"), None], "c"], "d"))
    assert page == "<!DOCTYPE html>\n<p>a<i>b</i>cd</p>\n"


def test_a_drawing_is_inlined_with_names_of_its_own_and_nothing_foreign() -> None:
    page = document(element("div", inline_svg(SVG, prefix="loss-", label="A < B")))
    assert 'aria-label="A &lt; B"' in page or 'aria-label="A < B"' in page
    for part in ('role="img"', 'id="loss-dot"', 'href="#loss-dot"', "url(#loss-area)", "a &lt; b"):
        assert part in page
    for part in ("http", "xlink", "metadata", "<style", "width="):
        assert part not in page
