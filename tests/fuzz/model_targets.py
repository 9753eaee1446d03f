"""Models from strangers: safetensors, ONNX, `.pth`, checkpoints."""

import json
import struct
import tempfile
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np
import program
from blocks import still
from mutation import ODD_NUMBERS, damaged, json_bytes
from oracle import FaultError, attempt

from colorize_cli.core.errors import ExitStatus
from colorize_cli.core.model_choice import find_model
from colorize_cli.core.model_file import Model
from colorize_cli.core.onnx_graph import write_onnx
from colorize_onnx.backend import OnnxBackend
from colorize_trainers.checkpoint_files import CheckpointFiles
from colorize_trainers.checkpointing import write_checkpoint
from colorize_trainers.position import Position
from colorize_trainers.torch_file import read_tensors
from tiny_models import make_gray, make_model, write_tiny_model
from torch_files import entry_that_calls, torch_file

STATUSES: Final = (ExitStatus.BAD_CONFIG,)


def read_models(random: Random, folder: Path) -> None:
    """Read a safetensors file as a model, use it if it is one, and tell what it is."""
    path = folder / "m.safetensors"
    path.write_bytes(_odd_tensors(random, _model_bytes()))
    _use(random, path)


def read_onnx_models(random: Random, folder: Path) -> None:
    """Read an ONNX file as a model: with odd messages, metadata or bytes."""
    path = folder / "m.onnx"
    path.write_bytes(_odd_onnx(random))
    _use(random, path)


def _use(random: Random, path: Path) -> None:
    model = attempt(lambda: find_model(str(path)), statuses=STATUSES, path=path)
    if model is not None and random.random() < 0.2:
        _color(model)
    if random.random() < 0.1:
        (path.parent / "gray.png").write_bytes(still("L"))
        words = ["run", "gray.png", "-o", "color.png", "--model", path.name]
        # A model whose weights are huge is one, but predicts no numbers.
        if program.run(words, path.parent) == 0 and model is None:
            raise FaultError("run takes for a model what is none")
    if random.random() < 0.2:
        words = ["info", path.name, *random.sample(["--json"], random.randrange(2))]
        status = program.run(words, path.parent)
        if status and model is not None:
            raise FaultError(f"a model that can be used cannot be told of: {status}")


def _color(model: Model) -> None:
    colorizer = OnnxBackend().load_colorizer(model, device="cpu")
    color = colorizer(make_gray())
    if color.shape[0] != 1 or color.shape[2:] != (16, 16):
        raise FaultError(f"colour of the shape {color.shape}")


def read_checkpoints(random: Random, folder: Path) -> None:
    """Read checkpoints, with digests that are right or wrong."""
    files = CheckpointFiles(folder)
    for path in (files.last, files.previous):
        path.write_bytes(_odd_tensors(random, _checkpoint_bytes()))
    attempt(lambda: files.newest(warn=lambda _: None), statuses=STATUSES, path=files.last)
    attempt(files.epoch_start, statuses=STATUSES, path=files.last)


def read_torch_files(random: Random, folder: Path) -> None:
    """Read `.pth` files, some of which would call functions."""
    tensors = {"a": np.ones((2, 3), np.float32), "n": np.arange(4), "s": np.float32(1)[None]}
    strides = {"a": [random.choice((-1, 0, 1, 3, 2**31 - 1, -(2**31))) for _ in range(2)]}
    calls = random.choice((("os", "system"), ("builtins", "eval"), ("torch", "FloatStorage")))
    data = torch_file(
        {name: np.asarray(array) for name, array in tensors.items()},
        strides=strides if random.random() < 0.4 else None,
        extra=entry_that_calls(*calls) if random.random() < 0.3 else b"",
    )
    data = damaged(random, data) if random.random() < 0.8 else data
    attempt(lambda: read_tensors(data), statuses=STATUSES)


def _odd_tensors(random: Random, data: bytes) -> bytes:
    """Damage a safetensors file: header of ours, table of arrays, its length, or any bytes."""
    (length,) = struct.unpack_from("<Q", data)
    table, body = json.loads(data[8 : 8 + length]), data[8 + length :]
    kind = random.randrange(6)
    if kind <= 1:
        table["__metadata__"]["colorize"] = _odd_header(random, table["__metadata__"]["colorize"])
        text = json.dumps(table).encode()
    elif kind == 2:
        text = json_bytes(random, table)
    elif kind == 3:
        text = json.dumps(_odd_table(random, table)).encode()
    else:
        text = json.dumps(table).encode()
    stated = len(text)
    if random.random() < 0.1:
        stated = random.choice((*ODD_NUMBERS, stated - 1, stated + 1)) % 2**64
    found = struct.pack("<Q", stated) + text + body
    return damaged(random, found) if kind == 4 else found


def _odd_header(random: Random, text: str) -> str:
    return json_bytes(random, json.loads(text)).decode("utf-8", "replace")


def _odd_table(random: Random, table: dict[str, Any]) -> dict[str, Any]:
    """Change types, shapes or places of arrays, so that they may be consistent all the same."""
    for _ in range(random.choice((1, 1, 2))):
        name = random.choice(sorted(table.keys() - {"__metadata__"}))
        entry = table[name]
        kind = random.randrange(4)
        if kind == 0:
            kinds = ("F64", "F16", "BF16", "F8_E4M3", "I64", "BOOL", "U8", "C64", "F4", "F32")
            entry["dtype"] = random.choice(kinds)
        elif kind == 1:
            entry["shape"] = random.choice(
                (entry["shape"][::-1], [], [0], [-1], [2**62, 4], [1] * 99)
            )
        elif kind == 2:
            entry["data_offsets"] = [random.choice(ODD_NUMBERS), random.choice(ODD_NUMBERS)]
        else:
            table[random.choice(("\x1b[2J", "", "a" * 999))] = table.pop(name)
    return table


def _odd_onnx(random: Random) -> bytes:
    from onnx import ModelProto

    proto = ModelProto.FromString(_onnx_bytes())
    entries = {entry.key: entry for entry in proto.metadata_props}
    entry = random.choice(proto.graph.initializer)
    kind = random.randrange(7)
    if kind <= 1:
        entries["colorize"].value = _odd_header(random, entries["colorize"].value)
    elif kind == 2:
        entry.data_type = random.randrange(30)
    elif kind == 3:
        entry.dims[:] = random.choice(([], [0], [2**40, 2**40], [-1], [*entry.dims][::-1]))
    elif kind == 4:
        entry.data_location = 1
        entry.external_data.add(key="location", value="/etc/passwd")
    elif kind == 5:
        entry.raw_data = damaged(random, entry.raw_data)
    data: bytes = proto.SerializeToString()
    return damaged(random, data) if kind == 6 else data


@cache
def _model_bytes() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.safetensors"
        write_tiny_model(path)
        return path.read_bytes()


@cache
def _onnx_bytes() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.onnx"
        write_onnx(path, make_model())
        return path.read_bytes()


@cache
def _checkpoint_bytes() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c.safetensors"
        state = {"generator.a": np.ones((2, 2), np.float32), "step": np.array(3)}
        write_checkpoint(path, state, Position(epoch=1, step=3, signs=("a",), events=("b",)))
        return path.read_bytes()
