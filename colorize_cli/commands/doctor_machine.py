"""What `colorize doctor` says of the machine: versions, processors, limits, folders."""

import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Final

from colorize_cli import __version__
from colorize_cli.commands.doctor_findings import Finding
from colorize_cli.core.errors import BadConfigError, ExitStatus

DISTRIBUTION: Final = "colorize-gan"
INOTIFY: Final = Path("/proc/sys/fs/inotify")
FEW_WATCHES: Final = 8192
"""Folders that inotify follows: the kernel's default where memory is least (Linux 5.11)."""
FEW_FILES: Final = 256
"""The least limit of open files in use, that of macOS; run has a few for each processor."""
GIB: Final = 2**30


def machine_findings() -> Iterator[Finding]:
    """Look at what the program runs on."""
    machine = f"{platform.system()} {platform.machine()}"
    yield Finding(check="python", text=f"{platform.python_version()} on {machine}")
    yield _program()
    yield from _packages()
    yield _loops()
    yield _processors()
    yield from _limits()
    yield from _folders()


def _program() -> Finding:
    text, own = f"colorize {__version__}, {sys.executable}", Path(sys.executable).parent
    found = shutil.which("colorize")
    if found is None:
        text = f"{text}; no colorize is on PATH"
        return Finding(check="program", state="note", text=text, remedy=f"put {own} on PATH")
    if Path(found).parent.resolve() != own.resolve():
        return Finding(check="program", state="note", text=f"{text}; colorize on PATH is {found}")
    return Finding(check="program", text=text)


def _packages() -> Iterator[Finding]:
    for name in _required():
        try:
            yield Finding(check="package", text=f"{name} {version(name)}")
        except PackageNotFoundError:
            yield Finding(
                check="package",
                state="failed",
                text=f"{name} is not installed",
                remedy=f"pip install --force-reinstall {DISTRIBUTION}",
                status=ExitStatus.UNAVAILABLE,
            )


def _required() -> list[str]:
    """Return the packages that the program always needs, as its own metadata has them."""
    try:
        entries = requires(DISTRIBUTION) or []
    except PackageNotFoundError:
        return []
    return [re.split(r"[^\w.-]", entry)[0] for entry in entries if "extra ==" not in entry]


def _loops() -> Finding:
    from colorize_cli.core.compiled import kernels

    if kernels():
        return Finding(check="loops", text="over pixels are compiled")
    text = "over pixels are NumPy's: the same colours, several times slower"
    remedy = (
        f"install a C compiler, then pip install --force-reinstall --no-cache-dir {DISTRIBUTION}"
    )
    return Finding(check="loops", state="note", text=text, remedy=remedy)


def _processors() -> Finding:
    from colorize_cli.core.processors import usable_processors

    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / GIB
    text = f"{usable_processors()} of {os.cpu_count()} usable, {memory:.1f} GiB of memory"
    return Finding(check="processors", text=text)


def _limits() -> Iterator[Finding]:
    from resource import RLIMIT_NOFILE, getrlimit

    from colorize_cli.core.opening import DEFAULT_MAX_PIXELS

    megapixels = f"pictures up to {DEFAULT_MAX_PIXELS / 1e6:.0f} megapixels"
    yield Finding(check="limits", text=f"{megapixels}; run or watch --max-pixels allows more")
    files, _ = getrlimit(RLIMIT_NOFILE)
    yield _at_least(files, FEW_FILES, "open files", remedy="ulimit -n 1024")
    watches = _number(INOTIFY / "max_user_watches")
    if watches is not None:
        remedy = "sysctl fs.inotify.max_user_watches=524288, or watch --poll"
        yield _at_least(watches, FEW_WATCHES, "folders that watch can follow", remedy=remedy)


def _at_least(number: int, least: int, what: str, *, remedy: str) -> Finding:
    # RLIM_INFINITY is -1.
    if number < 0:
        return Finding(check="limits", text=f"any number of {what}")
    if number >= least:
        return Finding(check="limits", text=f"{number:,} {what}")
    return Finding(check="limits", state="note", text=f"only {number:,} {what}", remedy=remedy)


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text("ascii"))
    except (OSError, ValueError):
        return None


def _folders() -> Iterator[Finding]:
    from colorize_cli.core.config import config_files
    from colorize_cli.watch.journal_lock import default_path

    *_, user_file = config_files()
    try:
        # The same for all roots; the folder that one is in may be gone.
        yield _folder(
            "state", default_path(Path("/")).parent, "set XDG_STATE_HOME, or watch --state"
        )
    except BadConfigError as error:
        yield Finding(check="folders", state="note", text=f"state: {error.reason}")
    yield _folder("config", user_file.parent, "set XDG_CONFIG_HOME")
    yield _temporary()


def _temporary() -> Finding:
    try:
        return _folder("temporary", Path(tempfile.gettempdir()), "set TMPDIR")
    except FileNotFoundError:
        text = "temporary: no folder can be written"
        return Finding(check="folders", state="note", text=text, remedy="set TMPDIR")


def _folder(name: str, path: Path, remedy: str) -> Finding:
    place = next(entry for entry in (path, *path.parents) if entry.exists())
    is_made = place == path
    if place.is_dir() and os.access(place, os.W_OK | os.X_OK):
        made = "" if is_made else ", made when it is needed"
        return Finding(check="folders", text=f"{name}: {path}{made}")
    text = f"{name}: {path} cannot be written"
    return Finding(check="folders", state="note", text=text, remedy=remedy)
