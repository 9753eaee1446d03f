"""What processors this process has: how many, often fewer than the machine, and of what kind."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path("/")
UNIFIED: Final = "sys/fs/cgroup"
OLDER: Final = "sys/fs/cgroup/cpu"


def usable_processors(root: Path = ROOT) -> int:
    """Return the processors allowed by affinity and by the quota of the control group, at least 1.

    A quota of one and a half processors counts as one: a second thread would mostly wait.
    """
    quotas = [allowed_by_affinity(), *map(int, _quotas(root))]
    return max(1, min(quotas))


def has_bfloat16(root: Path = ROOT) -> bool:
    """Whether the processor multiplies in bfloat16 itself, as far as the kernel tells (Linux, x86).

    Engines imitate it elsewhere, and are then slower than in float32.
    """
    words = _text(root / "proc/cpuinfo").partition("flags")[2].partition("\n")[0].split()
    return not {"avx512_bf16", "amx_bf16"}.isdisjoint(words)


def allowed_by_affinity() -> int:
    """Return how many processors the scheduler may put this process on, where it tells."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quotas(root: Path) -> Iterator[float]:
    """Yield the quotas of this process's control groups and of all above them, in processors.

    `cpu.max` and `cpu.cfs_*` as in the kernel's documents on cgroup-v2 and sched-bwc.
    """
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, place = line.split(":", 2)
        if not controllers:
            yield from _unified_quotas(root / UNIFIED, place)
        elif "cpu" in controllers.split(","):
            yield from _older_quotas(root / OLDER, place)


def _unified_quotas(top: Path, place: str) -> Iterator[float]:
    for folder in _with_parents(top, place):
        yield from _share(*_text(folder / "cpu.max").split())


def _older_quotas(top: Path, place: str) -> Iterator[float]:
    for folder in _with_parents(top, place):
        quota, period = _text(folder / "cpu.cfs_quota_us"), _text(folder / "cpu.cfs_period_us")
        yield from _share(quota.strip(), period.strip())


def _with_parents(top: Path, place: str) -> list[Path]:
    # Within a container the group's own path may not be visible, but the top is.
    folder = top / place.lstrip("/")
    return [folder, *(parent for parent in folder.parents if parent.is_relative_to(top))]


def _share(quota: str = "", period: str = "") -> Iterator[float]:
    """Yield quota through period in microseconds; `max` and -1 mean that there is none."""
    if quota.isdecimal() and period.isdecimal() and int(period):
        yield int(quota) / int(period)


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except (OSError, UnicodeDecodeError):
        return ""
