import json

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx.reference import ReferenceEvaluator

from colorize_cli.core.architecture import GeneratorSpec, build_generator
from colorize_cli.core.errors import BadConfigError, NoInputError
from colorize_cli.core.layers import (
    draw_parameters,
)
from colorize_cli.core.model_file import Model, write_model
from colorize_cli.core.onnx_graph import (
    annotate,
    build_graph,
    embedded_weights,
    mapped_weights,
    read_metadata,
    read_model,
    write_onnx,
)
from colorize_cli.testing import reference
from colorize_cli.testing.samples import every_layer_model
from tiny_models import make_gray, make_model


def test_a_model_with_spectral_norms_reads_back_as_it_was_and_runs(tmp_path):
    with every_layer_model() as model:
        write_onnx(tmp_path / "m.onnx", model)
        found = read_model(tmp_path / "m.onnx")
        assert found.identity == model.identity
        assert "spectral.weight_u" in found.weights
        session = onnxruntime.InferenceSession((tmp_path / "m.onnx").read_bytes())
        gray = make_gray(2, 1, 2)
        color = session.run(None, {"gray": gray})[0]
        np.testing.assert_allclose(color, reference.colored(model, gray), atol=1e-5)


def test_an_efficientnet_unet_leaves_height_and_width_open_in_multiples_of_32(tmp_path):
    spec = GeneratorSpec(family="efficientnet-unet", output="ab", base_width=1, size=128)
    network = build_generator(spec)
    model = Model(generator=spec, weights=draw_parameters(network, np.random.default_rng(0)))
    write_onnx(tmp_path / "m.onnx", model)
    assert "multiples of 32" in read_metadata(tmp_path / "m.onnx")["stride"]
    onnx.checker.check_model(onnx.load(tmp_path / "m.onnx"), full_check=True)
    session = onnxruntime.InferenceSession((tmp_path / "m.onnx").read_bytes())
    for shape in ((1, 1, 32, 32), (2, 1, 64, 160)):
        color = session.run(None, {"gray": np.zeros(shape, np.float32)})[0]
        assert color.shape == (shape[0], 2, *shape[2:])


def test_the_generator_takes_any_batch_height_and_width():
    model = make_model()
    graph = build_graph(build_generator(model.generator), embedded_weights(model.weights))
    onnx.checker.check_model(graph, full_check=True)
    (entry,) = graph.graph.input
    assert entry.name == "gray"
    dimensions = entry.type.tensor_type.shape.dim
    assert [d.dim_param or d.dim_value for d in dimensions] == ["batch", 1, "height", "width"]
    color = ReferenceEvaluator(graph).run(None, {"gray": make_gray(2, 1, 2)})[0]
    assert color.shape == (2, 2, 16, 32)


def test_the_graph_can_be_read_by_onnxruntime_1_20():
    graph = build_graph(build_generator(GeneratorSpec(base_width=1, size=16)), [])
    # Its documented limits: operator set 21, file format 10.
    assert graph.opset_import[0].version <= 21
    assert graph.ir_version <= 10


def test_mapped_weights_point_at_the_numbers_in_the_model_file(tmp_path):
    model = make_model()
    path = tmp_path / "model.safetensors"
    write_model(path, model)
    content = path.read_bytes()
    pointers = mapped_weights(build_generator(model.generator), path)
    assert {entry.name for entry in pointers} == model.weights.keys()
    for entry in pointers:
        place = {item.key: item.value for item in entry.external_data}
        offset, length = int(place["offset"]), int(place["length"])
        array = np.frombuffer(content[offset : offset + length], "<f4").reshape(entry.dims)
        assert place["location"] == "model.safetensors"
        np.testing.assert_array_equal(array, model.weights[entry.name])


def test_an_exported_file_reads_back_as_the_same_model(tmp_path):
    model = make_model(output="rgb", has_skips=False)
    write_onnx(tmp_path / "m.onnx", model)
    found = read_model(tmp_path / "m.onnx")
    assert found.identity == model.identity
    assert found.header() == model.header()
    assert found.path == tmp_path / "m.onnx"


def test_an_exported_file_describes_itself(tmp_path):
    write_onnx(tmp_path / "m.onnx", make_model(), {"note": "hello"})
    metadata = read_metadata(tmp_path / "m.onnx")
    assert metadata["license"] == "CC0-1.0"
    assert metadata["note"] == "hello"
    assert "L* / 50 - 1" in metadata["input"]
    assert "a* / 110" in metadata["output"]
    assert "multiples of 16" in metadata["stride"]
    assert json.loads(metadata["colorize"])["training"] == {"recipe": "tiny", "steps": 3}


def test_exporting_twice_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        write_onnx(tmp_path / name, make_model())
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_annotating_adds_to_what_is_there(tmp_path):
    path = tmp_path / "m.onnx"
    write_onnx(path, make_model())
    annotate(path, {"largest_difference": "1e-7"})
    assert read_metadata(path)["largest_difference"] == "1e-7"
    assert read_metadata(path)["license"] == "CC0-1.0"
    assert read_model(path).identity == make_model().identity


def test_weights_that_do_not_fit_are_not_exported(tmp_path):
    spec = GeneratorSpec(base_width=1, size=16)
    weights = draw_parameters(build_generator(spec), np.random.default_rng(0))
    weights.pop("down1.convolution.weight")
    with pytest.raises(BadConfigError, match=r"down1\.convolution\.weight is missing"):
        write_onnx(tmp_path / "m.onnx", Model(generator=spec, weights=weights))
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_missing_input(tmp_path):
    with pytest.raises(NoInputError, match="no such file"):
        read_model(tmp_path / "m.onnx")


@pytest.mark.parametrize("content", [b"", b"not a protocol buffer", b"\x08\x08\x12"])
def test_a_file_of_another_kind_is_refused(tmp_path, content):
    (tmp_path / "m.onnx").write_bytes(content)
    with pytest.raises(BadConfigError):
        read_model(tmp_path / "m.onnx")


def test_a_truncated_file_is_refused(tmp_path):
    path = tmp_path / "m.onnx"
    write_onnx(path, make_model())
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(BadConfigError, match="not a whole ONNX file"):
        read_model(path)


def test_another_programs_file_is_refused(tmp_path):
    network = build_generator(GeneratorSpec(base_width=1, size=16))
    (tmp_path / "m.onnx").write_bytes(build_graph(network, []).SerializeToString())
    with pytest.raises(BadConfigError, match="not exported by colorize"):
        read_model(tmp_path / "m.onnx")


def test_weights_outside_the_file_are_never_followed(tmp_path):
    model = make_model()
    write_model(tmp_path / "model.safetensors", model)
    network = build_generator(model.generator)
    graph = build_graph(network, mapped_weights(network, tmp_path / "model.safetensors"))
    onnx.helper.set_model_props(graph, {"colorize": json.dumps(model.header())})
    (tmp_path / "m.onnx").write_bytes(graph.SerializeToString())
    with pytest.raises(BadConfigError, match="weights are in another file"):
        read_model(tmp_path / "m.onnx")
