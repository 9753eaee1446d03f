"""The losses of the CGAN: pure functions of logits, each in its stable form beside its formula.

Logits z are of any shape; D = sigmoid(z). Every loss is a mean over batch and positions.
"""

from typing import Any, TypeAlias

import tensorflow as tf

from colorize_cli.core.cgan_config import LossForm

Tensor: TypeAlias = Any
"""TensorFlow has no annotations."""


def discriminator_loss(form: LossForm, real: Tensor, fake: Tensor) -> Tensor:
    """Return what the discriminator minimizes, from its logits of real and generated pairs."""
    if form == "lsgan":
        # 1/2 (D(x) - 1)^2 + 1/2 D(G)^2 with D = z (Mao et al. 2017, equation 9)
        return (_mean(tf.square(real - 1)) + _mean(tf.square(fake))) / 2
    if form == "hinge":
        # max(0, 1 - z) + max(0, 1 + z) (Lim and Ye 2017; Miyato et al. 2018)
        return _mean(tf.nn.relu(1 - real)) + _mean(tf.nn.relu(1 + fake))
    # -log D(x) - log(1 - D(G)) (Goodfellow et al. 2014; Putta et al. 2022, section 2.1)
    return _mean(tf.nn.softplus(-real)) + _mean(tf.nn.softplus(fake))


def generator_loss(form: LossForm, fake: Tensor) -> Tensor:
    """Return the adversarial part of what the generator minimizes."""
    if form == "minimax":
        # log(1 - D(G)) (Putta et al. 2022, section 2.1)
        return -_mean(tf.nn.softplus(fake))
    if form == "nonsaturating":
        # -log D(G) (Goodfellow et al. 2014, section 3)
        return _mean(tf.nn.softplus(-fake))
    if form == "lsgan":
        # 1/2 (D(G) - 1)^2 (Mao et al. 2017, equation 9)
        return _mean(tf.square(fake - 1)) / 2
    # -z (Lim and Ye 2017)
    return -_mean(fake)


def l1_loss(fake: Tensor, real: Tensor) -> Tensor:
    """Return the mean absolute difference of two pictures (Isola et al. 2017, equation 3)."""
    return _mean(tf.abs(fake - real))


def weighted_l1_loss(
    fake: Tensor, real: Tensor, *, chroma_weight: float, smoothness: float
) -> Tensor:
    """Return the mean of (1 + chroma_weight * c) h(d): see `CganConfig`; ab `(N, H, W, 2)`."""
    difference = tf.abs(fake - real)
    if smoothness:
        is_small = difference < smoothness
        square = tf.square(difference) / (2 * smoothness)
        difference = tf.where(is_small, square, difference - smoothness / 2)
    if chroma_weight:
        chroma = tf.sqrt(tf.reduce_sum(tf.square(real), axis=-1, keepdims=True))
        difference *= 1 + chroma_weight * chroma
    return _mean(difference)


def _mean(values: Tensor) -> Tensor:
    return tf.reduce_mean(values)
