import json
import resource
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from safetensors.numpy import save_file

from colorize_cli.core.errors import BadConfigError, NoInputError, OutputError
from colorize_cli.core.tensor_file import (
    let_go,
    map_tensors,
    read_header,
    read_tensors,
    tensor_offsets,
    write_tensors,
)

HEADER = {"kind": "test", "name": "é", "nested": {"n": [1, 2.5, None]}}


def test_what_is_written_is_read_again(tmp_path):
    tensors = {"b": np.arange(6, dtype=np.float32).reshape(2, 3), "a": np.array(7, np.int64)}
    write_tensors(tmp_path / "t", tensors, HEADER)
    found, header = read_tensors(tmp_path / "t")
    assert header == HEADER
    assert found.keys() == tensors.keys()
    for name, array in tensors.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype


@settings(max_examples=20, deadline=None)
@given(
    arrays.arrays(
        st.sampled_from([np.float32, np.int64]), arrays.array_shapes(max_dims=4, max_side=3)
    )
)
def test_any_array_survives_in_any_memory_layout(tmp_path_factory, array):
    path = tmp_path_factory.mktemp("t") / "t"
    write_tensors(path, {"x": array.T}, {})
    np.testing.assert_array_equal(read_tensors(path)[0]["x"], array.T)


def test_a_disk_that_takes_no_more_is_told_in_the_words_of_the_system(tmp_path):
    (tmp_path / "t").write_text("before")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(OutputError, match=r"'.*/t': cannot be written: file too large$"):
            write_tensors(tmp_path / "t", {"x": np.zeros(10_000)}, HEADER)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [path.name for path in tmp_path.iterdir()] == ["t"]
    assert (tmp_path / "t").read_text() == "before"


def test_the_same_content_gives_the_same_bytes_in_any_order(tmp_path):
    one, two = np.zeros(3, "f"), np.ones(2, "f")
    write_tensors(tmp_path / "a", {"x": one, "y": two}, {"p": 1, "q": 2})
    write_tensors(tmp_path / "b", {"y": two, "x": one}, {"q": 2, "p": 1})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_header_can_be_read_alone(tmp_path):
    write_tensors(tmp_path / "t", {"x": np.zeros(3, "f")}, HEADER)
    assert read_header(tmp_path / "t") == HEADER


def test_offsets_point_at_the_arrays_bytes(tmp_path):
    tensors = {"x": np.arange(5, dtype=np.float32), "y": np.arange(3, dtype=np.float32) + 9}
    write_tensors(tmp_path / "t", tensors, HEADER)
    content = (tmp_path / "t").read_bytes()
    for name, (offset, length) in tensor_offsets(tmp_path / "t").items():
        np.testing.assert_array_equal(
            np.frombuffer(content[offset : offset + length], "<f4"), tensors[name]
        )


def test_a_missing_file_is_missing_input(tmp_path):
    with pytest.raises(NoInputError, match="no such file"):
        read_header(tmp_path / "none")


@pytest.mark.parametrize("kept", [0, 4, 8, 40, -1])
def test_a_truncated_file_is_refused(tmp_path, kept):
    path = tmp_path / "t"
    write_tensors(path, {"x": np.zeros(9, "f")}, HEADER)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(BadConfigError, match="truncated, damaged or of another kind"):
        read_tensors(path)


def test_a_pickle_is_refused(tmp_path):
    (tmp_path / "t").write_bytes(b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00}\x94.")
    with pytest.raises(BadConfigError):
        read_tensors(tmp_path / "t")


def test_another_programs_file_is_refused(tmp_path):
    save_file({"x": np.zeros(1, "f")}, tmp_path / "t")
    with pytest.raises(BadConfigError, match="not written by colorize"):
        read_header(tmp_path / "t")


@pytest.mark.parametrize("text", ["[1]", "{broken"])
def test_a_header_that_is_not_an_object_is_refused(tmp_path, text):
    save_file({"x": np.zeros(1, "f")}, tmp_path / "t", metadata={"colorize": text})
    with pytest.raises(BadConfigError):
        read_header(tmp_path / "t")


def test_a_header_longer_than_the_file_is_refused(tmp_path):
    text = json.dumps({}).encode()
    (tmp_path / "t").write_bytes(struct.pack("<Q", 2**40) + text)
    with pytest.raises(BadConfigError):
        read_header(tmp_path / "t")


def test_a_plain_file_is_mapped_as_it_is_read(tmp_path):
    arrays = {"b": np.arange(6, dtype="f").reshape(2, 3), "a": np.ones((), "f")}
    write_tensors(tmp_path / "t", arrays, HEADER)
    mapped, header = map_tensors(tmp_path / "t")
    read, _ = read_tensors(tmp_path / "t")
    assert header == HEADER
    assert mapped.keys() == read.keys()
    for name, array in read.items():
        np.testing.assert_array_equal(mapped[name], array)
        assert (mapped[name].shape, mapped[name].dtype) == (array.shape, array.dtype)


def test_mapped_arrays_can_be_let_go_and_read_again_and_changing_them_leaves_the_file(tmp_path):
    write_tensors(tmp_path / "t", {"x": np.arange(4, dtype="f")}, HEADER)
    mapped, _ = map_tensors(tmp_path / "t")
    let_go(mapped.values())
    assert mapped["x"].tolist() == [0, 1, 2, 3]
    mapped["x"][0] = 9
    assert read_tensors(tmp_path / "t")[0]["x"].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("kept", [0, 4, 8, 40, -1])
def test_a_truncated_file_is_not_mapped(tmp_path, kept):
    write_tensors(tmp_path / "t", {"x": np.zeros(9, "f")}, HEADER)
    (tmp_path / "t").write_bytes((tmp_path / "t").read_bytes()[:kept])
    assert map_tensors(tmp_path / "t") is None


def test_what_is_not_plain_is_not_mapped(tmp_path):
    path = tmp_path / "t"
    write_tensors(path, {"x": np.zeros(9, "f")}, HEADER)
    path.write_bytes(path.read_bytes() + b"more")
    assert map_tensors(path) is None
    write_tensors(path, {"x": np.zeros(9, "d")}, HEADER)
    assert map_tensors(path) is None
    save_file({"x": np.zeros(1, "f")}, path)
    assert map_tensors(path) is None
    save_file({"x": np.zeros(1, "f")}, path, metadata={"colorize": "[1]"})
    assert map_tensors(path) is None
    entry = {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}
    text = json.dumps({"__metadata__": {"colorize": "{}"}, "x": entry}).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(8))
    assert map_tensors(path) is None
