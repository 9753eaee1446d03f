"""What somebody may have meant who wrote a word that is not known."""

from collections.abc import Sequence


def nearest(word: str, known: Sequence[str]) -> str | None:
    """Return the known word that one may have meant, None if none is near.

    What a word begins is nearer than what merely looks like it (difflib's Ratcliff and Obershelp).
    """
    from difflib import get_close_matches

    begun = [name for name in known if len(word) > 1 and name.startswith(word)]
    if begun:
        return min(begun, key=len)
    lowered = {name.lower(): name for name in known}
    close = get_close_matches(word.lower(), lowered, n=1)
    return lowered[close[0]] if close else None


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Return the end of a message about a word that is not known; empty if nothing is near."""
    found = nearest(word, known)
    return f"; did you mean {found!r}?" if found else ""
