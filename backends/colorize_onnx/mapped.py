"""A model file run in place on the processor: the graph in memory, the weights in the file.

This is the way of nearly every picture, and begins without NumPy and without ONNX Runtime's Python
package. What it cannot do is left to `colorize_onnx.inference`, which gives the same numbers.
"""

import ctypes
from importlib.machinery import ModuleSpec
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from colorize_cli.core.errors import BadConfigError
from colorize_onnx.c_api import Library, LibraryError, find_library, load_library
from colorize_onnx.prepared import Prepared, made_graph, prepared_graph
from colorize_onnx.session import Session
from colorize_onnx.tuning import threads

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from colorize_cli.core.model_file import Model

EVERY_OPTIMIZATION, NO_OPTIMIZATION = 99, 0
"""`GraphOptimizationLevel` of the C library."""
SAMPLE: Final = 64
"""How many bytes of every array are compared with the file that they came from."""


class MappedColorizer:
    """A generator whose weights are those of its file, on the processor."""

    def __init__(self, prepared: Prepared, session: Session) -> None:
        self._session = session
        self._input, self._output = prepared.source, prepared.result

    @property
    def device(self) -> str:
        """Where it runs."""
        return "cpu"

    def __call__(self, gray: "NDArray[np.float32]") -> "NDArray[np.float32]":
        """Predict colour `(N, C, H, W)` for gray `(N, 1, H, W)`."""
        import numpy as np

        contiguous = np.ascontiguousarray(gray, dtype=np.float32)
        address = contiguous.__array_interface__["data"][0]
        numbers, shape = self._run(address, contiguous.shape)
        return np.ndarray(shape, np.float32, memoryview(numbers))

    def predict(self, gray: Any, height: int, width: int) -> Any:
        """Predict colour `(C, height, width)` for gray `(height, width)`, as buffers."""
        return self._run(ctypes.addressof(gray), (1, 1, height, width))[0]

    def _run(self, address: int, shape: tuple[int, ...]) -> tuple[Any, tuple[int, ...]]:
        return self._session.run(address, shape, source=self._input, result=self._output)


class _Plan(NamedTuple):
    """What a file says that a session is made from."""

    path: Path
    stamp: tuple[int, ...]
    """Of the file as it was: its number, length and time of change."""
    prepared: Prepared

    def session(self, library: Library, *, is_shared: bool = False) -> Session:
        prepared = self.prepared
        return Session(
            library,
            prepared.graph,
            weights=self.path,
            threads=threads(is_shared=is_shared),
            level=EVERY_OPTIMIZATION if prepared.is_fused else NO_OPTIMIZATION,
            is_mapped=prepared.is_fused,
        )


class HeadStart:
    """A session that is being made in a thread while its caller goes on.

    The library is opened while the caller reads the file; the rest needs no Python at all.
    """

    def __init__(self, path: Path, runtime: ModuleSpec) -> None:
        self._plans: SimpleQueue[_Plan | None] = SimpleQueue()
        self._made: Session | None = None
        # No daemon: the process must not end within the library.
        self._thread = Thread(target=self._make, args=(runtime,))
        self._thread.start()
        self.plan: _Plan | None = None
        try:
            self.plan = _plan_of(path)
        finally:
            self._plans.put(self.plan)

    def session(self) -> Session | None:
        """Wait for it; None if it could not be made."""
        self._thread.join()
        return self._made

    def colorizer(self, path: Path) -> MappedColorizer | None:
        """Wait for it; None if it could not be made, or the file is another one by now."""
        plan, session = self.plan, self.session()
        if plan is None or session is None or (plan.path, plan.stamp) != _now(path):
            return None
        return MappedColorizer(plan.prepared, session)

    def _make(self, runtime: ModuleSpec) -> None:
        try:
            library = _library_of(runtime)
            plan = self._plans.get()
            self._made = plan and plan.session(library)
        except (LibraryError, OSError):
            # Whoever asks for the session tries again, and tells why.
            self._made = None


def load_mapped(
    model: "Model",
    begun: HeadStart | None,
    runtime: ModuleSpec | None,
    *,
    is_shared: bool = False,
) -> MappedColorizer | None:
    """Make a model ready, out of what was begun if that fits; None if this way cannot be gone."""
    path = model.path and model.path.resolve()
    if runtime is None or path is None:
        return None
    if not is_safetensors(path) or not is_held_by(path, model):
        return None
    if begun is not None and not is_shared and _is_of(begun.plan, path):
        plan, session = begun.plan, begun.session()
        if plan is not None and session is not None:
            return MappedColorizer(plan.prepared, session)
    plan = _plan_of(path)
    try:
        library = _library_of(runtime)
        return plan and MappedColorizer(plan.prepared, plan.session(library, is_shared=is_shared))
    except (LibraryError, OSError):
        return None


def _is_of(plan: _Plan | None, path: Path) -> bool:
    # The arrays of the file were compared with the model's, and so the header fits both.
    return plan is not None and (plan.path, plan.stamp) == (path, _stamp(path))


def is_safetensors(path: Path) -> bool:
    """Whether the JSON header begins where safetensors has it, after eight bytes of length."""
    with path.open("rb") as file:
        return file.read(9)[8:] == b"{"


def is_held_by(path: Path, model: "Model") -> bool:
    """Whether a file's weights are still the model's, by the first numbers of every array.

    Training on, averaging or another file in the same place change all of them.
    """
    import numpy as np

    from colorize_cli.core.tensor_file import tensor_offsets

    with path.open("rb") as file:
        for name, (offset, length) in tensor_offsets(path).items():
            file.seek(offset)
            first = np.frombuffer(file.read(min(length, SAMPLE)), "<f4")
            if name not in model.weights:
                return False
            if not np.array_equal(first, model.weights[name].ravel()[: first.size]):
                return False
    return True


def _plan_of(path: Path) -> _Plan | None:
    try:
        path = path.resolve()
        stamp = _stamp(path)
        prepared = prepared_graph(path) or made_graph(path)
    except (BadConfigError, OSError, ValueError, TypeError, LookupError, RuntimeError):
        # Who reads the whole file says what is wrong with it.
        return None
    return _Plan(path, stamp, prepared)


def _now(path: Path) -> tuple[Path, tuple[int, ...]] | None:
    try:
        resolved = path.resolve()
        return resolved, _stamp(resolved)
    except OSError:
        return None


def _stamp(path: Path) -> tuple[int, ...]:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def _library_of(runtime: ModuleSpec) -> Library:
    folder = next(iter(runtime.submodule_search_locations or []), "")
    return load_library(find_library(Path(folder)))
