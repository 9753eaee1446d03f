"""OpenVINO as a backend of colorize. Nothing here imports it before it is needed."""

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from colorize_cli.core.architecture import build_generator
from colorize_cli.core.backend import API_VERSION, Capability, Precision, Probe
from colorize_cli.core.errors import UnavailableError
from colorize_cli.core.processors import has_bfloat16

if TYPE_CHECKING:
    from colorize_cli.core.model_file import Model
    from colorize_openvino.inference import OpenvinoColorizer

REMEDY: Final = "pip install 'colorize-gan[openvino]'"


class OpenvinoBackend:
    """Colours with OpenVINO on the processor: the fastest there, in batches most of all."""

    name = "openvino"
    api_version = API_VERSION
    capabilities: frozenset[Capability] = frozenset({"infer"})

    def probe(self) -> Probe:
        """Look for OpenVINO without importing it. Its GPUs are not offered: none was tried."""
        if find_spec("openvino") is None:
            return Probe(framework="openvino", reason="openvino is not installed", remedy=REMEDY)
        return Probe(framework="openvino", version=_version(), devices=("cpu",))

    def load_colorizer(
        self, model: "Model", *, device: str = "auto", precision: Precision = "float32"
    ) -> "OpenvinoColorizer":
        """Make a model ready. Raises UnavailableError if the device or precision is not there."""
        return _loaded(model, device, precision, is_shared=False)

    def load_shared_colorizer(
        self, model: "Model", *, device: str = "auto", precision: Precision = "float32"
    ) -> "OpenvinoColorizer":
        """Make a model ready for callers in many threads. Raises what `load_colorizer` raises."""
        return _loaded(model, device, precision, is_shared=True)

    def fastest_precision(self, *, device: str = "auto") -> Precision:
        """Return bfloat16 where the processor has it: 0.6 of the time that float32 takes.

        Imitated, it takes 2.7 times as long (EPYC with and without AVX512_BF16, bundled model).
        Raises UnavailableError if the device is not there.
        """
        _check(device)
        return "bfloat16" if has_bfloat16() else "float32"


def _loaded(
    model: "Model", device: str, precision: Precision, *, is_shared: bool
) -> "OpenvinoColorizer":
    _check(device)
    from colorize_openvino.inference import OpenvinoColorizer

    network = build_generator(model.generator)
    return OpenvinoColorizer(network, model.weights, precision=precision, is_shared=is_shared)


def _check(device: str) -> None:
    if device not in ("auto", "cpu"):
        raise UnavailableError(f"openvino has no device {device!r} here (it takes auto, cpu)")


def _version() -> str | None:
    try:
        return version("openvino")
    except PackageNotFoundError:
        return None
