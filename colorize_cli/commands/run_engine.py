"""The network of `colorize run`: found first, loaded when the first picture needs it."""

import threading
from functools import cached_property
from typing import TYPE_CHECKING

from colorize_cli import __version__

if TYPE_CHECKING:
    from colorize_cli.commands.run_choices import EngineChoice, Finish
    from colorize_cli.core.backend import Backend, Colorizer, Precision
    from colorize_cli.core.existing_outputs import Making
    from colorize_cli.core.model_file import Model
    from colorize_cli.core.provenance import Provenance


class Engine:
    """A model, a backend, and the model made ready by it; each is found when it is asked for.

    Its properties raise UsageError, NoInputError, UnavailableError or BadConfigError.
    """

    def __init__(self, choice: "EngineChoice") -> None:
        self._choice = choice
        self.lock = threading.Lock()
        """Held by whoever uses the network: it is one for all pictures."""

    @cached_property
    def model(self) -> "Model":
        """The model that was chosen."""
        from colorize_cli.core.model_choice import find_model

        return find_model(self._choice.model)

    @cached_property
    def backend(self) -> "Backend":
        """The backend that was chosen; its framework is not imported yet."""
        from colorize_cli.plugins import choose_inference_backend

        return choose_inference_backend(self._choice.backend)

    @cached_property
    def colorizer(self) -> "Colorizer":
        """The model, made ready."""
        from colorize_cli.core.config import read_config

        backend = self.backend
        device = self._choice.device or read_config().device or "auto"
        return backend.load_colorizer(self.model, device=device, precision=self.precision)

    @property
    def device(self) -> str | None:
        """Where it computes; None as long as it was not loaded."""
        colorizer: Colorizer | None = self.__dict__.get("colorizer")
        return colorizer.device if colorizer else None

    @cached_property
    def precision(self) -> "Precision":
        """How exactly it computes."""
        from colorize_cli.core.config import read_config

        return self._choice.precision or read_config().precision or "float32"

    @cached_property
    def model_name(self) -> str:
        """The model's name in plain ASCII, which any metadata can hold."""
        from colorize_cli.core.model_choice import RUN_MODEL

        path = self.model.path
        if path is None:
            return "unnamed"
        name = path.absolute().parent.name if path.name == RUN_MODEL else path.stem
        return "".join(mark if mark.isascii() and mark.isprintable() else "?" for mark in name)

    def options_text(self, finish: "Finish") -> str:
        """Return all that decides a result besides input and model, in its one spelling."""
        options = [
            f"strength={repr(float(finish.strength)).removesuffix('.0')}",
            f"size={finish.size or 'auto'}",
            f"backend={self.backend.name}",
            f"precision={self.precision}",
            f"strip={'yes' if finish.is_stripped else 'no'}",
        ]
        return " ".join(options + finish.rare_options)

    def making(self, finish: "Finish") -> "Making":
        """Return what outputs of an earlier run are compared with."""
        from colorize_cli.core.existing_outputs import Making

        return Making(model_sha256=self.model.identity, options=self.options_text(finish))

    def provenance(self, finish: "Finish", source_sha256: str) -> "Provenance":
        """Return what a result says of how it was made."""
        from colorize_cli.core.provenance import Provenance

        return Provenance(
            program=f"colorize {__version__}",
            model=self.model_name,
            model_sha256=self.model.identity,
            source_sha256=source_sha256,
            options=self.options_text(finish),
        )
