from pathlib import Path

import pytest

from colorize_cli.core import processors
from colorize_cli.core.processors import has_bfloat16, usable_processors


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine of eight processors whose control groups are files of the test."""
    monkeypatch.setattr(processors, "allowed_by_affinity", lambda: 8)

    def write(**files: str) -> Path:
        for name, text in files.items():
            path = tmp_path / name.replace("__", "/").replace("_DOT_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return write


def test_without_control_groups_affinity_decides(machine):
    assert usable_processors(machine()) == 8


@pytest.mark.parametrize(
    ("text", "expected"),
    [("max 100000", 8), ("300000 100000", 3), ("150000 100000", 1), ("50000 100000", 1), ("", 8)],
)
def test_a_quota_of_the_own_group_counts(machine, text, expected):
    root = machine(
        proc__self__cgroup="0::/job/step\n", sys__fs__cgroup__job__step__cpu_DOT_max=text
    )
    assert usable_processors(root) == expected


def test_the_quota_of_a_group_above_counts_too(machine):
    root = machine(
        proc__self__cgroup="0::/job/step\n",
        sys__fs__cgroup__job__cpu_DOT_max="200000 100000",
        sys__fs__cgroup__job__step__cpu_DOT_max="max 100000",
    )
    assert usable_processors(root) == 2


def test_within_a_container_the_top_is_the_own_group(machine):
    root = machine(
        proc__self__cgroup="0::/docker/1234\n", sys__fs__cgroup__cpu_DOT_max="400000 100000"
    )
    assert usable_processors(root) == 4


def test_groups_of_the_older_kind_count(machine):
    root = machine(
        proc__self__cgroup="4:memory:/x\n3:cpu,cpuacct:/job\n",
        sys__fs__cgroup__cpu__job__cpu_DOT_cfs_quota_us="500000\n",
        sys__fs__cgroup__cpu__job__cpu_DOT_cfs_period_us="100000\n",
        sys__fs__cgroup__cpu__cpu_DOT_cfs_quota_us="-1\n",
        sys__fs__cgroup__cpu__cpu_DOT_cfs_period_us="100000\n",
    )
    assert usable_processors(root) == 5


def test_this_machine_has_at_least_one():
    assert usable_processors() >= 1


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("fpu sse2 avx512f avx512_bf16 avx512vbmi", True),
        ("fpu sse2 amx_tile amx_bf16", True),
        # Those have it for other types alone, or imitate it.
        ("fpu avx2 avx512f avx512bw avx512_vnni amx_int8", False),
        ("", False),
    ],
)
def test_bfloat16_is_there_where_the_kernel_names_it(machine, flags, expected):
    root = machine(
        proc__cpuinfo=f"processor\t: 0\nmodel name\t: X\nflags\t\t: {flags}\nbugs\t\t: amx_bf16\n"
    )
    assert has_bfloat16(root) is expected


def test_a_machine_that_tells_nothing_of_its_processor_has_no_bfloat16(machine):
    assert has_bfloat16(machine()) is False
    assert has_bfloat16(machine(proc__cpuinfo="Features\t: fp asimd bf16\n")) is False
