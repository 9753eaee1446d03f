from pathlib import Path

import pytest

from colorize_cli.core.memory import available_memory

MEMINFO = "MemTotal:       16000 kB\nMemFree:         1000 kB\nMemAvailable:    9000 kB\n"
UNIFIED = "sys/fs/cgroup/job"
OLDER = "sys/fs/cgroup/memory/job"


@pytest.fixture
def machine(tmp_path):
    """Return a function that makes a machine, by what its kernel's files say."""

    def write(files: dict[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return write


def test_where_nobody_tells_it_is_unknown(machine):
    assert available_memory(machine({})) is None


def test_it_is_what_the_machine_can_give(machine):
    assert available_memory(machine({"proc/meminfo": MEMINFO})) == 9000 * 1024


@pytest.mark.parametrize(
    ("most", "used", "expected"),
    [("max", "4000", 9000 * 1024), ("5000", "4000", 1000 + 300), ("3000", "4000", 0)],
)
def test_a_group_may_leave_less_and_what_it_keeps_of_files_is_left(machine, most, used, expected):
    files = {
        "proc/meminfo": MEMINFO,
        "proc/self/cgroup": "0::/job\n",
        f"{UNIFIED}/memory.max": f"{most}\n",
        f"{UNIFIED}/memory.current": f"{used}\n",
        f"{UNIFIED}/memory.stat": "anon 3000\ninactive_file 300\nactive_file 50\n",
    }
    assert available_memory(machine(files)) == expected


def test_the_group_above_counts_too(machine):
    files = {
        "proc/self/cgroup": "0::/job/step\n",
        f"{UNIFIED}/memory.max": "5000",
        f"{UNIFIED}/memory.current": "1000",
        f"{UNIFIED}/step/memory.max": "max",
        f"{UNIFIED}/step/memory.current": "1000",
    }
    assert available_memory(machine(files)) == 4000


def test_groups_of_the_older_kind_count(machine):
    files = {
        "proc/self/cgroup": "3:cpu,cpuacct:/other\n4:memory:/job\n",
        f"{OLDER}/memory.limit_in_bytes": "5000",
        f"{OLDER}/memory.usage_in_bytes": "4000",
        f"{OLDER}/memory.stat": "inactive_file 1\ntotal_inactive_file 500\n",
    }
    assert available_memory(machine(files)) == 1500
