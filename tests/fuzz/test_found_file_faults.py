"""Faults that fuzzing has found in models, datasets, runs and journals."""

import json
import sqlite3
import struct
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, load, save

from colorize_cli.core.dataset import open_dataset, read_photos
from colorize_cli.core.errors import BadConfigError
from colorize_cli.core.model_choice import find_model
from colorize_cli.core.model_file import read_model
from colorize_cli.core.onnx_graph import write_onnx
from colorize_cli.core.tensor_file import read_tensors, write_tensors
from colorize_cli.watch.journal import Entry, Journal, Signature, opened
from colorize_onnx.backend import OnnxBackend
from colorize_trainers.checkpointing import read_position
from colorize_trainers.history import forget_after
from colorize_trainers.report.run import read_run
from colorize_trainers.run_directory import RunDirectory
from packed_data import pack_photos
from tiny_models import make_gray, make_model

DEEP = b"[" * 100_000


def changed_model(path: Path, **changes: object) -> Path:
    model = make_model()
    write_tensors(path, model.weights, {**model.header(), **changes})
    return path


@pytest.mark.parametrize(
    "changes",
    [
        {"training": 3},
        {"provenance": ["a"]},
        {"license": {"a": 1}},
        {"generator": {**make_model().generator.as_dict(), "family": ["unet"]}},
        {"generator": {**make_model().generator.as_dict(), "has_skips": "no"}},
    ],
)
def test_a_model_whose_header_has_values_of_other_types_is_refused(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    with pytest.raises(BadConfigError):
        read_model(changed_model(tmp_path / "m.safetensors", **changes))


@pytest.mark.parametrize(("kind", "shape"), [("F8_E4M3", [4]), ("F32", [1] * 99)])
def test_arrays_that_numpy_has_not_are_refused(tmp_path: Path, kind: str, shape: list[int]) -> None:
    entry = {"dtype": kind, "shape": shape, "data_offsets": [0, 4]}
    text = json.dumps({"__metadata__": {"colorize": "{}"}, "a": entry}).encode()
    path = tmp_path / "a.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(4))
    with pytest.raises(BadConfigError, match="arrays"):
        read_tensors(path)


def test_the_graph_of_an_onnx_file_is_never_run(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    write_onnx(path, make_model())
    expected = OnnxBackend().load_colorizer(find_model(str(path)))(make_gray())
    proto = load(path)
    # A graph that says something else of every picture, around the same weights.
    output = proto.graph.output[0].name
    del proto.graph.node[:]
    value = helper.make_tensor("v", TensorProto.FLOAT, [1, 2, 16, 16], [9.0] * 512)
    proto.graph.node.append(helper.make_node("Constant", [], [output], value=value))
    save(proto, path)
    found = OnnxBackend().load_colorizer(find_model(str(path)))(make_gray())
    np.testing.assert_array_equal(found, expected)


def test_weights_of_an_unknown_type_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    write_onnx(path, make_model())
    proto = load(path)
    proto.graph.initializer[0].data_type = 29
    path.write_bytes(proto.SerializeToString())
    with pytest.raises(BadConfigError, match="weights are damaged"):
        find_model(str(path))


def test_a_position_that_does_not_fit_names_its_file(tmp_path: Path) -> None:
    path = tmp_path / "last.safetensors"
    header = {"kind": "checkpoint", "format_version": 1, "position": {"odd": 1}}
    write_tensors(path, {"a": np.zeros(1, np.float32)}, header)
    with pytest.raises(BadConfigError, match="odd") as caught:
        read_position(path)
    assert caught.value.path == path


@pytest.mark.parametrize("content", [DEEP, b"[]", b'{"format_version": 1}'])
def test_settings_of_a_run_that_do_not_fit_name_their_file(tmp_path: Path, content: bytes) -> None:
    run = RunDirectory(tmp_path)
    run.config.write_bytes(content)
    with pytest.raises(BadConfigError) as caught:
        run.read_config()
    assert caught.value.path == run.config


@pytest.mark.parametrize("epoch", ["1e999", "\xff", "[" * 100_000])
def test_lines_of_metrics_that_are_damaged_belong_to_no_epoch(tmp_path: Path, epoch: str) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b'{"epoch": 1}\n{"epoch": ' + epoch.encode("latin-1") + b"}\n")
    forget_after(path, 5)
    assert path.read_bytes() == b'{"epoch": 1}\n'


def test_a_number_beyond_floating_point_is_no_score(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    huge = json.dumps({"epoch": 1, "losses": {"l1": 10**400, "generator": 2}})
    (tmp_path / "metrics.jsonl").write_text(huge)
    assert read_run(tmp_path).epochs[0].losses == {"generator": 2.0}


def test_photos_nested_without_end_are_damaged(tmp_path: Path) -> None:
    (tmp_path / "photos.jsonl").write_bytes(DEEP)
    with pytest.raises(BadConfigError, match="JSON Lines"):
        [*read_photos(tmp_path)]


def test_infinite_numbers_and_damaged_arrays_are_no_dataset(tmp_path: Path) -> None:
    data = pack_photos(tmp_path / "data", train=2, test=1)
    facts = (data / "dataset.json").read_text()
    (data / "dataset.json").write_text(facts.replace('"seed": 0', '"seed": 1e999'))
    with pytest.raises(BadConfigError, match="description is damaged"):
        open_dataset(data)
    (data / "dataset.json").write_text(facts)
    array = data / "train.npy"
    array.write_bytes(array.read_bytes().replace(b"(2, 16", b"(2\0((6"))
    with pytest.raises(BadConfigError, match="truncated or damaged"):
        open_dataset(data)


def test_values_of_other_types_are_a_damaged_journal(tmp_path: Path) -> None:
    path = tmp_path / "j"
    journal = Journal(path)
    target = tmp_path / "out.png"
    signature = Signature(1, 2, 3, 4)
    journal.record(Entry(place="a", state="done", signature=signature, target=target))
    journal.close()
    for sql in ("UPDATE inputs SET target = 1.5", "UPDATE outputs SET place = 2"):
        with sqlite3.connect(path) as db:
            db.execute(sql)
        db.close()
    with opened(path, tmp_path) as read:
        with pytest.raises(BadConfigError, match="damaged"):
            read.find("a")
        with pytest.raises(BadConfigError, match="damaged"):
            read.owner(target)


def test_a_journal_whose_tables_have_names_in_no_encoding_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "j"
    Journal(path).close()
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"inputsinputs", b"input\xffinputs"))
    with opened(path, tmp_path) as journal:
        assert journal.notice is not None
        assert journal.counts() == {}
