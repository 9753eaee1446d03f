"""PyTorch as a backend of colorize. Nothing here imports PyTorch before it is needed."""

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from colorize_cli.core.architecture import build_generator
from colorize_cli.core.backend import API_VERSION, Capability, CganConfig, Precision, Probe
from colorize_torch.devices import probable_devices, resolve_device

if TYPE_CHECKING:
    from colorize_cli.core.backend import Colorizer
    from colorize_cli.core.model_file import Model
    from colorize_torch.cgan import TorchCgan
    from colorize_torch.inference import TorchColorizer

REMEDY: Final = "pip install 'colorize-gan[torch]'"


class TorchBackend:
    """Trains, exports and colours with PyTorch."""

    name = "torch"
    api_version = API_VERSION
    capabilities: frozenset[Capability] = frozenset({"infer", "train", "export:onnx", "export:pt2"})

    def probe(self) -> Probe:
        """Look for PyTorch and its devices without importing it."""
        spec = find_spec("torch")
        if spec is None:
            return Probe(framework="torch", reason="torch is not installed", remedy=REMEDY)
        try:
            found = version("torch")
        except PackageNotFoundError:
            found = None
        return Probe(framework="torch", version=found, devices=probable_devices(spec))

    def load_colorizer(
        self, model: "Model", *, device: str = "auto", precision: Precision = "float32"
    ) -> "TorchColorizer":
        """Make a model ready. Raises UnavailableError if the device is not there."""
        from colorize_torch.inference import TorchColorizer

        network = build_generator(model.generator)
        place = resolve_device(device)
        return TorchColorizer(network, model.weights, device=place, precision=precision)

    def create_cgan(
        self, config: CganConfig, *, device: str = "auto", seed: int = 0
    ) -> "TorchCgan":
        """Build both networks from a seed. Raises UnavailableError if the device is not there."""
        from colorize_cli.core.cgan_state import initial_state
        from colorize_torch.cgan import TorchCgan

        return TorchCgan(config, initial_state(config, seed=seed), device=resolve_device(device))

    def export(self, model: "Model", path: Path, *, form: str) -> None:
        """Write a model in another form. Raises UsageError for an unknown one."""
        from colorize_torch.export import export_model

        export_model(model, path, form=form)

    def load_export(self, path: Path, *, form: str) -> "Colorizer":
        """Load what `export` wrote, on the processor. Raises UsageError for an unknown form."""
        from colorize_torch.export import load_export

        return load_export(path, form=form)
