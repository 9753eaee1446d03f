"""What processors this process has: how many, often fewer than the machine, and of what kind."""

import os
from collections.abc import Iterator
from pathlib import Path

from colorize_cli.core.control_groups import ROOT, groups, text_of, words_of


def usable_processors(root: Path = ROOT) -> int:
    """Return the processors allowed by affinity and by the quota of the control group, at least 1.

    A quota of one and a half processors counts as one: a second thread would mostly wait.
    """
    quotas = (quota for group in groups("cpu", root) for quota in _quotas(*group))
    return max(1, min([allowed_by_affinity(), *map(int, quotas)]))


def has_bfloat16(root: Path = ROOT) -> bool:
    """Whether the processor multiplies in bfloat16 itself, as far as the kernel tells (Linux, x86).

    Engines imitate it elsewhere, and are then slower than in float32.
    """
    words = text_of(root / "proc/cpuinfo").partition("flags")[2].partition("\n")[0].split()
    return not {"avx512_bf16", "amx_bf16"}.isdisjoint(words)


def allowed_by_affinity() -> int:
    """Return how many processors the scheduler may put this process on, where it tells."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quotas(group: Path, is_unified: bool) -> Iterator[float]:
    """Yield the quota of a group in processors, if it has one.

    `cpu.max` and `cpu.cfs_*` as in the kernel's documents on cgroup-v2 and sched-bwc: microseconds
    through a period; `max` and -1 mean that there is none.
    """
    names = ["cpu.max"] if is_unified else ["cpu.cfs_quota_us", "cpu.cfs_period_us"]
    words = [word for name in names for word in words_of(group / name)]
    if len(words) == 2 and all(word.isdecimal() for word in words) and int(words[1]):
        yield int(words[0]) / int(words[1])
