"""PyTorch as a backend of colorize. Nothing here imports PyTorch before it is needed."""

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from colorize_cli.core.architecture import build_generator
from colorize_cli.core.backend import API_VERSION, Capability, Precision, Probe
from colorize_cli.core.cgan_config import CganConfig
from colorize_cli.core.processors import has_bfloat16
from colorize_cli.core.workers import Launch, Launcher
from colorize_torch.devices import device_of_worker, probable_devices, resolve_device

if TYPE_CHECKING:
    import torch

    from colorize_cli.core.backend import Colorizer
    from colorize_cli.core.model_file import Model
    from colorize_torch.cgan import TorchCgan
    from colorize_torch.inference import TorchColorizer
    from colorize_torch.workers import TorchWorkers

REMEDY: Final = "pip install 'colorize-gan[torch]'"


class TorchBackend:
    """Trains, exports and colours with PyTorch."""

    name = "torch"
    api_version = API_VERSION
    capabilities: frozenset[Capability] = frozenset({"infer", "train", "export:onnx", "export:pt2"})
    launcher: Launcher = "torchrun"

    def __init__(self) -> None:
        self._workers: TorchWorkers | None = None
        self._local_rank: int | None = None

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

    def fastest_precision(self, *, device: str = "auto") -> Precision:
        """Return bfloat16 on processors that have it, where it takes half of float32's time.

        Imitated, it takes 1.5 times as long. GPUs were not measured: there it is float32.
        Raises UnavailableError if the device is not there.
        """
        is_processor = resolve_device(device).type == "cpu"
        return "bfloat16" if is_processor and has_bfloat16() else "float32"

    def imitates(self, precision: Precision, *, device: str = "auto") -> bool:
        """Whether it is bfloat16 on a processor without it: a step takes 12 to 18 times as long.

        Raises UnavailableError if the device is not there.
        """
        is_processor = self._place(device).type == "cpu"
        return precision == "bfloat16" and is_processor and not has_bfloat16()

    def create_cgan(
        self, config: CganConfig, *, device: str = "auto", seed: int = 0
    ) -> "TorchCgan":
        """Build both networks from a seed. Raises UnavailableError if the device is not there."""
        from colorize_cli.core.cgan_state import initial_state
        from colorize_torch.cgan import TorchCgan

        return TorchCgan(
            config,
            initial_state(config, seed=seed),
            device=self._place(device),
            seed=seed,
            workers=self._workers,
        )

    def join_workers(self, launch: Launch, *, device: str = "auto") -> "TorchWorkers":
        """Meet the other workers that torchrun has started.

        Each has a GPU of its own, by its number on its machine, or a share of the processors.
        Raises UnavailableError if there is no such GPU, and LostWorkersError.
        """
        from colorize_torch.workers import TorchWorkers

        self._local_rank = launch.local_rank
        self._workers = TorchWorkers(launch, device=self._place(device))
        return self._workers

    def _place(self, device: str) -> "torch.device":
        if self._local_rank is None:
            return resolve_device(device)
        return device_of_worker(device, self._local_rank)

    def export(self, model: "Model", path: Path, *, form: str) -> None:
        """Write a model in another form. Raises UsageError for an unknown one."""
        from colorize_torch.export import export_model

        export_model(model, path, form=form)

    def load_export(self, path: Path, *, form: str) -> "Colorizer":
        """Load what `export` wrote, on the processor. Raises UsageError for an unknown form."""
        from colorize_torch.export import load_export

        return load_export(path, form=form)
