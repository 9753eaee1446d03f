"""The one operator that the evaluator of the ONNX specification takes seconds for."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx.reference.op_run import OpRun


class ConvTranspose(OpRun):
    """ConvTranspose of ONNX in two dimensions: every input pixel adds its kernel to the output.

    Its own implementation visits single numbers (onnx 1.23, `op_col2im.py`).
    """

    op_domain = ""

    def _run(self, x: Any, weight: Any, bias: Any = None, **attributes: Any) -> tuple[Any]:
        """Return the output: x (N, C, H, W), weight (C, M, kH, kW), bias (M)."""
        top, left, bottom, right = attributes.get("pads") or (0, 0, 0, 0)
        full = _spread(x, weight, attributes.get("strides") or (1, 1))
        height, width = full.shape[2:]
        color = full[:, :, top : height - bottom, left : width - right]
        return (color if bias is None else color + bias[:, None, None],)


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
