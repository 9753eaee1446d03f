"""Colouring with OpenVINO."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any, Final

import numpy as np
import openvino
from numpy.typing import NDArray

from colorize_cli.core.backend import Precision
from colorize_cli.core.errors import UnavailableError
from colorize_cli.core.layers import Network
from colorize_cli.core.processors import usable_processors
from colorize_openvino.networks import build_model

DEVICE: Final = "CPU"
TYPES: Final[Mapping[Precision, str]] = {"float32": "f32", "bfloat16": "bf16"}
TOGETHER, APART = "LATENCY", "THROUGHPUT"
"""Performance hints: all threads compute one picture, or each few of them a picture of their own,
which spares them waiting for each other at every layer."""


@cache
def the_core() -> openvino.Core:
    """Return OpenVINO's core, the one of this process, which stays until its end.

    A core gives the thread that compiles a stack for signals, and takes it away when it goes, even
    from a thread that still points at it: after two cores have gone, the next signal that Python
    listens to, such as Ctrl-C, ends the process by a segmentation fault (seen with 2026.4).
    """
    return openvino.Core()


class OpenvinoColorizer:
    """A generator with fixed weights on the processor, which several threads may call at once.

    A network is compiled when it is loaded and, unless it is shared, a second time in another
    arrangement when the first batch comes; never for a new size.
    """

    device = "cpu"

    def __init__(
        self,
        network: Network,
        weights: Mapping[str, NDArray[np.float32]],
        *,
        precision: Precision,
        is_shared: bool = False,
    ) -> None:
        self._model = build_model(network, weights)
        self._precision = precision
        self._one = _Engine(self._model, precision, APART if is_shared else TOGETHER)
        self._many = self._one if is_shared else None
        self._compiling = Lock()

    def __call__(self, gray: NDArray[np.float32]) -> NDArray[np.float32]:
        """Predict colour `(N, C, H, W)` for gray `(N, 1, H, W)`."""
        contiguous = np.ascontiguousarray(gray, dtype=np.float32)
        engine = self._one if len(contiguous) == 1 else self._for_many()
        return engine.colored(contiguous)

    def _for_many(self) -> "_Engine":
        with self._compiling:
            if self._many is None:
                self._many = _Engine(self._model, self._precision, APART)
            return self._many


class _Engine:
    """A compiled network, and the requests through which it is asked."""

    def __init__(self, model: openvino.Model, precision: Precision, hint: str) -> None:
        settings = {
            "PERFORMANCE_HINT": hint,
            # Its own choice would be bfloat16 wherever the processor has it.
            "INFERENCE_PRECISION_HINT": TYPES[precision],
            "INFERENCE_NUM_THREADS": _threads(),
            # Pinned threads of two programs would share one processor while others idle.
            "ENABLE_CPU_PINNING": False,
        }
        self._compiled = the_core().compile_model(model, DEVICE, settings)
        used = self._compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()
        if used != TYPES[precision]:
            raise UnavailableError(
                f"openvino computes in {used} on this processor, not in {precision}; "
                "use --precision float32"
            )
        self._most_at_once: int = self._compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
        self._idle: list[Any] = []

    def colored(self, gray: NDArray[np.float32]) -> NDArray[np.float32]:
        """Colour pictures one by one, as many at a time as there are threads for.

        So a picture's numbers do not depend on its batch, and what lies between two layers stays in
        the cache.
        """
        colors: list[NDArray[np.float32]] = []
        with self._requests(min(len(gray), self._most_at_once)) as requests:
            for number in range(len(gray) + len(requests)):
                request = requests[number % len(requests)]
                if number >= len(requests):
                    request.wait()
                    colors.append(request.get_output_tensor().data.copy())
                if number < len(gray):
                    request.start_async([gray[number : number + 1]], share_inputs=True)
        return np.concatenate(colors)

    @contextmanager
    def _requests(self, count: int) -> Iterator[list[Any]]:
        """Give requests that nobody else has. After an error they are not used again."""
        taken = [self._request() for _ in range(count)]
        yield taken
        self._idle += taken

    def _request(self) -> Any:
        try:
            return self._idle.pop()
        except IndexError:
            return self._compiled.create_infer_request()


def _threads() -> int:
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return int(asked) if asked.isdecimal() and int(asked) else usable_processors()
