"""Reading the arrays of a `.pth` file without PyTorch, and without running what it may contain.

The form that `torch.save` wrote before PyTorch 1.6 (`torch.serialization`, `_legacy_save`): four
pickles (a magic number, a version, facts about the machine, and a dictionary whose tensors name
their storages), a pickled list of the storages' keys, then each storage as a 64-bit count and its
numbers. Pickles may call whatever they name; here they may name three things alone.
"""

import pickle
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.errors import BadConfigError

MAGIC: Final = 0x1950A86A20F9469CFC6C
PROTOCOL: Final = 1001
COUNT: Final = np.dtype("<i8")
READER_FAILURES: Final = (
    *(pickle.UnpicklingError, EOFError, ValueError, TypeError, LookupError, AttributeError),
    *(OverflowError, MemoryError),
)
"""What unpickling raises on damaged files; its documentation promises no fewer."""


@dataclass(frozen=True)
class _Storage:
    """A run of numbers that follows later in the file."""

    key: str
    dtype: np.dtype[Any]
    length: int


@dataclass(frozen=True)
class _Tensor:
    """A part of a storage; `strides` count numbers, not bytes."""

    storage: _Storage
    start: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def of(self, numbers: NDArray[Any]) -> NDArray[Any]:
        """Return it as an array of its own. Raises ValueError if it goes beyond its storage."""
        width = numbers.itemsize
        strides = tuple(stride * width for stride in self.strides)
        view = np.ndarray(self.shape, numbers.dtype, numbers, self.start * width, strides)
        return np.array(view, order="C")


def read_tensors(data: bytes) -> dict[str, NDArray[Any]]:
    """Return the arrays of a state dict by name.

    Raises BadConfigError if the file is damaged, in another form, or holds anything but tensors.
    """
    try:
        return _read(BytesIO(data))
    except READER_FAILURES as error:
        raise BadConfigError(f"not a file of tensors that can be read here: {error}") from error


def _read(file: BinaryIO) -> dict[str, NDArray[Any]]:
    if (_Reader(file).load(), _Reader(file).load()) != (MAGIC, PROTOCOL):
        raise ValueError("it was written by another program or version")
    if not _Reader(file).load()["little_endian"]:
        raise ValueError("its bytes are in the other order")
    reader = _Reader(file)
    tensors = reader.load()
    if not isinstance(tensors, dict) or not all(
        type(entry) is _Tensor for entry in tensors.values()
    ):
        raise ValueError("it holds something else than tensors by name")
    storages = {key: _numbers(file, reader.storages[key]) for key in _Reader(file).load()}
    return {name: tensor.of(storages[tensor.storage.key]) for name, tensor in tensors.items()}


def _numbers(file: BinaryIO, storage: _Storage) -> NDArray[Any]:
    length = int(np.frombuffer(file.read(COUNT.itemsize), COUNT)[0])
    if length != storage.length:
        raise ValueError(f"storage {storage.key} has {length} numbers, not {storage.length}")
    return np.frombuffer(file.read(length * storage.dtype.itemsize), storage.dtype, length)


def _tensor(
    storage: _Storage, start: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object
) -> _Tensor:
    """Stand in for `torch._utils._rebuild_tensor_v2`."""
    return _Tensor(storage, start, shape, strides)


_KNOWN: Final[Mapping[tuple[str, str], Callable[..., Any] | np.dtype[Any]]] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch", "FloatStorage"): np.dtype("<f4"),
    ("torch", "LongStorage"): np.dtype("<i8"),
}


class _Reader(pickle.Unpickler):
    """Makes what the file describes of nothing but `_KNOWN`, and remembers its storages."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        """Return what stands for a name. Raises UnpicklingError for any that is not known."""
        try:
            return _KNOWN[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}") from None

    def persistent_load(self, pid: Any) -> _Storage:
        """Return the storage that a tensor refers to."""
        _, dtype, key, _, length, _ = pid
        return self.storages.setdefault(key, _Storage(key, dtype, length))
