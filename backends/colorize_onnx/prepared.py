"""Graphs of the bundled models, made before, so that a filter's network is begun with at once.

To make one takes as long as Python does to start. `python -m colorize_onnx.prepared MODEL` writes
it beside the model file; a test compares what was written. Nobody else's graph is read: a graph is
a program, of which a model file has none.
"""

import json
import sys
import zlib
from pathlib import Path
from typing import Final, NamedTuple

from colorize_cli.core.model_choice import BUNDLED_FOLDER

SUFFIX: Final = ".graph"
LENGTH_BYTES: Final = 8
"""Of the header that a safetensors file begins with: its length, before it."""


class Prepared(NamedTuple):
    """A graph in the engine's form, whose weights lie in the model's file.

    `source` and `result` are the names of its input and output, `is_fused` whether operators are
    merged (`tuning.is_worth_fusing`), `checksum` that of the model file's header.
    """

    graph: bytes
    source: str
    result: str
    is_fused: bool
    checksum: int


def prepared_graph(path: Path) -> Prepared | None:
    """Return the graph that was made of a bundled model; None if it is none, or has changed."""
    if path.parent != BUNDLED_FOLDER:
        return None
    try:
        facts, _, graph = path.with_suffix(SUFFIX).read_bytes().partition(b"\n")
        found = Prepared(graph=graph, **json.loads(facts))
        return found if found.checksum == header_checksum(path) else None
    except (OSError, ValueError, TypeError):
        return None


def header_checksum(path: Path) -> int:
    """Return the CRC-32 of a safetensors file's header, which says where its arrays lie."""
    with path.open("rb") as file:
        length = file.read(LENGTH_BYTES)
        return zlib.crc32(file.read(int.from_bytes(length, "little")), zlib.crc32(length))


def made_graph(path: Path) -> Prepared:
    """Make the graph of a model file. Raises what `model_file.read_generator` raises."""
    from colorize_cli.core.architecture import build_generator
    from colorize_cli.core.model_file import read_generator
    from colorize_onnx.graph import mapped_graph
    from colorize_onnx.tuning import is_worth_fusing

    generator, places = read_generator(path)
    network = build_generator(generator)
    (source,) = (entry.name for entry in network.inputs)
    return Prepared(
        graph=mapped_graph(network, places, path.name),
        source=source,
        result=network.output,
        is_fused=is_worth_fusing(network),
        checksum=header_checksum(path),
    )


def as_bytes(prepared: Prepared) -> bytes:
    """Return what a file of a graph holds."""
    facts = prepared._asdict()
    graph: bytes = facts.pop("graph")
    return json.dumps(facts, sort_keys=True).encode() + b"\n" + graph


if __name__ == "__main__":
    for name in map(Path, sys.argv[1:]):
        name.with_suffix(SUFFIX).write_bytes(as_bytes(made_graph(name)))
