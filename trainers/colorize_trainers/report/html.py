"""HTML as a tree, so that every tag is closed and every text is escaped by construction."""

import re
from collections.abc import Iterable
from typing import Final, TypeAlias
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

Content: TypeAlias = "str | Element | Iterable[Content] | None"

_FORBIDDEN: Final = re.compile(
    r"[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]"
)
"""What no HTML document may hold (HTML standard, 13.2.3.5): controls, surrogates, noncharacters."""


def element(tag: str, *content: Content, **attributes: str | None) -> Element:
    """Make an element; `class_` and `for_` are written so, `data_x` is data-x; None is left out."""
    made = Element(tag)
    for name, value in attributes.items():
        if value is not None:
            made.set(name.rstrip("_").replace("_", "-"), _clean(value))
    _fill(made, content)
    return made


def document(root: Element) -> str:
    """Return the whole page: HTML5, UTF-8."""
    text = ElementTree.tostring(root, encoding="unicode", method="html")
    return f"<!DOCTYPE html>\n{text}\n"


def inline_svg(source: str, *, prefix: str, label: str) -> Element:
    """Return an SVG file as an element of a page.

    Names are made unique by the prefix; metadata, fixed size and global styles are left out.
    """
    root = _without_namespaces(ElementTree.fromstring(source), prefix)
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.set("role", "img")
    root.set("aria-label", _clean(label))
    return root


def _fill(parent: Element, content: Content) -> None:
    if content is None:
        return
    if isinstance(content, str):
        _append_text(parent, _clean(content))
    elif isinstance(content, Element):
        parent.append(content)
    else:
        for part in content:
            _fill(parent, part)


def _append_text(parent: Element, text: str) -> None:
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)


def _without_namespaces(source: Element, prefix: str) -> Element:
    made = Element(_local(source.tag))
    for name, value in source.attrib.items():
        made.set(_local(name), _renamed(_local(name), value, prefix))
    made.text, made.tail = source.text, source.tail
    made.extend(
        _without_namespaces(child, prefix)
        for child in source
        if _local(child.tag) not in ("metadata", "style")
    )
    return made


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _renamed(name: str, value: str, prefix: str) -> str:
    if name == "id":
        return f"{prefix}{value}"
    if name == "href":
        return value.replace("#", f"#{prefix}", 1)
    return value.replace("url(#", f"url(#{prefix}")
