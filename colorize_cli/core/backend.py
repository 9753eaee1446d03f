"""The contract between colorize and a framework. Everything that crosses it is NumPy.

Arrays are float32, `(N, channels, height, width)`, in the ranges of `core.lab`: gray is
L / 50 - 1; colour is a / 110 and b / 110 (two channels) or 2 * sRGB - 1 (three). Parameters
carry the names and layouts of `core.layers`, so that what one framework writes another reads.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias, runtime_checkable

from colorize_cli.core.architecture import DiscriminatorSpec, GeneratorSpec
from colorize_cli.core.errors import BadConfigError
from colorize_cli.core.records import made_by, record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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
LossForm: TypeAlias = Literal["minimax", "nonsaturating", "lsgan", "hinge"]
"""What the networks minimize: means, with D = sigmoid(z) of the discriminator's logit z.

| form | discriminator | generator | source |
|---|---|---|---|
| `minimax` | -log D(x) - log(1 - D(G)) | log(1 - D(G)) | Goodfellow et al. 2014, equation 1 |
| `nonsaturating` | the same | -log D(G) | Goodfellow et al. 2014, section 3; Isola et al. 2017 |
| `lsgan` | (z(x) - 1)^2 / 2 + z(G)^2 / 2 | (z(G) - 1)^2 / 2 | Mao et al. 2017, equation 9 |
| `hinge` | max(0, 1 - z(x)) + max(0, 1 + z(G)) | -z(G) | Lim and Ye 2017; Miyato et al. 2018 |

`minimax` is what Putta et al. 2022 print, and so the form of the paper's recipes. Where the
discriminator is sure that a picture is generated, the generator's slope vanishes in `minimax` and
is at its steepest in `nonsaturating`.
"""
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


@record
class CganConfig:
    """Everything that decides a CGAN and its training step.

    Defaults are those of the field where the paper is silent: Adam at 2e-4 with beta1 0.5
    (Radford et al. 2016; Isola et al. 2017), beta2 0.999 and epsilon 1e-8 (Kingma and Ba 2015).
    `l1_weight` multiplies the mean absolute difference; 0 in the paper, 100 in Isola et al.

    Adam adds epsilon to the root of the second moment after its correction (algorithm 1 of Kingma
    and Ba, not the shortened form of their section 2); corrections are worked out in double
    precision. Losses come from logits, with log(1 + exp(z)) in its stable form, and are means.
    `precision` is that in which convolutions compute, from weights that stay float32.

    `chroma_weight` and `smoothness` make the L1 term the mean of (1 + chroma_weight * c) h(d). Here
    c = sqrt(a^2 + b^2) of the true colour in the units of the networks (1 is a chroma of 110), and
    h(d) is d^2 / (2 s) where the difference d is below s = smoothness and d - s / 2 elsewhere
    (Girshick 2015, equation 3), or d itself where s is 0. Rare vivid colours then count for more
    than the many dull ones, whose median is brown (the class rebalancing of Zhang et al. 2016,
    section 2.2, for regression). `chroma_weight` is for networks that predict ab.

    `encoder_rate` and `discriminator_rate` multiply the learning rate of the generator's parameters
    whose names begin with `encoder.`, which may be pretrained, and that of the discriminator.

    `ema_decay` is that of the generator's moving average (Karras et al. 2018, section 5; Yazici et
    al. 2019, which have 0.999 and 0.9999); 0 is none. After the generator's step number t, from 1,
    average += (1 - d) * (parameter - average) with d = min(ema_decay, (1 + t) / (10 + t)), so that
    the initial weights are soon forgotten (`num_updates` of TensorFlow's ExponentialMovingAverage).
    It starts at the generator's own weights and takes in the running statistics as it does the
    parameters (`use_buffers` of PyTorch's AveragedModel): to first order, what averaged weights
    give has the average of the statistics, whereas the latest belong to the latest weights.

    `micro_batch` is how many pictures go through the networks at a time at most, None for all: a
    longer batch is cut as `core.batches.parts_of` says, and its gradients and losses are the means
    of those of its parts, weighted by their pictures. Batch norm sees one part after the other, by
    whose statistics it normalizes and moves, so that a step is not quite that of the whole batch.
    """

    generator: GeneratorSpec = made_by(default_factory=GeneratorSpec)
    discriminator: DiscriminatorSpec = made_by(default_factory=DiscriminatorSpec)
    loss: LossForm = "minimax"
    l1_weight: float = 0.0
    chroma_weight: float = 0.0
    smoothness: float = 0.0
    learning_rate: float = 2e-4
    encoder_rate: float = 1.0
    discriminator_rate: float = 1.0
    beta1: float = 0.5
    beta2: float = 0.999
    epsilon: float = 1e-8
    precision: Precision = "float32"
    ema_decay: float = 0.0
    micro_batch: int | None = None

    def __post_init__(self) -> None:
        """Refuse an average that never moves, parts without pictures, the chroma of RGB.

        Raises BadConfigError.
        """
        if self.chroma_weight and self.generator.output != "ab":
            raise BadConfigError("chroma can be weighted for networks that predict ab alone")
        if not 0 <= self.ema_decay < 1:
            raise BadConfigError(f"the average's decay {self.ema_decay!r} is not from 0 to below 1")
        if self.micro_batch is not None and self.micro_batch < 1:
            raise BadConfigError(f"a micro-batch of {self.micro_batch!r} pictures cannot be learnt")


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

    def create_cgan(self, config: CganConfig, *, device: str = "auto", seed: int = 0) -> Cgan:
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
