"""The spectral norm of a convolution, as `core.layers` defines it (Miyato et al. 2018)."""

from typing import Any, Final

import tensorflow as tf

from colorize_tensorflow.losses import Tensor

LEAST_LENGTH: Final = 1e-12
"""Vectors shorter than this are not made as long as one (PyTorch's `normalize`)."""


def spectrally_normalized(kernel: Tensor, left: Any, *, is_training: bool) -> Tensor:
    """Return a kernel `(k, k, in, out)` over its largest singular value, estimated.

    One power iteration starts from the variable `left` `(out,)`, the estimate of the left singular
    vector, which is moved there in training. `left` may be of any length but 0.
    """
    # The transpose of the table's matrix, whose other side is in another order: s is the same.
    matrix = tf.reshape(kernel, (-1, left.shape[0]))
    constant = tf.stop_gradient(matrix)
    right = _normalized(tf.linalg.matvec(constant, _normalized(left)))
    moved = _normalized(tf.linalg.matvec(constant, right, transpose_a=True))
    if is_training:
        left.assign(moved)
    norm = tf.tensordot(right, tf.linalg.matvec(matrix, moved), axes=1)
    return kernel / norm


def _normalized(vector: Tensor) -> Tensor:
    return vector / tf.maximum(tf.norm(vector), LEAST_LENGTH)
