"""The paper's training step as people write it in TensorFlow: Keras layers and Keras' Adam.

After TensorFlow's own tutorial of pix2pix: two tapes over one forward pass, within `tf.function`.
"""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

keras = tf.keras
layers = tf.keras.layers


def generator(base_width: int, size: int) -> Any:
    """Build the U-Net, whose innermost map is 1x1."""
    widths = [base_width * min(2**level, 8) for level in range(size.bit_length() - 1)]
    gray = keras.Input((size, size, 1))
    value, levels = gray, []
    for level, width in enumerate(widths):
        has_norm = 0 < level < len(widths) - 1
        value = layers.Conv2D(width, 4, 2, "same", use_bias=not has_norm)(value)
        value = _norm()(value) if has_norm else value
        value = layers.LeakyReLU(negative_slope=0.2)(value)
        levels.append(value)
    for width, skip in zip(reversed(widths[:-1]), reversed(levels[:-1]), strict=True):
        value = layers.Conv2DTranspose(width, 4, 2, "same", use_bias=False)(value)
        value = layers.Concatenate()([layers.ReLU()(_norm()(value)), skip])
    value = layers.Conv2DTranspose(2, 4, 2, "same")(value)
    return keras.Model(gray, layers.Activation("tanh")(value))


def discriminator(base_width: int, size: int) -> Any:
    """Build four halvings and a dense unit."""
    pair = [keras.Input((size, size, channels)) for channels in (1, 2)]
    value = layers.Concatenate()(pair)
    for level in range(4):
        value = layers.Conv2D(base_width * 2**level, 4, 2, "same", use_bias=level == 0)(value)
        value = _norm()(value) if level else value
        value = layers.LeakyReLU(negative_slope=0.2)(value)
    return keras.Model(pair, layers.Dense(1)(layers.Flatten()(value)))


def step_of(gray: Any, color: Any, *, base_width: int, precision: str) -> Callable[[], object]:
    """Return a step on a fixed batch `(N, C, H, W)`."""
    keras.mixed_precision.set_global_policy(
        "mixed_bfloat16" if precision == "bfloat16" else "float32"
    )
    pictures = [tf.constant(array.transpose(0, 2, 3, 1)) for array in (gray, color)]
    draw, judge = generator(base_width, gray.shape[-1]), discriminator(base_width, gray.shape[-1])
    drawing, judging = (keras.optimizers.Adam(2e-4, beta_1=0.5) for _ in range(2))
    bce = keras.losses.BinaryCrossentropy(from_logits=True)

    def of(logits: Any, truth: int) -> Any:
        logits = tf.cast(logits, tf.float32)
        return bce(truth * tf.ones_like(logits), logits)

    @tf.function
    def step(gray: Any, real: Any) -> Any:
        with tf.GradientTape() as drawn, tf.GradientTape() as judged:
            fake = draw(gray, training=True)
            of_fake, of_real = (
                judge([gray, fake], training=True),
                judge([gray, real], training=True),
            )
            difference = tf.reduce_mean(tf.abs(tf.cast(fake, tf.float32) - real))
            of_generator = of(of_fake, 1) + 100 * difference
            loss = of(of_real, 1) + of(of_fake, 0)
        for tape, value, network, adam in (
            (drawn, of_generator, draw, drawing),
            (judged, loss, judge, judging),
        ):
            learnt = network.trainable_variables
            adam.apply_gradients(zip(tape.gradient(value, learnt), learnt, strict=True))
        return loss, of_generator

    return lambda: [float(loss) for loss in step(*pictures)]


def _norm() -> Any:
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5)
