"""A check: one promise of the contract, and its proof."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from colorize_cli.testing.subject import Subject

ANY: Final = "any"
INFER: Final = "infer"
TRAIN: Final = "train"
EXPORT_ONNX: Final = "export:onnx"


@dataclass(frozen=True)
class Check:
    """One promise: its name, what is promised, which capability it is about, and its proof.

    The function returns if the promise is kept and raises PromiseBroken if it is not; what else
    it raises, the backend raised where it should not have. It raises NotApplicable where the
    promise does not concern the backend.
    """

    name: str
    description: str
    role: str
    function: Callable[[Subject], None]

    def __str__(self) -> str:
        """Return the name, by which test runners list it."""
        return self.name
