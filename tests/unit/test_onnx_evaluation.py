"""The quick operators of the evaluator compute what the specification's own compute."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import ModelProto, helper
from onnx.reference import ReferenceEvaluator

from colorize_cli.core.onnx_evaluation import evaluated

SIDES = st.tuples(st.integers(1, 4), st.integers(1, 4))
STEPS = st.tuples(st.integers(1, 3), st.integers(1, 3))


def graph_of(
    node: str, inputs: list[str], names: Mapping[str, Any], **attributes: Any
) -> ModelProto:
    """Return a graph of one node."""
    graph = helper.make_graph(
        [helper.make_node(node, inputs, ["y"], **attributes)],
        "one",
        [helper.make_tensor_value_info(name, 1, None) for name in names],
        [helper.make_tensor_value_info("y", 1, None)],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])


def check(graph: ModelProto, arrays: Mapping[str, NDArray[Any]]) -> None:
    (expected,) = ReferenceEvaluator(graph).run(None, dict(arrays))
    (found,) = evaluated(graph, arrays)
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def noise(seed: int, *shape: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@settings(max_examples=15, deadline=None)
@given(sides=SIDES, kernel=SIDES, strides=STEPS, has_pads=st.booleans(), seed=st.integers(0, 99))
def test_transposed_convolution(
    sides: tuple[int, int],
    kernel: tuple[int, int],
    strides: tuple[int, int],
    has_pads: bool,
    seed: int,
) -> None:
    # A pixel less on each side, where one is left then.
    full = [(sides[axis] - 1) * strides[axis] + kernel[axis] for axis in (0, 1)]
    pads = [1] * 4 if has_pads and min(full) > 2 else [0] * 4
    arrays = {
        "x": noise(seed, 2, 3, *sides),
        "w": noise(seed + 1, 3, 2, *kernel),
        "b": noise(seed + 2, 2),
    }
    check(graph_of("ConvTranspose", [*arrays], arrays, strides=strides, pads=pads), arrays)


@settings(max_examples=15, deadline=None)
@given(
    sides=SIDES,
    factors=STEPS,
    mode=st.sampled_from(["nearest", "linear"]),
    seed=st.integers(0, 99),
)
def test_enlargement(
    sides: tuple[int, int], factors: tuple[int, int], mode: str, seed: int
) -> None:
    arrays = {"x": noise(seed, 2, 3, *sides), "s": np.array([1, 1, *factors], np.float32)}
    names = ["x", "", "s"]
    graph = graph_of(
        "Resize", names, arrays, mode=mode, coordinate_transformation_mode="half_pixel"
    )
    check(graph, arrays)
