"""How much memory this process may still take before the system ends something for want of it."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

from colorize_cli.core.control_groups import ROOT, groups, text_of, words_of

OF_UNIFIED: Final = "memory.max", "memory.current", "inactive_file"
OF_OLDER: Final = "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
"""The files of a group with its limit and its use; the entry of memory.stat for what is kept."""


def available_memory(root: Path = ROOT) -> int | None:
    """Return the bytes that machine and control groups have left; None where nobody tells (Linux).

    What the system only keeps of files, and lets go when it has to, counts as left.
    """
    of_groups = (left for group in groups("memory", root) for left in _of_group(*group))
    return min([*_of_machine(root), *of_groups], default=None)


def _of_machine(root: Path) -> Iterator[int]:
    """Yield `MemAvailable` of proc_meminfo(5)."""
    facts = _facts(text_of(root / "proc/meminfo").replace(":", " ").split())
    if "MemAvailable" in facts:
        yield 1024 * facts["MemAvailable"]


def _of_group(group: Path, is_unified: bool) -> Iterator[int]:
    """Yield what a group's limit leaves, if any (the kernel's cgroup-v2, cgroup-v1/memory)."""
    limit, used, of_files = OF_UNIFIED if is_unified else OF_OLDER
    amounts = [*words_of(group / limit), *words_of(group / used)]
    if len(amounts) == 2 and all(amount.isdecimal() for amount in amounts):
        kept = _facts(words_of(group / "memory.stat")).get(of_files, 0)
        yield max(0, int(amounts[0]) - int(amounts[1]) + kept)


def _facts(words: list[str]) -> dict[str, int]:
    """Return each number by the word before it."""
    return {name: int(number) for name, number in pairwise(words) if number.isdecimal()}
