"""Text as manual pages need it: the macros of man(7), and escapes that groff and mandoc agree on.

Sources: man(7), groff_char(7) and mandoc_char(7). A dash is always `\\-`, as an ASCII minus can be
copied from the page and pasted into a shell, which a typographic hyphen cannot.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

ESCAPES: Final = {
    "\\": r"\(rs",
    "-": r"\-",
    "'": r"\(aq",
    "`": r"\(ga",
    "^": r"\(ha",
    "~": r"\(ti",
}


def literal(text: str) -> str:
    """Escape what is to appear as it stands: names, options, lines of a shell."""
    return "".join(_escaped(character) for character in text)


def prose(text: str) -> str:
    """Escape a sentence; what stands between backticks becomes bold, apostrophes curl."""
    parts = text.split("`")
    # An odd number of backticks is text like any other.
    if len(parts) % 2 == 0:
        return _curled(text)
    return "".join(bold(part) if odd % 2 else _curled(part) for odd, part in enumerate(parts))


def bold(text: str) -> str:
    """Return what is typed as it stands."""
    return rf"\fB{literal(text)}\fR"


def italic(text: str) -> str:
    """Return what stands for something else."""
    return rf"\fI{literal(text)}\fR"


def sentences(text: str) -> Iterator[str]:
    """Yield lines of the page: one sentence each, so that the formatter may space them."""
    for sentence in re.split(r"(?<=[.;:])\s+(?=[A-Z])|(?<=;)\s+", " ".join(text.split())):
        if sentence:
            yield guarded(prose(sentence))


def guarded(line: str) -> str:
    """Return a line of text that cannot be taken for a request."""
    return rf"\&{line}" if line.startswith((".", "'")) else line


def section(heading: str, lines: Iterable[str]) -> list[str]:
    """Return a section, or nothing where there is nothing to say."""
    body = list(lines)
    return [f".SH {heading.upper()}", *body] if body else []


def entry(tag: str, text: str) -> list[str]:
    """Return a paragraph that hangs below a tag, which is escaped already."""
    return [".TP", guarded(tag), *sentences(text)]


def example(lines: Iterable[str]) -> list[str]:
    """Return lines that are typed as they stand."""
    return [".nf", ".RS 4", *(guarded(literal(line)) for line in lines), ".RE", ".fi"]


def _curled(text: str) -> str:
    parts = re.split(r"(?<=\w)'(?=\w)", text)
    return "'".join(literal(part) for part in parts)


def _escaped(character: str) -> str:
    if character in ESCAPES:
        return ESCAPES[character]
    return character if character.isascii() else rf"\[u{ord(character):04X}]"
