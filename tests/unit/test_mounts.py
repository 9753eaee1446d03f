"""Which file systems tell of changes, read from lists as the kernel writes them."""

import os
from pathlib import Path

import pytest

from colorize_cli.watch.mounts import MountTable, mounts_about

LIST = r"""
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
40 27 0:40 / /mnt/nas rw,relatime shared:7 master:2 - nfs4 nas:/volume1 rw,vers=4.2
41 27 0:41 / /srv/my\040scans rw,relatime - fuse.sshfs me@host: rw
42 27 8:17 / /media/stick rw,relatime - fuseblk /dev/sdb1 rw
43 40 0:43 / /mnt/nas/local rw,relatime - tmpfs tmpfs rw
44 27 0:44 / /data rw,relatime - ext4 /dev/sdc rw
45 44 0:45 / /data rw,relatime - cifs //box/share rw
46 44 0:46 / /data2 rw,relatime - xfs /dev/sdd rw
""".strip()


@pytest.mark.parametrize(
    ("place", "served"),
    [
        ("/home/me", None),
        ("/mnt/nas", "nfs4"),
        ("/mnt/nas/in/sub", "nfs4"),
        ("/mnt/nas/local/in", None),
        ("/mnt", "nfs4"),
        ("/mnt/nasty", None),
        ("/srv/my scans/2024", "fuse.sshfs"),
        ("/media/stick/photos", None),
        ("/data/in", "cifs"),
        ("/data2", None),
    ],
)
def test_a_folder_is_served_by_the_mount_that_it_lies_on_or_one_below(place, served):
    about = mounts_about(place, LIST)
    assert next((mount.kind for mount in about if mount.is_served), None) == served


def test_the_root_itself_has_everything_below_it():
    own, *below = mounts_about("/", LIST)
    assert (own.number, len(below)) == ("27", 8)


def test_this_machines_own_list_knows_where_a_folder_lies(tmp_path):
    mounts = Path("/proc/self/mountinfo")
    if not mounts.exists():
        pytest.skip("no such list here")
    table = MountTable(tmp_path)
    try:
        mount, *_ = table.current()
        assert os.stat(mount.place).st_dev == tmp_path.stat().st_dev  # noqa: PTH116
        assert table.current() == table.current()
    finally:
        table.close()


def test_where_there_is_no_list_there_are_no_mounts(tmp_path):
    table = MountTable(tmp_path, mounts=tmp_path / "none")
    assert table.current() == ()
    table.close()
