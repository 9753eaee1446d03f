"""ONNX Runtime as a backend of colorize. Nothing here imports it before it is needed."""

import os
from contextlib import suppress
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from colorize_cli.core.backend import API_VERSION, Capability, Precision, Probe
from colorize_cli.core.errors import UnavailableError

if TYPE_CHECKING:
    from colorize_cli.core.backend import Colorizer, PlainColorizer
    from colorize_cli.core.model_file import Model
    from colorize_onnx.mapped import HeadStart

REMEDY: Final = "pip install onnxruntime"
DISTRIBUTIONS: Final = ("onnxruntime", "onnxruntime-gpu")
"""Either brings the module `onnxruntime`."""
CUDA_DRIVER: Final = Path("/dev/nvidiactl")
"""The file that the driver makes when it has found a GPU."""


class OnnxBackend:
    """Colours with ONNX Runtime: the embedded default, which needs no framework."""

    name = "onnx"
    api_version = API_VERSION
    capabilities: frozenset[Capability] = frozenset({"infer"})

    def __init__(self) -> None:
        self._begun: HeadStart | None = None

    @property
    def is_installed(self) -> bool:
        """Whether ONNX Runtime is there, which says less than `probe` and is known sooner."""
        return find_spec("onnxruntime") is not None

    def probe(self) -> Probe:
        """Look for ONNX Runtime and its devices without importing it."""
        spec = find_spec("onnxruntime")
        if spec is None:
            return Probe(
                framework="onnxruntime", reason="onnxruntime is not installed", remedy=REMEDY
            )
        return Probe(framework="onnxruntime", version=_version(), devices=_devices(spec))

    def begin(self, path: Path) -> None:
        """Begin to make the model of a file ready for the processor, without NumPy.

        Returns at once. What becomes of it, `load_colorizer` sees; it takes up what was begun.
        """
        from colorize_onnx.mapped import HeadStart

        spec = find_spec("onnxruntime")
        if spec is not None and _devices(spec) == ("cpu",):
            self._begun = HeadStart(path, spec)

    def wait(self) -> None:
        """Wait until what was begun is made, or has failed."""
        begun = self._begun
        if begun is not None:
            begun.session()

    def begun(self, path: Path) -> "PlainColorizer | None":
        """Return what was begun with the model of a file; None if that cannot be used."""
        begun, self._begun = self._begun, None
        return None if begun is None else begun.colorizer(path)

    def load_colorizer(
        self, model: "Model", *, device: str = "auto", precision: Precision = "float32"
    ) -> "Colorizer":
        """Make a model ready. Raises UnavailableError if the device or precision is not there."""
        return self._made_ready(model, device, precision, is_shared=False)

    def load_shared_colorizer(
        self, model: "Model", *, device: str = "auto", precision: Precision = "float32"
    ) -> "Colorizer":
        """Make a model ready for many callers at once, each with one thread: its own."""
        return self._made_ready(model, device, precision, is_shared=True)

    def _made_ready(
        self, model: "Model", device: str, precision: Precision, *, is_shared: bool
    ) -> "Colorizer":
        if precision != "float32":
            raise UnavailableError(
                f"the onnx backend colours in float32 only, not {precision}; "
                "use --backend openvino or torch"
            )
        spec = find_spec("onnxruntime")
        devices = () if spec is None else _devices(spec)
        if device == "auto":
            return self._on_the_best(model, devices, is_shared=is_shared)
        # Which numbers there are, the runtime itself knows when it starts there.
        if device.partition(":")[0] not in devices or device.startswith("cpu:"):
            known = ", ".join(("auto", *devices))
            raise UnavailableError(f"onnxruntime has no device {device!r} here (it takes {known})")
        return self._loaded(model, device, is_shared=is_shared)

    def _on_the_best(
        self, model: "Model", devices: tuple[str, ...], *, is_shared: bool
    ) -> "Colorizer":
        for device in devices[:-1]:
            # The probe saw a driver; whether the runtime's other needs are there shows only now.
            with suppress(UnavailableError):
                return self._loaded(model, device, is_shared=is_shared)
        return self._loaded(model, devices[-1], is_shared=is_shared)

    def _loaded(self, model: "Model", device: str, *, is_shared: bool) -> "Colorizer":
        from colorize_onnx.mapped import load_mapped

        begun, self._begun = self._begun, None
        if device == "cpu":
            runtime = find_spec("onnxruntime")
            found = load_mapped(model, begun, runtime, is_shared=is_shared)
            if found is not None:
                return found
        from colorize_onnx.inference import OnnxColorizer

        return OnnxColorizer(model, device=device, is_shared=is_shared)


def _version() -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    for name in DISTRIBUTIONS:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return None


def _devices(spec: ModuleSpec) -> tuple[str, ...]:
    folders = [Path(folder) / "capi" for folder in spec.submodule_search_locations or []]
    names = (name for folder in folders for name in _names_in(folder))
    has_cuda_build = any("onnxruntime_providers_cuda." in name for name in names)
    if has_cuda_build and CUDA_DRIVER.exists():
        return ("cuda", "cpu")
    return ("cpu",)


def _names_in(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - a third of the time
    except OSError:
        return []
