import numpy as np
import onnx
import pytest
from google.protobuf import json_format

from colorize_cli.core import onnx_graph
from colorize_cli.core.architecture import GeneratorSpec, build_generator
from colorize_cli.core.layers import draw_parameters
from colorize_cli.core.model_file import Model, write_model
from colorize_cli.core.tensor_file import tensor_offsets
from colorize_cli.testing.samples import every_layer_model
from colorize_onnx.graph import mapped_graph, whole_graph
from colorize_onnx.messages import whole

SPECS = (
    GeneratorSpec(base_width=1, size=16),
    GeneratorSpec(family="unet-dropout", base_width=1, size=16, has_skips=False),
    GeneratorSpec(family="efficientnet-unet", output="ab", base_width=1, size=128),
)


def drawn(spec):
    weights = draw_parameters(build_generator(spec), np.random.default_rng(0))
    return Model(generator=spec, weights=weights)


def read(graph):
    return onnx.ModelProto.FromString(graph)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.family)
def test_our_graph_is_the_one_that_the_package_onnx_writes(spec):
    network, model = build_generator(spec), drawn(spec)
    weights = onnx_graph.embedded_weights(model.weights)
    assert read(whole_graph(network, model.weights)) == onnx_graph.build_graph(network, weights)


def test_a_graph_with_every_layer_is_the_one_that_the_package_onnx_writes():
    with every_layer_model() as model:
        network = build_generator(model.generator)
        weights = onnx_graph.embedded_weights(model.weights)
        assert read(whole_graph(network, model.weights)) == onnx_graph.build_graph(network, weights)


def test_a_graph_that_points_into_the_model_is_the_one_that_the_package_onnx_writes(tmp_path):
    model, path = drawn(SPECS[2]), tmp_path / "größer.safetensors"
    write_model(path, model)
    network = build_generator(model.generator)
    pointers = onnx_graph.mapped_weights(network, path)
    graph = mapped_graph(network, tensor_offsets(path), path.name)
    assert read(graph) == onnx_graph.build_graph(network, pointers)


@pytest.mark.parametrize("number", [0, 1, 127, 128, 300, 16383, 16384, 2**40 + 5, 2**63 - 1])
def test_numbers_of_any_length_read_back(number):
    message = onnx.OperatorSetIdProto.FromString(whole(2, number))
    assert int(json_format.MessageToDict(message)["version"]) == number
