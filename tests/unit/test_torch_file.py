"""Reading `.pth` files without PyTorch."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from colorize_cli.core.errors import BadConfigError
from colorize_trainers.torch_file import read_tensors
from torch_files import entry_that_calls, torch_file

TENSORS: dict[str, NDArray[Any]] = {
    "kernel": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "steps": np.array(7, np.int64),
}


def test_tensors_come_back_by_name() -> None:
    found = read_tensors(torch_file(TENSORS))
    assert list(found) == ["kernel", "steps"]
    for name, array in TENSORS.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_a_tensor_whose_numbers_lie_in_another_order_is_put_in_order() -> None:
    """A matrix (3, 2) whose columns follow each other: numbers 0 to 2 are the first."""
    matrix = np.arange(6, dtype=np.float32).reshape(3, 2)
    found = read_tensors(torch_file({"matrix": matrix}, strides={"matrix": (1, 3)}))["matrix"]
    assert found.tolist() == [[0, 3], [1, 4], [2, 5]]
    assert found.flags.c_contiguous


def test_pytorchs_own_file_is_read_as_pytorch_reads_it(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    module = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    path = tmp_path / "module.pth"
    torch.save(module.state_dict(), path, _use_new_zipfile_serialization=False)
    found = read_tensors(path.read_bytes())
    expected = {name: tensor.numpy() for name, tensor in module.state_dict().items()}
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array)


def test_a_file_that_asks_for_a_program_is_refused_and_it_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "harm.py").write_text("from pathlib import Path\nPath('done').touch()\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadConfigError, match=r"it asks for harm\.do"):
        read_tensors(torch_file(TENSORS, extra=entry_that_calls("harm", "do")))
    assert not (tmp_path / "done").exists()


@pytest.mark.parametrize("name", ["HalfStorage", "load"])
def test_nothing_else_of_pytorch_is_known(name: str) -> None:
    with pytest.raises(BadConfigError, match=rf"it asks for torch\.{name}"):
        read_tensors(torch_file(TENSORS, extra=entry_that_calls("torch", name)))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04 the later form",
        torch_file(TENSORS)[:-4],
        torch_file(TENSORS)[:-40],
        torch_file(TENSORS)[:60],
        torch_file(TENSORS, is_little_endian=False),
        torch_file(TENSORS, strides={"kernel": (12, 4, 2)}),
        torch_file(TENSORS, strides={"kernel": (-12, 4, 1)}),
        torch_file(TENSORS).replace(b"J\x18\x00\x00\x00", b"J\x19\x00\x00\x00"),
        torch_file({}, extra=b"X\x01\x00\x00\x00aK\x05"),
    ],
    ids=[
        "empty",
        "the later form",
        "truncated numbers",
        "truncated keys",
        "truncated pickle",
        "big endian",
        "beyond its storage",
        "before its storage",
        "other lengths",
        "no tensor",
    ],
)
def test_what_is_no_whole_file_of_tensors_is_refused(data: bytes) -> None:
    with pytest.raises(BadConfigError, match="not a file of tensors"):
        read_tensors(data)
