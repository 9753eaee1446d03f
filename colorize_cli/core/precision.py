"""What `--precision` asks for, and which precision it stands for."""

from typing import Literal, Protocol, TypeAlias, runtime_checkable

from colorize_cli.core.backend import Backend, Precision

PrecisionOrAuto: TypeAlias = Literal["auto", "float32", "bfloat16"]
"""What people may ask for: a precision, or that in which the backend colours fastest."""


@runtime_checkable
class ChoosingBackend(Backend, Protocol):
    """A backend that colours faster on some devices in another precision than float32.

    Nobody has to be one: of all others the fastest precision is float32.
    """

    def fastest_precision(self, *, device: str = "auto") -> Precision:
        """Return in which precision it colours fastest on a device; loading with it succeeds.

        Raises UnavailableError if the device is not there.
        """
        ...


@runtime_checkable
class ImitatingBackend(Protocol):
    """A backend that knows which of its devices have no arithmetic in bfloat16 of their own.

    Nobody has to be one: all others are taken to have what they offer.
    """

    def imitates(self, precision: Precision, *, device: str = "auto") -> bool:
        """Whether a device only imitates a precision, in more time than float32 takes.

        Raises UnavailableError if the device is not there.
        """
        ...


def is_imitated(backend: object, precision: Precision, *, device: str) -> bool:
    """Whether a precision costs time on a device instead of saving it, as far as is known.

    Raises UnavailableError if the backend looks for the device and it is not there.
    """
    return isinstance(backend, ImitatingBackend) and backend.imitates(precision, device=device)


def resolved_precision(backend: Backend, asked: PrecisionOrAuto, *, device: str) -> Precision:
    """Return the precision that was asked for; of `auto`, the backend's choice for the device.

    Raises UnavailableError if the backend looks for the device and it is not there.
    """
    if asked != "auto":
        return asked
    if isinstance(backend, ChoosingBackend):
        return backend.fastest_precision(device=device)
    return "float32"
