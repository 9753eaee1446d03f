"""TensorFlow as a backend of colorize. Nothing here imports TensorFlow before it is needed."""

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from colorize_cli.core.architecture import build_generator
from colorize_cli.core.backend import API_VERSION, Capability, Precision, Probe
from colorize_cli.core.cgan_config import CganConfig
from colorize_cli.core.processors import has_bfloat16
from colorize_cli.core.workers import Launch, Launcher
from colorize_tensorflow.devices import only_device, probable_devices, resolve_device

if TYPE_CHECKING:
    from colorize_cli.core.backend import Colorizer
    from colorize_cli.core.model_file import Model
    from colorize_tensorflow.cgan import TensorFlowCgan
    from colorize_tensorflow.inference import TensorFlowColorizer
    from colorize_tensorflow.workers import TensorFlowWorkers

REMEDY: Final = "pip install 'colorize-gan[tensorflow]'"
DISTRIBUTIONS: Final = ("tensorflow", "tensorflow-cpu", "tensorflow-intel", "tf-nightly")
"""Each brings the module `tensorflow`."""


class TensorFlowBackend:
    """Trains, exports and colours with TensorFlow."""

    name = "tensorflow"
    api_version = API_VERSION
    capabilities: frozenset[Capability] = frozenset(
        {"infer", "train", "export:onnx", "export:savedmodel", "export:tflite"}
    )
    launcher: Launcher = "TF_CONFIG"

    def __init__(self) -> None:
        self._workers: TensorFlowWorkers | None = None
        self._place: str | None = None

    def probe(self) -> Probe:
        """Look for TensorFlow and its devices without importing it."""
        spec = find_spec("tensorflow")
        if spec is None:
            return Probe(
                framework="tensorflow", reason="tensorflow is not installed", remedy=REMEDY
            )
        return Probe(framework="tensorflow", version=_version(), devices=probable_devices(spec))

    def load_colorizer(
        self, model: "Model", *, device: str = "auto", precision: Precision = "float32"
    ) -> "TensorFlowColorizer":
        """Make a model ready. Raises UnavailableError if the device is not there."""
        place = resolve_device(device)
        from colorize_tensorflow.inference import TensorFlowColorizer

        network = build_generator(model.generator)
        return TensorFlowColorizer(network, model.weights, device=place, precision=precision)

    def imitates(self, precision: Precision, *, device: str = "auto") -> bool:
        """Whether it is bfloat16 on a processor without it: a step takes 5 times as long.

        Raises UnavailableError if the device is not there.
        """
        is_processor = (self._place or resolve_device(device)) == "cpu"
        return precision == "bfloat16" and is_processor and not has_bfloat16()

    def create_cgan(
        self, config: CganConfig, *, device: str = "auto", seed: int = 0
    ) -> "TensorFlowCgan":
        """Build both networks from a seed. Raises UnavailableError if the device is not there."""
        place = self._place or resolve_device(device)
        from colorize_cli.core.cgan_state import initial_state
        from colorize_tensorflow.cgan import TensorFlowCgan

        state = initial_state(config, seed=seed)
        return TensorFlowCgan(config, state, device=place, seed=seed, workers=self._workers)

    def join_workers(self, launch: Launch, *, device: str = "auto") -> "TensorFlowWorkers":
        """Meet the other workers of the cluster in TF_CONFIG; each has a single device.

        Raises UnavailableError if that is not there, and LostWorkersError.
        """
        self._place = only_device(device)
        from colorize_tensorflow.workers import TensorFlowWorkers

        self._workers = TensorFlowWorkers(launch)
        return self._workers

    def export(self, model: "Model", path: Path, *, form: str) -> None:
        """Write a model in another form. Raises UsageError for an unknown one."""
        resolve_device("cpu")
        from colorize_tensorflow.export import export_model

        export_model(model, path, form=form)

    def load_export(self, path: Path, *, form: str) -> "Colorizer":
        """Load what `export` wrote, on the processor. Raises UsageError for an unknown form."""
        resolve_device("cpu")
        from colorize_tensorflow.export import load_export

        return load_export(path, form=form)


def _version() -> str | None:
    for name in DISTRIBUTIONS:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return None
