"""NumPy as a backend of colorize: what it can do here, and making a model ready."""

from importlib.metadata import version
from typing import TYPE_CHECKING

from colorize_cli.core.backend import API_VERSION, Capability, Precision, Probe
from colorize_cli.core.errors import UnavailableError

if TYPE_CHECKING:
    from colorize_cli.core.model_file import Model

    from .network import NumpyColorizer


class NumpyBackend:
    """Colours with NumPy alone."""

    name = "numpy-example"
    api_version = API_VERSION
    capabilities: frozenset[Capability] = frozenset({"infer"})

    def probe(self) -> Probe:
        """Say what there is: NumPy comes with colorize, and knows the processor only."""
        return Probe(framework="numpy", version=version("numpy"), devices=("cpu",))

    def load_colorizer(
        self, model: "Model", *, device: str = "auto", precision: Precision = "float32"
    ) -> "NumpyColorizer":
        """Make a model ready. Raises UnavailableError if device or precision is not there."""
        if device not in ("auto", "cpu"):
            raise UnavailableError(f"numpy has no device {device!r} (it takes auto, cpu)")
        if precision != "float32":
            raise UnavailableError(f"numpy computes in float32, not in {precision}")
        # The framework is imported where it is first needed, and nowhere before.
        from .network import NumpyColorizer

        return NumpyColorizer(model)
