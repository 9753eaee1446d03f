"""What is being checked, and where it runs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from typing import Final, TypeVar

from colorize_cli import plugins
from colorize_cli.core.backend import Backend, Cgan, Colorizer, Precision, TrainingBackend
from colorize_cli.core.cgan_config import CganConfig
from colorize_cli.core.errors import UnavailableError, UsageError
from colorize_cli.core.model_file import Model
from colorize_cli.testing.promises import NotApplicable
from colorize_cli.testing.samples import make_model

AUTO: Final = "auto"
Offer = TypeVar("Offer", bound=Backend)


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A backend under examination, by the two roles that it may have.

    `plugin` is the value of its entry point (`module` or `module:object`), by which a fresh
    process can find it; None if it is not installed as a plug-in.
    """

    inference: Backend | None = None
    training: TrainingBackend | None = None
    device: str = AUTO
    plugin: str | None = None

    @property
    def capabilities(self) -> frozenset[str]:
        """What it says that it can do."""
        roles = (self.inference, self.training)
        offered = [role.capabilities for role in roles if role is not None]
        return frozenset[str]().union(*offered)

    @property
    def is_repeatable(self) -> bool:
        """Whether the same work gives the same bits: on a CPU it has to."""
        return self.device == "cpu"

    @property
    def backend(self) -> Backend:
        """The backend by whichever role it has. Raises NotApplicable if it has none."""
        if self.inference is not None:
            return self.inference
        if self.training is not None:
            return self.training
        raise NotApplicable("it offers neither colouring nor training")

    @property
    def colouring(self) -> Backend:
        """The backend that colours. Raises NotApplicable if there is none."""
        if self.inference is None:
            raise NotApplicable("it does not colour")
        return self.inference

    @property
    def trainer(self) -> TrainingBackend:
        """The backend that trains. Raises NotApplicable if there is none."""
        if self.training is None:
            raise NotApplicable("it does not train")
        return self.training

    def colorizer(self, model: Model, *, precision: Precision = "float32") -> Colorizer:
        """Make a model ready on the device that is checked."""
        return self.colouring.load_colorizer(model, device=self.device, precision=precision)

    def cgan(self, config: CganConfig, *, seed: int = 0) -> Cgan:
        """Build a CGAN on the device that is checked."""
        return self.trainer.create_cgan(config, device=self.device, seed=seed)


def subject_of(backend: Backend, *, device: str = AUTO, plugin: str | None = None) -> Subject:
    """Return one object as a subject, in the roles that it names and has the methods for.

    Raises UnavailableError if it cannot be used here.
    """
    colours = "infer" in backend.capabilities
    trainer = backend if isinstance(backend, TrainingBackend) else None
    return _placed(backend if colours else None, trainer, device, plugin)


def find_subject(name: str, *, device: str = AUTO) -> Subject:
    """Return an installed backend as a subject.

    Raises UsageError for a name that nobody offers, UnavailableError if the backend or the
    device cannot be used here.
    """
    if not name:
        raise UsageError("a backend has a name: see colorize backends")
    inference, reason = _offered(plugins.choose_inference_backend, name)
    training, _ = _offered(plugins.choose_training_backend, name)
    if inference is None and training is None:
        raise UnavailableError(reason)
    subject = _placed(inference, training, device, entry_point_of(name).value)
    if device != AUTO:
        _check_device(subject)
    return subject


def entry_point_of(name: str) -> EntryPoint:
    """Return the one entry point by which an installed backend is offered."""
    (point,) = entry_points(group=plugins.GROUP, name=name)
    return point


def _offered(choose: Callable[[str], Offer], name: str) -> tuple[Offer | None, str]:
    try:
        return choose(name), ""
    except UnavailableError as error:
        return None, error.reason


def _placed(
    inference: Backend | None, training: TrainingBackend | None, device: str, plugin: str | None
) -> Subject:
    subject = Subject(inference=inference, training=training, plugin=plugin)
    probe = subject.backend.probe()
    if not probe.is_available:
        raise UnavailableError(f"backend {subject.backend.name!r} is missing: {probe.reason}")
    best = probe.devices[0] if probe.devices else AUTO
    return replace(subject, device=best if device == AUTO else device)


def _check_device(subject: Subject) -> None:
    try:
        subject.backend.load_colorizer(make_model(), device=subject.device)
    except UnavailableError:
        raise
    except Exception:  # noqa: BLE001 - whatever else it raises, the checks will tell
        pass
