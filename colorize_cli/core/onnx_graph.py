"""The generator as an ONNX graph, built from its table: needs no framework, only `onnx`.

Heights, widths and the batch stay open. Tensors carry the names of the table, weights those of
their parameters. A file written here is self-contained and tells in its metadata what it is.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from colorize_cli.core.architecture import ColorSpace, build_generator
from colorize_cli.core.errors import BadConfigError, NoInputError
from colorize_cli.core.layers import Network, Parameter, parameters
from colorize_cli.core.model_file import Model, check_fit, model_from
from colorize_cli.core.onnx_nodes import (
    IR_VERSION,
    OPSET,
    Constant,
    Node,
    constants_of,
    nodes_of,
)
from colorize_cli.core.outputs import write_bytes
from colorize_cli.core.tensor_file import METADATA_KEY, tensor_offsets

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto

SUFFIX: Final = ".onnx"
GREATEST_SIZE: Final = 2**31 - 1
"""Protocol buffers hold no more bytes in one message."""
OUTPUT_MEANINGS: Final[Mapping[ColorSpace, str]] = {
    "ab": "color: float32 (N, 2, H, W), CIE a* / 110 and b* / 110 (D65)",
    "rgb": "color: float32 (N, 3, H, W), 2 * sRGB - 1",
}


def build_graph(network: Network, initializers: "Iterable[TensorProto]") -> "ModelProto":
    """Return a network as an ONNX model, whose parameters are the given initializers."""
    from onnx import helper

    nodes, constants = [], list(initializers)
    for layer in network.layers:
        constants += [_constant(entry) for entry in constants_of(layer)]
        nodes += [_node(entry) for entry in nodes_of(layer)]
    graph = helper.make_graph(
        nodes,
        "generator",
        [
            _open_tensor(entry.name, ["batch", entry.channels, "height", "width"])
            for entry in network.inputs
        ],
        [_open_tensor(network.output, ["batch", None, None, None])],
        constants,
    )
    opsets = [helper.make_opsetid("", OPSET)]
    return helper.make_model(
        graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="colorize"
    )


def embedded_weights(weights: "Mapping[str, NDArray[np.float32]]") -> "list[TensorProto]":
    """Return arrays as initializers that hold their numbers."""
    import numpy as np
    from onnx import numpy_helper

    return [numpy_helper.from_array(np.ascontiguousarray(weights[n]), n) for n in sorted(weights)]


def mapped_weights(network: Network, path: Path) -> "list[TensorProto]":
    """Return initializers that point into a model file, which an engine maps into memory.

    They name the file without its folder: the engine has to be told where that is.
    """
    offsets = tensor_offsets(path)
    return [_pointer(entry, path.name, *offsets[entry.name]) for entry in parameters(network)]


def write_onnx(path: Path, model: Model, metadata: Mapping[str, str] | None = None) -> None:
    """Write a self-contained, self-describing ONNX file, atomically.

    `metadata` is added to what every such file says. Raises BadConfigError if the weights do not
    fit the architecture or are too many for one file.
    """
    import onnx

    check_fit(model)
    network = build_generator(model.generator)
    proto = build_graph(network, embedded_weights(model.weights))
    if proto.ByteSize() > GREATEST_SIZE:
        raise BadConfigError("more than 2 GiB of weights: too large for one ONNX file", path=path)
    header = json.dumps(model.header(), sort_keys=True, ensure_ascii=False)
    entries = {METADATA_KEY: header, **interface(model), **(metadata or {})}
    onnx.helper.set_model_props(proto, entries)
    onnx.checker.check_model(proto)
    write_bytes(path, proto.SerializeToString(deterministic=True))


def interface(model: Model) -> dict[str, str]:
    """Return, in words, what an exported generator takes and gives, whatever its form."""
    return {
        "input": "gray: float32 (N, 1, H, W), CIE L* / 50 - 1 (sRGB, D65)",
        "output": OUTPUT_MEANINGS[model.generator.output],
        "stride": f"H and W are multiples of {build_generator(model.generator).stride}",
        "license": model.license,
    }


def annotate(path: Path, metadata: Mapping[str, str]) -> None:
    """Add entries to the metadata of an exported file, atomically."""
    import onnx

    proto = _parse(path)
    onnx.helper.set_model_props(proto, {**_metadata(proto), **metadata})
    write_bytes(path, proto.SerializeToString(deterministic=True))


def read_model(path: Path) -> Model:
    """Read back the model that an exported file holds.

    Raises NoInputError, or BadConfigError if it is damaged or not one of ours.
    """
    proto = _parse(path)
    try:
        model = model_from(_header(proto), _weights(proto), path)
        names = {entry.name for entry in parameters(build_generator(model.generator))}
        kept = {name: model.weights[name] for name in names & model.weights.keys()}
        model = replace(model, weights=kept)
        check_fit(model)
    except BadConfigError as error:
        raise BadConfigError(error.reason, path=path) from error
    return model


def read_metadata(path: Path) -> dict[str, str]:
    """Return what an exported file says of itself. Raises NoInputError or BadConfigError."""
    return _metadata(_parse(path))


def _parse(path: Path) -> "ModelProto":
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from onnx import ModelProto

    try:
        proto: ModelProto = ModelProto.FromString(path.read_bytes())
    except FileNotFoundError as error:
        raise NoInputError("no such file", path=path) from error
    except (DecodeError, OSError) as error:
        reason = "not a whole ONNX file: truncated, damaged or of another kind"
        raise BadConfigError(reason, path=path) from error
    return proto


def _metadata(proto: "ModelProto") -> dict[str, str]:
    return {entry.key: entry.value for entry in proto.metadata_props}


def _header(proto: "ModelProto") -> dict[str, Any]:
    try:
        header = json.loads(_metadata(proto)[METADATA_KEY])
    except (KeyError, ValueError, RecursionError) as error:
        raise BadConfigError("not exported by colorize: it has no header of ours") from error
    if not isinstance(header, dict):
        raise BadConfigError("its header is not a JSON object")
    return header


def _weights(proto: "ModelProto") -> "dict[str, NDArray[Any]]":
    from onnx import TensorProto, numpy_helper

    for entry in proto.graph.initializer:
        # Following it would read a file that the model's author names.
        if entry.data_location == TensorProto.EXTERNAL:
            raise BadConfigError("its weights are in another file; export it as one file")
    try:
        # Copies: views into the message would be read-only, which some backends warn of.
        return {e.name: numpy_helper.to_array(e).copy() for e in proto.graph.initializer}
    except (TypeError, ValueError, LookupError) as error:
        raise BadConfigError("its weights are damaged") from error


def _node(node: Node) -> "NodeProto":
    from onnx import helper

    name = node.name or None
    return helper.make_node(node.operator, node.inputs, [node.output], name, **node.attributes)


def _constant(constant: Constant) -> "TensorProto":
    import numpy as np
    from onnx import numpy_helper

    values = np.array(constant.values, np.float32).reshape(constant.shape)
    return numpy_helper.from_array(values, constant.name)


def _open_tensor(name: str, shape: list[str | int | None]) -> "ValueInfoProto":
    from onnx import TensorProto, helper

    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def _pointer(parameter: Parameter, location: str, offset: int, length: int) -> "TensorProto":
    from onnx import TensorProto

    proto = TensorProto(name=parameter.name, dims=parameter.shape, data_type=TensorProto.FLOAT)
    proto.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", str(offset)), ("length", str(length))):
        proto.external_data.add(key=key, value=value)
    return proto
