"""Compile the loops over pixels while a wheel is built; where there is no compiler, go without.

`python hatch_build.py` compiles them into the working tree, as is needed after a change of a
`.c` or `.h` file. The environment variable `COLORIZE_KERNELS` may say `none`, for a wheel that
serves every machine, or `required`, for a build that had rather fail than go without.
"""

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import sys_tags

FOLDER = Path("colorize_cli/core")
RESULT = FOLDER / "color_kernels.so"

FLAGS = (
    *("-std=gnu11", "-O3", "-fPIC", "-shared", "-Wall"),
    # Products and sums are rounded one by one, as NumPy does: the results are its own to the bit.
    "-ffp-contract=off",
    # Nothing here asks for errno or for floating-point exceptions; vectors need that said.
    *("-fno-math-errno", "-fno-trapping-math"),
)


class CompiledLoops(BuildHookInterface[Any]):
    """Adds the compiled loops to a wheel, which then is for one kind of machine."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, for ordinary and editable wheels; raise RuntimeError where it is required."""
        del version
        wish = os.environ.get("COLORIZE_KERNELS", "")
        if wish not in ("", "none", "required"):
            raise RuntimeError(f"COLORIZE_KERNELS is {wish!r}: none, required, or not set")
        (Path(self.root) / RESULT).unlink(missing_ok=True)
        reason = "it is not wanted" if wish == "none" else reason_not_compiled(Path(self.root))
        if reason is None:
            build_data["artifacts"].append(RESULT.as_posix())
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{_platform()}"
        elif wish == "required":
            raise RuntimeError(f"the loops over pixels cannot be compiled: {reason}")
        else:
            self.app.display_warning(f"without compiled loops over pixels: {reason}")


def reason_not_compiled(root: Path) -> str | None:
    """Compile within a tree; return why that did not work, None where it did."""
    compiler = shlex.split(os.environ.get("CC", "cc"))
    wishes = shlex.split(os.environ.get("CFLAGS", ""))
    # Moved to its place: a library that some process has open stays whole.
    fresh = RESULT.with_suffix(".tmp")
    sources = sorted(path.relative_to(root).as_posix() for path in (root / FOLDER).glob("*.c"))
    command = [*compiler, *wishes, *FLAGS, *sources, "-o", str(fresh), "-lm"]
    try:
        subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        return f"{error}\n{error.stderr}"
    except OSError as error:
        return str(error)
    (root / fresh).replace(root / RESULT)
    return None


def _platform() -> str:
    """Return what pip calls this machine, without what is promised of its C library."""
    tags = (tag.platform for tag in sys_tags())
    return next(name for name in tags if not name.startswith(("manylinux", "musllinux")))


if __name__ == "__main__":
    sys.exit(reason_not_compiled(Path(__file__).parent))
