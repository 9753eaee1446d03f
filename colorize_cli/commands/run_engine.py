"""The network of `run`, `watch` and `eval`: found first, loaded when the first picture needs it."""

import threading
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

from colorize_cli import __version__
from colorize_cli.core.color_constants import AB_RANGE
from colorize_cli.core.compiled_library import compiled_loops
from colorize_cli.core.errors import ColorizeError
from colorize_cli.core.model_choice import BUNDLED_FOLDER, RUN_MODEL, chosen_model, model_path

if TYPE_CHECKING:
    from colorize_cli.commands.run_choices import EngineChoice, Finish
    from colorize_cli.core.architecture import GeneratorSpec
    from colorize_cli.core.backend import Backend, Colorizer, PlainColorizer, Precision
    from colorize_cli.core.existing_outputs import Making
    from colorize_cli.core.gray_coloring import Floats
    from colorize_cli.core.model_file import Model
    from colorize_cli.core.plain_model import PlainModel
    from colorize_cli.core.provenance import Provenance


class Engine:
    """A model, a backend, and the model made ready by it; each is found when it is asked for.

    Its properties raise UsageError, NoInputError, UnavailableError or BadConfigError.
    """

    def __init__(self, choice: "EngineChoice") -> None:
        self._choice = choice
        self.turn: AbstractContextManager[object] = threading.Lock()
        """Held by whoever uses the network, where only one may at a time."""
        self._is_for_many = False
        self._reader: threading.Thread | None = None
        self._identified: str | None = None

    def share(self) -> None:
        """Say, before it is loaded, that many pictures will be coloured at the same time."""
        self._is_for_many = True

    def begin(self) -> None:
        """Let the network be made ready in the background, where that is the embedded backend's.

        What is wrong with it is told by whoever asks for it.
        """
        from colorize_cli.core.backend import EagerBackend

        choice = self._choice
        if choice.device in (None, "auto", "cpu") and choice.precision in (None, "auto", "float32"):
            with suppress(ColorizeError):
                if isinstance(self._embedded, EagerBackend):
                    self._embedded.begin(model_path(chosen_model(choice.model)))

    def find(self) -> None:
        """Find backend and model: what is wrong with them is told before what is with a picture."""
        _ = self.backend, self.precision, self.generator

    def begin_reading(self) -> None:
        """Read the model, and work out what identifies it, in the background; as `begin`."""
        self._reader = threading.Thread(target=self._identify)
        self._reader.start()

    def _identify(self) -> None:
        from colorize_cli.core.backend import EagerBackend

        # It fails again for whoever asks, who tells it.
        with suppress(Exception):
            # Who waits for the network waits longer where both are worked on at once.
            if isinstance(self._embedded, EagerBackend):
                self._embedded.wait()
            self._identified = self._worked_out()

    @property
    def identity(self) -> str:
        """What identifies the model: `Model.identity`."""
        if self._reader is not None:
            self._reader.join()
        self._identified = self._identified or self._worked_out()
        return self._identified

    def _worked_out(self) -> str:
        loops, plain = compiled_loops(), self._plain_model
        is_bundled = plain is not None and plain.path.parent == BUNDLED_FOLDER
        found = plain.identity(loops, is_mapped=is_bundled) if loops and plain else None
        return found or self.model.identity

    @cached_property
    def _plain_model(self) -> "PlainModel | None":
        """The model that was chosen, if it is to be had without NumPy."""
        from colorize_cli.core.plain_model import plain_model

        return plain_model(model_path(chosen_model(self._choice.model)))

    @property
    def generator(self) -> "GeneratorSpec":
        """What the model's generator is."""
        return (self._plain_model or self.model).generator

    @cached_property
    def model(self) -> "Model":
        """The model that was chosen."""
        from colorize_cli.core.model_choice import find_model

        return find_model(self._choice.model)

    @cached_property
    def backend(self) -> "Backend":
        """The backend that was chosen; its framework is not imported yet."""
        if self._embedded is not None:
            return self._embedded
        from colorize_cli.plugins import choose_inference_backend

        return choose_inference_backend(self._choice.backend)

    @cached_property
    def _embedded(self) -> "Backend | None":
        from colorize_cli.embedded import embedded_backend

        return embedded_backend(self._choice.backend)

    @cached_property
    def colorizer(self) -> "Colorizer":
        """The model, made ready."""
        from colorize_cli.core.backend import SharingBackend

        backend = self.backend
        load = backend.load_colorizer
        if self._is_for_many and isinstance(backend, SharingBackend):
            load, self.turn = backend.load_shared_colorizer, nullcontext()
        return load(self.model, device=self._asked_device, precision=self.precision)

    def predict(self, gray: "Floats", height: int, width: int) -> tuple[Any, float]:
        """Predict as `core.gray_coloring` wants it, without NumPy where that is not needed."""
        from colorize_cli.core.backend import PlainColorizer

        colorizer = self._begun or self.colorizer
        with self.turn:
            if not isinstance(colorizer, PlainColorizer):
                from colorize_cli.core.pipeline import predict_in_place

                return predict_in_place(colorizer, gray, height, width)
            color = colorizer.predict(gray, height, width)
        if len(color) == 2 * height * width:
            return color, AB_RANGE
        from colorize_cli.core.pipeline import rgb_in_ab

        return rgb_in_ab(color, height, width)

    @cached_property
    def _begun(self) -> "PlainColorizer | None":
        """What `begin` began with, if it is to be had."""
        from colorize_cli.core.backend import EagerBackend

        backend, plain = self.backend, self._plain_model
        if plain is None or self._is_for_many or not isinstance(backend, EagerBackend):
            return None
        return backend.begun(plain.path)

    @property
    def device(self) -> str | None:
        """Where it computes; None as long as it was not loaded."""
        loaded: Colorizer | PlainColorizer | None
        loaded = self.__dict__.get("_begun") or self.__dict__.get("colorizer")
        return loaded.device if loaded else None

    @cached_property
    def precision(self) -> "Precision":
        """How exactly it computes; what was left to the backend is asked of it."""
        from colorize_cli.core.config import read_config
        from colorize_cli.core.precision import resolved_precision

        asked = self._choice.precision or read_config().precision or "float32"
        return resolved_precision(self.backend, asked, device=self._asked_device)

    @cached_property
    def _asked_device(self) -> str:
        from colorize_cli.core.config import read_config

        return self._choice.device or read_config().device or "auto"

    @cached_property
    def model_name(self) -> str:
        """The model's name in plain ASCII, which any metadata can hold."""
        path = (self._plain_model or self.model).path
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

        return Making(model_sha256=self.identity, options=self.options_text(finish))

    def provenance(self, finish: "Finish", source_sha256: str) -> "Provenance":
        """Return what a result says of how it was made."""
        from colorize_cli.core.provenance import Provenance

        return Provenance(
            program=f"colorize {__version__}",
            model=self.model_name,
            model_sha256=self.identity,
            source_sha256=source_sha256,
            options=self.options_text(finish),
        )
