"""What a network computes, by the evaluator of the ONNX specification: NumPy and no framework.

The evaluator (`core.onnx_evaluation`) shares no code with any backend.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from colorize_cli.core.architecture import build_generator
from colorize_cli.core.cgan_config import CganConfig
from colorize_cli.core.cgan_state import DISCRIMINATOR, GENERATOR, networks_of, weights_of
from colorize_cli.core.layers import BATCH_NORM_MOMENTUM, BatchNorm, Convolution, Network
from colorize_cli.core.model_file import Model
from colorize_cli.core.onnx_graph import build_graph, embedded_weights
from colorize_cli.core.onnx_nodes import NEXT_VECTOR

FloatArray = NDArray[np.float32]
Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class FirstStep:
    """A step of training by the reference: losses before it, and what else it moves after it.

    The statistics are the generator's, the vectors those of the discriminator's spectral norms,
    both under their names in a CGAN's state.
    """

    losses: Mapping[str, float]
    statistics: Arrays
    vectors: Arrays


def colored(model: Model, gray: FloatArray) -> FloatArray:
    """Return what a model predicts for gray."""
    from colorize_cli.core.onnx_evaluation import evaluated

    network = build_generator(model.generator)
    graph = build_graph(network, embedded_weights(model.weights))
    color: FloatArray = evaluated(graph, {"gray": gray})[0]
    return color


def first_step(config: CganConfig, state: Arrays, gray: FloatArray, color: FloatArray) -> FirstStep:
    """Return what a step from a state measures and keeps, in the minimax form of the loss."""
    tables = networks_of(config)
    generated = _trained(tables[GENERATOR], weights_of(state, GENERATOR), {"gray": gray})
    fake = generated[tables[GENERATOR].output]
    judge, logits = dict(weights_of(state, DISCRIMINATOR)), []
    for seen in (fake, color):
        judged = _trained(tables[DISCRIMINATOR], judge, {"gray": gray, "color": seen})
        logits.append(judged["decision"])
        judge |= _moved_vectors(tables[DISCRIMINATOR], judged)
    losses = _losses(config, logits[0], logits[1], _l1(config, fake, color))
    vectors = {
        f"{DISCRIMINATOR}/{name}": judge[name]
        for name in _moved_vectors(tables[DISCRIMINATOR], judged)
    }
    return FirstStep(losses, _statistics(tables[GENERATOR], state, generated), vectors)


def _l1(config: CganConfig, fake: FloatArray, color: FloatArray) -> float:
    """Return the L1 loss with the weights and the smoothness of `CganConfig`, in float64."""
    distance = np.abs(fake.astype(np.float64) - color)
    if config.smoothness:
        # Huber's function over s: the quadratic to s, from there the line that goes on from it.
        inner = np.minimum(distance, config.smoothness)
        distance = inner**2 / (2 * config.smoothness) + (distance - inner)
    weights = 1 + config.chroma_weight * np.hypot(color[:, :1], color[:, 1:2])
    return float((weights * distance).mean())


def _moved_vectors(network: Network, tensors: Arrays) -> dict[str, NDArray[Any]]:
    return {f"{name}.weight_u": tensors[f"{name}.{NEXT_VECTOR}"] for name in _spectral(network)}


def _spectral(network: Network) -> list[str]:
    return [
        layer.name
        for layer in network.layers
        if isinstance(layer, Convolution) and layer.has_spectral_norm
    ]


def _losses(
    config: CganConfig, fake_logit: FloatArray, real_logit: FloatArray, l1: float
) -> dict[str, float]:
    """Return the losses of Putta et al. 2022, section 2.1: D = sigmoid(z), log(1 + e^z) stably."""
    refuted = float(np.logaddexp(0, fake_logit).mean())  # -log(1 - D(G))
    believed = float(np.logaddexp(0, -real_logit).mean())  # -log D(x)
    return {
        "discriminator": believed + refuted,
        "generator": -refuted + config.l1_weight * l1,
        "adversarial": -refuted,
        "l1": l1,
    }


def _statistics(network: Network, state: Arrays, tensors: Arrays) -> dict[str, NDArray[Any]]:
    statistics = {}
    for layer in network.layers:
        if isinstance(layer, BatchNorm):
            seen, name = tensors[layer.source], f"{GENERATOR}/{layer.name}"
            means = {
                f"{name}.running_mean": seen.mean(axis=(0, 2, 3)),
                f"{name}.running_var": seen.var(axis=(0, 2, 3), ddof=1),
            }
            for key, value in means.items():
                statistics[key] = state[key] + BATCH_NORM_MOMENTUM * (value - state[key])
    return statistics


def _trained(network: Network, weights: Arrays, inputs: Arrays) -> Arrays:
    """Return every tensor of a network, normalized by the statistics of the batch.

    And the vectors that its spectral norms have moved. Nothing is left out by chance.
    """
    from onnx import helper

    from colorize_cli.core.onnx_evaluation import evaluated

    graph = build_graph(network, embedded_weights(dict(weights)))
    for node in graph.graph.node:
        if node.op_type == "BatchNormalization":
            node.attribute.append(helper.make_attribute("training_mode", 1))
    names = [layer.name for layer in network.layers]
    names += [f"{name}.{NEXT_VECTOR}" for name in _spectral(network)]
    del graph.graph.output[:]
    graph.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in names)
    return dict(zip(names, evaluated(graph, inputs), strict=True))
