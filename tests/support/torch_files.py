"""Files as `torch.save` wrote them before PyTorch 1.6, put together opcode by opcode."""

import pickle
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = 0x1950A86A20F9469CFC6C
STORAGES = {"f4": b"ctorch\nFloatStorage\n", "i8": b"ctorch\nLongStorage\n"}


def torch_file(
    tensors: Mapping[str, NDArray[Any]],
    *,
    strides: Mapping[str, Sequence[int]] | None = None,
    extra: bytes = b"",
    is_little_endian: bool = True,
) -> bytes:
    """Write tensors, each in a storage of its own.

    `strides`, in numbers, say that an array's numbers are to be read in another order; `extra` are
    opcodes of one more entry.
    """
    entries = b"".join(
        _text(name) + _tensor(str(key), array, (strides or {}).get(name))
        for key, (name, array) in enumerate(tensors.items())
    )
    head = [MAGIC, 1001, {"protocol_version": 1001, "little_endian": is_little_endian}]
    return b"".join(
        [
            *(pickle.dumps(entry, protocol=2) for entry in head),
            b"\x80\x02ccollections\nOrderedDict\n)R(" + entries + extra + b"u.",
            pickle.dumps([str(key) for key in range(len(tensors))], protocol=2),
            *(struct.pack("<q", array.size) + array.tobytes() for array in tensors.values()),
        ]
    )


def entry_that_calls(module: str, name: str) -> bytes:
    """Return the opcodes of an entry whose value is what a function returns."""
    return _text("entry") + f"c{module}\n{name}\n".encode() + b")R"


def _tensor(key: str, array: NDArray[Any], strides: Sequence[int] | None) -> bytes:
    steps = strides or [step // array.itemsize for step in np.ascontiguousarray(array).strides]
    kind = STORAGES[array.dtype.str[1:]]
    storage = (
        b"(" + _text("storage") + kind + _text(key) + _text("cpu") + _number(array.size) + b"NtQ"
    )
    shape = _tuple(array.shape if array.ndim else ())
    return (
        b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + _number(0) + shape
        + _tuple(steps if array.ndim else ()) + b"\x89ccollections\nOrderedDict\n)RtR"
    )  # fmt: skip


def _text(text: str) -> bytes:
    return b"X" + struct.pack("<I", len(text)) + text.encode()


def _number(number: int) -> bytes:
    return b"J" + struct.pack("<i", number)


def _tuple(numbers: Sequence[int]) -> bytes:
    return b"(" + b"".join(_number(number) for number in numbers) + b"t"
