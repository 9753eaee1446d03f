"""Convolutions of a table in TensorFlow, by the operations that are fast and have gradients."""

from typing import Any

import tensorflow as tf

from colorize_cli.core import layers as table
from colorize_cli.core.layers import Layer
from colorize_tensorflow.losses import Tensor


def is_depthwise(layer: Layer) -> bool:
    """Whether a layer convolves each channel by itself."""
    return isinstance(layer, table.Convolution) and layer.groups == layer.in_channels > 1


def is_slowly_learnt(layer: table.Convolution, kind: Any) -> bool:
    """Whether gradients are slow on the processor in a type that is narrower than float32.

    Those of depthwise convolutions in bfloat16 have a fast kernel for 3x3 of stride 1 alone. In
    float32 others take a third to a sixteenth of the time (TensorFlow 2.21, one thread of an EPYC,
    32 pictures; 96 channels at 64x64, 3x3, stride 2: 13 ms rather than 78). Products of bfloat16
    are exact in float32, so that only the sum is rounded later.
    """
    has_fast_kernel = layer.kernel == 3 and layer.stride == 1
    return kind != tf.float32 and is_depthwise(layer) and not has_fast_kernel


def correlate(layer: table.Convolution, source: Tensor, kernel: Tensor) -> Tensor:
    """Compute a convolution of `(N, H, W, C)` with a kernel `(k, k, in, out)`, without its bias.

    A depthwise one has a kernel `(k, k, channels, n)`.
    """
    padding = "SAME" if _is_same(layer, source) else "VALID"
    if padding == "VALID" and any(layer.padding):
        source = tf.pad(source, _explicit(layer.padding))
    if is_depthwise(layer):
        strides = [1, layer.stride, layer.stride, 1]
        return tf.nn.depthwise_conv2d(source, kernel, strides=strides, padding=padding)
    # Gradients of grouped convolutions are missing on the processor.
    parts = zip(
        tf.split(source, layer.groups, axis=-1),
        tf.split(kernel, layer.groups, axis=-1),
        strict=True,
    )
    results = [tf.nn.conv2d(*part, strides=layer.stride, padding=padding) for part in parts]
    return results[0] if layer.groups == 1 else tf.concat(results, axis=-1)


def enlarge(layer: table.TransposedConvolution, source: Tensor, kernel: Tensor) -> Tensor:
    """Compute a transposed convolution with a kernel `(k, k, out, in)`, without its bias."""
    rows, columns = (
        (_size(source, axis) - 1) * layer.stride - 2 * layer.padding + layer.kernel
        for axis in (1, 2)
    )
    # SAME enlarges just by the stride; every runtime has a word for that.
    is_same = layer.kernel - layer.stride == 2 * layer.padding
    return tf.nn.conv2d_transpose(
        source,
        kernel,
        output_shape=tf.stack([_size(source, 0), rows, columns, layer.out_channels]),
        strides=layer.stride,
        padding="SAME" if is_same else _explicit((layer.padding, layer.padding)),
    )


def _is_same(layer: table.Convolution, source: Tensor) -> bool:
    """Whether a convolution is known to be padded as TensorFlow's SAME does it.

    SAME pads as little as gives size / stride, the odd one out at the end. Otherwise zeros are put
    around the picture first. With the padding in numbers, the processor's gradients take 2 to 9
    times as long in float32, 10 to 70 times in bfloat16, and depthwise convolutions end the process
    in TensorFlow's own inference of shapes.
    """
    least = layer.kernel - layer.stride
    sizes = source.shape[1:3]
    divides = layer.stride == 1 or all(
        size is not None and size % layer.stride == 0 for size in sizes
    )
    return divides and layer.padding == (least // 2, least - least // 2)


def _explicit(padding: tuple[int, int]) -> list[list[int]]:
    return [[0, 0], list(padding), list(padding), [0, 0]]


def _size(tensor: Tensor, axis: int) -> Any:
    """Return a size as a number where it is known, so that what follows from it is known too."""
    known = tensor.shape[axis]
    return tf.shape(tensor)[axis] if known is None else known
