"""A convolution with a spectral norm, and what it gives: power iteration by singular vectors."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.layers import Convolution, Input, Network

Arrays = dict[str, NDArray[np.float32]]


def spectral_example() -> tuple[Network, Arrays, NDArray[np.float32]]:
    """Return a network of one 1x1 convolution, its parameters, and a picture."""
    random = np.random.default_rng(3)
    layer = Convolution(
        name="out", source="x", in_channels=5, out_channels=3, kernel=1, has_spectral_norm=True
    )
    weights = {
        "out.weight": random.normal(0, 1, (3, 5, 1, 1)).astype(np.float32),
        "out.bias": np.zeros(3, np.float32),
        "out.weight_u": random.normal(0, 1, 3).astype(np.float32),
    }
    network = Network(inputs=(Input(name="x", channels=5),), layers=(layer,), stride=1)
    return network, weights, random.normal(0, 1, (2, 5, 4, 6)).astype(np.float32)


def spectral_passes(
    weights: Arrays, picture: NDArray[np.float32], *, passes: int
) -> tuple[list[Any], list[Any]]:
    """Return the vectors after each pass in training, and the outputs of each.

    In the basis of singular vectors, k iterations multiply each component by its singular value
    to the power of 2 k, but for the length.
    """
    matrix = weights["out.weight"][:, :, 0, 0].astype(np.float64)
    lefts, values, _ = np.linalg.svd(matrix, full_matrices=False)
    components = lefts.T @ weights["out.weight_u"].astype(np.float64)
    vectors, outputs = [], []
    for k in range(1, passes + 1):
        before, after = (components * values ** (2 * power) for power in (k - 1, k))
        # v_k = W^T u_(k-1) / |...|, and u_k^T W v_k is |W v_k|.
        norm = np.linalg.norm(after) / np.linalg.norm(before * values)
        vectors.append(lefts @ after / np.linalg.norm(after))
        outputs.append(np.einsum("oc,nchw->nohw", matrix / norm, picture))
    return vectors, outputs
