"""ONNX Runtime as a backend of colorize. Nothing here imports it before it is needed."""

from contextlib import suppress
from importlib.machinery import ModuleSpec
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from colorize_cli.core.backend import API_VERSION, Capability, Precision, Probe
from colorize_cli.core.errors import UnavailableError

if TYPE_CHECKING:
    from colorize_cli.core.model_file import Model
    from colorize_onnx.inference import OnnxColorizer

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

    def probe(self) -> Probe:
        """Look for ONNX Runtime and its devices without importing it."""
        spec = find_spec("onnxruntime")
        if spec is None:
            return Probe(
                framework="onnxruntime", reason="onnxruntime is not installed", remedy=REMEDY
            )
        return Probe(framework="onnxruntime", version=_version(), devices=_devices(spec))

    def load_colorizer(
        self, model: "Model", *, device: str = "auto", precision: Precision = "float32"
    ) -> "OnnxColorizer":
        """Make a model ready. Raises UnavailableError if the device or precision is not there."""
        if precision != "float32":
            raise UnavailableError(
                f"the onnx backend colours in float32 only, not {precision}; use --backend torch"
            )
        from colorize_onnx.inference import OnnxColorizer

        devices = self.probe().devices
        if device == "auto":
            return _on_the_best(model, devices)
        # Which numbers there are, the runtime itself knows when it starts there.
        if device.partition(":")[0] not in devices or device.startswith("cpu:"):
            known = ", ".join(("auto", *devices))
            raise UnavailableError(f"onnxruntime has no device {device!r} here (it takes {known})")
        return OnnxColorizer(model, device=device)


def _on_the_best(model: "Model", devices: tuple[str, ...]) -> "OnnxColorizer":
    from colorize_onnx.inference import OnnxColorizer

    for device in devices[:-1]:
        # The probe saw a driver; whether the runtime's other needs are there shows only now.
        with suppress(UnavailableError):
            return OnnxColorizer(model, device=device)
    return OnnxColorizer(model, device=devices[-1])


def _version() -> str | None:
    for name in DISTRIBUTIONS:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return None


def _devices(spec: ModuleSpec) -> tuple[str, ...]:
    folders = [Path(folder) / "capi" for folder in spec.submodule_search_locations or []]
    has_cuda_build = any(any(folder.glob("*onnxruntime_providers_cuda.*")) for folder in folders)
    if has_cuda_build and CUDA_DRIVER.exists():
        return ("cuda", "cpu")
    return ("cpu",)
