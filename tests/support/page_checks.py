"""Checks of a page by a parser that shares nothing with what wrote it."""

from html.parser import HTMLParser

VOID = {"br", "img", "input", "link", "meta"}


def faults_of(page: str) -> list[str]:
    """Return what is wrong with an HTML page: tags, names, references, texts for the blind."""
    checker = _Checker()
    checker.feed(page)
    checker.close()
    missing = checker.references - checker.names.keys()
    return [
        *checker.faults,
        *(f"{tag} is not closed" for tag in checker.open),
        *(f"#{name} is nowhere" for name in sorted(missing)),
        *(f"#{name} is there {count} times" for name, count in checker.names.items() if count > 1),
        *([] if page.startswith("<!DOCTYPE html>\n<html lang=") else ["no doctype or language"]),
    ]


class _Checker(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.faults: list[str] = []
        self.names: dict[str, int] = {}
        self.references: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        entries = {name: value or "" for name, value in attrs}
        if len(entries) < len(attrs):
            self.faults.append(f"{tag} has an attribute twice")
        self._note_names(entries)
        is_named = entries.get("alt") or entries.get("aria-label") or entries.get("aria-hidden")
        if tag in ("img", "svg") and not is_named:
            self.faults.append("a picture without a text")
        if tag == "input" and not entries.get("aria-label"):
            self.faults.append("a control without a label")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"/{tag} closes something else")

    def _note_names(self, entries: dict[str, str]) -> None:
        if "id" in entries:
            self.names[entries["id"]] = self.names.get(entries["id"], 0) + 1
        if entries.get("href", "").startswith("#"):
            self.references.add(entries["href"][1:])
        if entries.get("clip-path", "").startswith("url(#"):
            self.references.add(entries["clip-path"][5:-1])
        self.references |= set(entries.get("aria-labelledby", "").split())
