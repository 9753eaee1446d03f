"""Plug-in packages as pip would leave them, for processes that have their folder on the path."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PREAMBLE = """
from colorize_cli.core.backend import Probe
from colorize_cli.hookspecs import hookimpl


class Colorizer:
    device = "cpu"

    def __call__(self, gray):
        import numpy as np
        return np.repeat(gray * 0, 2, axis=1)


class Backend:
    name = "good"
    api_version = 3
    capabilities = frozenset({"infer"})

    def probe(self):
        return Probe(framework="nothing", version="3.2", devices=("cpu",))

    def load_colorizer(self, model, *, device="auto", precision="float32"):
        return Colorizer()

"""
HOOK = """

@hookimpl
def colorize_inference():
    return Backend()
"""


@dataclass(frozen=True)
class Plugin:
    """One distribution: the backend's name, the package's, and what its module holds."""

    name: str
    distribution: str
    source: str
    version: str = "1.5"

    @property
    def module(self) -> str:
        """The name of its only module."""
        return self.distribution.replace("-", "_")


GOOD = Plugin("good", "colorize-good", PREAMBLE + HOOK)
RAISING = Plugin("raising", "colorize-raising", "raise RuntimeError('out of order\\nagain')")
EXITING = Plugin("exiting", "colorize-exiting", "raise SystemExit('go away')")
PANICKING = Plugin(
    "panicking", "colorize-panicking", "class Panic(BaseException): pass\nraise Panic('rust')"
)
MISSPELLED = Plugin(
    "misspelled", "colorize-misspelled", PREAMBLE + HOOK.replace("inference", "inferense")
)
EMPTY = Plugin("empty", "colorize-empty", "")
SHAPELESS = Plugin(
    "shapeless", "colorize-shapeless", PREAMBLE + HOOK.replace("Backend()", "object()")
)
BAD_PROBE = Plugin(
    "badprobe", "colorize-badprobe", PREAMBLE.replace("return Probe", "return 1 / 0, Probe") + HOOK
)
INCOMPATIBLE = Plugin(
    "incompatible",
    "colorize-incompatible",
    PREAMBLE.replace("api_version = 3", "api_version = 99") + HOOK,
)
SECOND_ONNX = Plugin("onnx", "colorize-second-onnx", PREAMBLE + HOOK)
WITHOUT_FRAMEWORK = Plugin(
    "frameless",
    "colorize-frameless",
    PREAMBLE.replace(
        'version="3.2", devices=("cpu",)',
        'reason="nothing is not installed", remedy="pip install nothing"',
    )
    + HOOK,
)
NOISY = Plugin(
    "noisy",
    "colorize-noisy",
    "import os\nprint('noise from Python')\nos.write(1, b'noise from C\\n')\n"
    + PREAMBLE
    + HOOK.replace("    return", "    print('noise from the hook')\n    return"),
)
BREAKING = (RAISING, EXITING, PANICKING, MISSPELLED, EMPTY, SHAPELESS, BAD_PROBE)
"""Those that end up broken, each in its own way."""


def install(folder: Path, plugins: Iterable[Plugin]) -> Path:
    """Write distributions into a folder, which then belongs on PYTHONPATH; return it."""
    for plugin in plugins:
        (folder / f"{plugin.module}.py").write_text(plugin.source)
        info = folder / f"{plugin.module}-{plugin.version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {plugin.distribution}\nVersion: {plugin.version}\n"
        )
        (info / "entry_points.txt").write_text(
            f"[colorize.backends]\n{plugin.name} = {plugin.module}\n"
        )
    return folder
