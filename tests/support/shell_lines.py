"""The command lines within a line of a shell."""

import re
import shlex
from itertools import dropwhile, pairwise


def calls_in(line: str) -> list[list[str]]:
    """Return the arguments of each call of colorize in a line of a shell."""
    line = re.sub(r"<\(([^)]*)\)", r"; \1", line)
    words = list(shlex.shlex(line, posix=True, punctuation_chars="|;<>&"))
    cut = [*(i for i, word in enumerate(words) if word in ("|", ";", "&&", "<", ">")), len(words)]
    parts = [words[start + 1 : end] for start, end in pairwise([-1, *cut])]
    calls = [list(dropwhile(lambda word: re.match(r"[A-Z_]+=", word), part)) for part in parts]
    return [call[1:] for call in calls if call[:1] == ["colorize"]]
