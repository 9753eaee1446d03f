"""What a graph computes, by the evaluator of the ONNX specification: NumPy and no engine.

The evaluator (`onnx.reference`) is the executable form of the standard's text. It visits single
numbers in two operators, which are written here anew as sums over whole arrays.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun


def evaluated(graph: ModelProto, inputs: Mapping[str, NDArray[Any]]) -> list[Any]:
    """Return the outputs of a graph, in its order."""
    evaluator = ReferenceEvaluator(graph, new_ops=[ConvTranspose, Resize])
    # The dictionary of the annotation is for another mode.
    return list(evaluator.run(None, dict(inputs)))


class ConvTranspose(OpRun):
    """ConvTranspose of ONNX in two dimensions: every input pixel adds its kernel to the output.

    The specification's visits single numbers (onnx 1.23, `op_col2im.py`): seconds.
    """

    op_domain = ""

    def _run(self, x: Any, weight: Any, bias: Any = None, **attributes: Any) -> tuple[Any]:
        """Return the output: x (N, C, H, W), weight (C, M, kH, kW), bias (M)."""
        top, left, bottom, right = attributes.get("pads") or (0, 0, 0, 0)
        full = _spread(x, weight, attributes.get("strides") or (1, 1))
        height, width = full.shape[2:]
        color = full[:, :, top : height - bottom, left : width - right]
        return (color if bias is None else color + bias[:, None, None],)


class Resize(OpRun):
    """Resize of ONNX in two dimensions by whole scales, `nearest` or `linear`, at `half_pixel`.

    The specification's visits single numbers (to onnx 1.21, `op_resize.py`): minutes.
    """

    op_domain = ""

    def _run(self, x: Any, _region: Any, scales: Any, **attributes: Any) -> tuple[Any]:
        """Return the output: x (N, C, H, W), scales (1, 1, down, across)."""
        down, across = (int(scale) for scale in scales[2:])
        if attributes["mode"] == "nearest":
            return (x.repeat(down, 2).repeat(across, 3),)
        rows, columns = _blends(x.shape[2], down), _blends(x.shape[3], across)
        return (np.einsum("rh,nchw,sw->ncrs", rows, x, columns, optimize=True),)


def _blends(count: int, factor: int) -> NDArray[np.float32]:
    """Return the share of each of so many pixels in each of a row that is longer by a factor."""
    places = np.clip((np.arange(count * factor) + 0.5) / factor - 0.5, 0, count - 1)
    distances = np.abs(places[:, None] - np.arange(count))
    shares: NDArray[np.float32] = np.maximum(0, 1 - distances).astype(np.float32)
    return shares


def _spread(x: NDArray[Any], weight: NDArray[Any], strides: tuple[int, int]) -> NDArray[np.float32]:
    (down, across), (high, wide) = strides, weight.shape[2:]
    batch, _, rows, columns = x.shape
    shape = ((rows - 1) * down + high, (columns - 1) * across + wide)
    full = np.zeros((batch, weight.shape[1], *shape), np.float32)
    for row in range(high):
        for column in range(wide):
            part = full[
                :, :, row : row + rows * down : down, column : column + columns * across : across
            ]
            part += np.einsum("nchw,cm->nmhw", x, weight[:, :, row, column], optimize=True)
    return full
