"""The generator's graph as ONNX Runtime reads it, a few kilobytes, without the package `onnx`.

The fields are those of `onnx/onnx.proto`; the graph is that of `core.onnx_graph`.
"""

import struct
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from colorize_cli.core.layers import Network, Parameter, parameters
from colorize_cli.core.onnx_nodes import (
    IR_VERSION,
    OPSET,
    Constant,
    Node,
    constants_of,
    nodes_of,
)
from colorize_onnx.messages import message, single, text, whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FLOAT: Final = 1
EXTERNAL: Final = 1
AS_SINGLE, AS_WHOLE, AS_TEXT, AS_WHOLES = 1, 2, 3, 7


def mapped_graph(network: Network, offsets: Mapping[str, tuple[int, int]], location: str) -> bytes:
    """Return a network whose weights lie in a file, each at an offset and with a length in bytes.

    `location` is the file's name without its folder: the engine has to be told where that is.
    """
    file = message(13, text(1, "location") + text(2, location))
    weights = (_pointer(entry, file, *offsets[entry.name]) for entry in parameters(network))
    return _model(network, weights)


def whole_graph(network: Network, weights: "Mapping[str, NDArray[np.float32]]") -> bytes:
    """Return a network with its weights."""
    entries = (
        _tensor(name, weights[name].shape, weights[name].astype("<f4").tobytes())
        for name in sorted(weights)
    )
    return _model(network, entries)


def _model(network: Network, weights: Iterable[bytes]) -> bytes:
    opset = text(1, "") + whole(2, OPSET)
    graph = message(7, _graph(network, weights))
    return whole(1, IR_VERSION) + text(2, "colorize") + graph + message(8, opset)


def _graph(network: Network, weights: Iterable[bytes]) -> bytes:
    nodes, constants = [], [message(5, entry) for entry in weights]
    for layer in network.layers:
        constants += [message(5, _constant(entry)) for entry in constants_of(layer)]
        nodes += [message(1, _node(entry)) for entry in nodes_of(layer)]
    inputs = [
        _open_tensor(11, entry.name, ("batch", entry.channels, "height", "width"))
        for entry in network.inputs
    ]
    output = _open_tensor(12, network.output, ("batch", None, None, None))
    return b"".join([*nodes, text(2, "generator"), *constants, *inputs, output])


def _node(node: Node) -> bytes:
    parts = [text(1, name) for name in node.inputs]
    parts += [text(2, node.output)]
    parts += [text(3, node.name)] if node.name else []
    parts += [text(4, node.operator)]
    parts += [message(5, _attribute(key, node.attributes[key])) for key in sorted(node.attributes)]
    return b"".join(parts)


def _attribute(key: str, value: Any) -> bytes:
    match value:
        case float():
            return text(1, key) + single(2, value) + whole(20, AS_SINGLE)
        case int():
            return text(1, key) + whole(3, value) + whole(20, AS_WHOLE)
        case str():
            return text(1, key) + text(4, value) + whole(20, AS_TEXT)
    return text(1, key) + b"".join(whole(8, entry) for entry in value) + whole(20, AS_WHOLES)


def _constant(constant: Constant) -> bytes:
    values = struct.pack(f"<{len(constant.values)}f", *constant.values)
    return _tensor(constant.name, constant.shape, values)


def _tensor(name: str, shape: tuple[int, ...], values: bytes) -> bytes:
    return _head(shape) + text(8, name) + message(9, values)


def _pointer(parameter: Parameter, file: bytes, offset: int, length: int) -> bytes:
    start = message(13, text(1, "offset") + message(2, b"%d" % offset))
    size = message(13, text(1, "length") + message(2, b"%d" % length))
    name = text(8, parameter.name)
    return _head(parameter.shape) + name + file + start + size + whole(14, EXTERNAL)


def _head(shape: tuple[int, ...]) -> bytes:
    return b"".join(whole(1, length) for length in shape) + whole(2, FLOAT)


def _open_tensor(field: int, name: str, shape: tuple[str | int | None, ...]) -> bytes:
    lengths = b"".join(message(1, _length(length)) for length in shape)
    tensor = whole(1, FLOAT) + message(2, lengths)
    return message(field, text(1, name) + message(2, message(1, tensor)))


def _length(length: str | int | None) -> bytes:
    if length is None:
        return b""
    return whole(1, length) if isinstance(length, int) else text(2, length)
