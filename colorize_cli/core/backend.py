"""The contract between colorize and a framework. Everything that crosses it is NumPy.

Arrays are float32, `(N, channels, height, width)`, in the ranges of `core.lab`: gray is
L / 50 - 1; colour is a / 110 and b / 110 (two channels) or 2 * sRGB - 1 (three). Parameters
carry the names and layouts of `core.layers`, so that what one framework writes another reads.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias, runtime_checkable

from colorize_cli.core.records import record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from colorize_cli.core.cgan_config import CganConfig
    from colorize_cli.core.model_file import Model
    from colorize_cli.core.workers import Launch, Launcher, Workers

    FloatArray: TypeAlias = NDArray[np.float32]

API_VERSION: Final = 3
"""Raised when the contract changes so that older backends no longer fit.

2: steps of training take `phase` and `rate`, and heed `ema_decay` and `micro_batch`.
3: tables have spectral norms and dropout; steps heed `chroma_weight`, `smoothness`,
`encoder_rate` and `discriminator_rate`; pictures of a batch may have any size that fits.
"""

Precision: TypeAlias = Literal["float32", "bfloat16"]
Phase: TypeAlias = Literal["adversarial", "warm_up"]
"""What a step of training learns from: the other network and L1, or L1 alone."""
Capability: TypeAlias = Literal[
    "infer", "train", "export:onnx", "export:pt2", "export:savedmodel", "export:tflite"
]


@record
class Probe:
    """What a backend finds on this machine without importing its framework.

    `devices` are the values that `--device` takes here, best first. `reason` says in a few words
    why the backend cannot be used, and `remedy` is the command that would change that.
    """

    framework: str
    version: str | None = None
    devices: tuple[str, ...] = ()
    reason: str | None = None
    remedy: str | None = None

    @property
    def is_available(self) -> bool:
        """Whether the backend can be used."""
        return self.reason is None


class Colorizer(Protocol):
    """A generator ready to colour."""

    @property
    def device(self) -> str:
        """Where it runs, as `--device` names it; never another place than was asked for."""
        ...

    def __call__(self, gray: "FloatArray") -> "FloatArray":
        """Predict colour `(N, C, H, W)` for gray `(N, 1, H, W)`.

        H and W are multiples of the generator's stride. The input is left as it was; the same
        input gives the same output, alone or in a batch (to the rounding of float32).
        """
        ...


class Cgan(Protocol):
    """A generator and a discriminator that learn from each other."""

    @property
    def device(self) -> str:
        """Where it runs, as `--device` names it."""
        ...

    def train_step(
        self,
        gray: "FloatArray",
        color: "FloatArray",
        *,
        phase: Phase = "adversarial",
        rate: float = 1.0,
    ) -> Mapping[str, float]:
        """Learn from one batch and return its losses, measured before the update.

        Both networks are updated from the same forward pass. Keys: `discriminator`, `generator`
        (the whole of what it minimizes), `adversarial` and `l1` (its parts, before `l1_weight`).

        In the phase `warm_up` the generator learns from L1 alone, before it meets a discriminator
        (the first stage of DeOldify's NoGAN training, Antic 2019, with L1 for its feature loss; the
        second, which trains the critic alone, is left out). The discriminator is not even run: its
        weights, statistics, moments and step stay as they are. Keys: `generator`, which is
        l1_weight * l1 (1 * l1 where the weight is 0), and `l1`.

        `rate` multiplies the learning rate of both networks in this step; at 0 no learnt weight
        changes, while moments, statistics and the average move as ever.
        """
        ...

    def generate(self, gray: "FloatArray") -> "FloatArray":
        """Predict colour as a Colorizer of the present weights would: the averaged, if any."""
        ...

    def state(self) -> "dict[str, NDArray[Any]]":
        """Return copies of everything that training goes on from.

        `generator/NAME`, `discriminator/NAME` for each parameter; `NETWORK/NAME/first_moment`
        and `.../second_moment` for each learnt one (Adam); `NETWORK/step`, an int64 scalar.
        """
        ...

    def restore(self, state: "Mapping[str, NDArray[Any]]") -> None:
        """Continue from what `state` returned, here or in another framework.

        Raises BadConfigError if names or shapes do not fit.
        """
        ...


@runtime_checkable
class Backend(Protocol):
    """A framework that colours. Creating one imports nothing heavy."""

    name: str
    api_version: int
    capabilities: frozenset[Capability]

    def probe(self) -> Probe:
        """Look, cheaply and without importing the framework, what can be used here."""
        ...

    def load_colorizer(
        self, model: "Model", *, device: str = "auto", precision: Precision = "float32"
    ) -> Colorizer:
        """Make a model ready. Raises UnavailableError if the device is not there.

        `auto` is the best device of `probe`; any other name is honoured or refused.
        """
        ...


@runtime_checkable
class EagerBackend(Backend, Protocol):
    """A backend that can make a model ready while its caller is busy elsewhere. Nobody has to."""

    def begin(self, path: Path) -> None:
        """Begin with the model of a file, for the processor, and return at once; never raises.

        `load_colorizer` takes up what was begun, if it is for that model, and else forgets it.
        """
        ...

    def wait(self) -> None:
        """Wait until what was begun is made, or has failed."""
        ...

    def begun(self, path: Path) -> "PlainColorizer | None":
        """Return what was begun with the model of a file, None if it was not or has failed.

        It waits for it. After this, nothing is begun any more.
        """
        ...


@runtime_checkable
class PlainColorizer(Protocol):
    """A generator ready to colour one picture at a time, without NumPy."""

    @property
    def device(self) -> str:
        """Where it runs, as `--device` names it."""
        ...

    def predict(self, gray: Any, height: int, width: int) -> Any:
        """Predict colour `(C, height, width)` for gray `(height, width)`, as a Colorizer would.

        Both are contiguous buffers of float32; the result is the caller's.
        """
        ...


@runtime_checkable
class SharingBackend(Backend, Protocol):
    """A backend whose colorizers many threads may call at the same time. Nobody has to be one."""

    def load_shared_colorizer(
        self, model: "Model", *, device: str = "auto", precision: Precision = "float32"
    ) -> Colorizer:
        """Make a model ready as `load_colorizer` does, for callers in many threads at once.

        Each call is worked on by the thread that makes it, so that the callers together use as
        many processors as they are, and none waits for another. What is predicted is the same
        however many there are.
        """
        ...


@runtime_checkable
class TrainingBackend(Backend, Protocol):
    """A backend that also trains and exports."""

    def create_cgan(self, config: "CganConfig", *, device: str = "auto", seed: int = 0) -> Cgan:
        """Build both networks, drawn from the seed by `core.layers.draw_parameters`.

        The generator is drawn from stream 0 of the seed, the discriminator from stream 1.
        """
        ...

    def export(self, model: "Model", path: Path, *, form: str) -> None:
        """Write a model in another form, which `capabilities` name, as a file or a folder.

        Nothing is at `path` yet, nor is anything after an error. Raises UsageError for an
        unknown form.
        """
        ...

    def load_export(self, path: Path, *, form: str) -> Colorizer:
        """Load what `export` wrote as a program that knows nothing of colorize would.

        On the processor. Raises UsageError for a form that only others read, as `onnx`.
        """
        ...


@runtime_checkable
class DistributedBackend(TrainingBackend, Protocol):
    """A backend whose CGANs may be trained by several processes as one. Nobody has to be.

    After `join_workers`, what `create_cgan` makes is one of as many equal CGANs, and `train_step`
    takes this worker's share of a batch (`core.batches.shares_of`). All workers call it, and each
    step is that of the whole batch: by its statistics and its gradients, with its losses returned.
    It raises LostWorkersError if a worker is gone. The other methods need no other worker.
    """

    launcher: "Launcher"

    def join_workers(self, launch: "Launch", *, device: str = "auto") -> "Workers":
        """Meet the others, before anything else is asked of the backend in this process.

        Raises UnavailableError if this worker's device is not there, LostWorkersError if the
        others do not come.
        """
        ...


def __getattr__(name: str) -> Any:
    """Return what else belongs to the contract, and is imported only where training is."""
    if name not in {"CganConfig", "LossForm"}:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from colorize_cli.core import cgan_config

    return getattr(cgan_config, name)
