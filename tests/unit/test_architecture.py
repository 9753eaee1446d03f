from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colorize_cli.core.architecture import (
    DiscriminatorSpec,
    GeneratorSpec,
    build_discriminator,
    build_generator,
)
from colorize_cli.core.errors import BadConfigError
from colorize_cli.core.layers import (
    Activation,
    BatchNorm,
    Concatenate,
    Convolution,
    TransposedConvolution,
    count_trainable,
    sources_of,
)

SPECS = st.builds(
    GeneratorSpec,
    output=st.sampled_from(["rgb", "ab"]),
    has_skips=st.booleans(),
    base_width=st.integers(1, 5),
    size=st.sampled_from([16, 32, 64, 128, 256]),
)


def of_kind(network, kind):
    return [layer for layer in network.layers if isinstance(layer, kind)]


def trace(network, size):
    """Follow channels and side lengths through a table, checking each layer's own numbers."""
    shapes = {entry.name: (entry.channels, size) for entry in network.inputs}
    for layer in network.layers:
        given_shapes = [shapes[name] for name in sources_of(layer)]
        channels, side = given_shapes[0]
        if isinstance(layer, Convolution):
            assert channels == layer.in_channels
            side = (side + sum(layer.padding) - layer.kernel) // layer.stride + 1
            channels = layer.out_channels
        elif isinstance(layer, TransposedConvolution):
            assert channels == layer.in_channels
            side = (side - 1) * layer.stride - 2 * layer.padding + layer.kernel
            channels = layer.out_channels
        elif isinstance(layer, BatchNorm):
            assert channels == layer.channels
        elif isinstance(layer, Concatenate):
            assert len({other for _, other in given_shapes}) == 1
            channels = sum(count for count, _ in given_shapes)
        shapes[layer.name] = (channels, side)
    return shapes


def test_the_papers_generator_halves_seven_times_to_one_pixel():
    shapes = trace(build_generator(GeneratorSpec()), 128)
    downs = [shapes[f"down{level}.activation"] for level in range(1, 8)]
    # Section 3 of the paper: 64, 128, 256, 512, 512, 512, 512 filters.
    assert downs == [(64, 64), (128, 32), (256, 16), (512, 8), (512, 4), (512, 2), (512, 1)]


def test_the_papers_generator_mirrors_back_to_a_colour_picture():
    shapes = trace(build_generator(GeneratorSpec(has_skips=False)), 128)
    ups = [shapes[f"up{level}.activation"] for level in range(7, 1, -1)]
    assert ups == [(512, 2), (512, 4), (512, 8), (256, 16), (128, 32), (64, 64)]
    assert shapes["color"] == (3, 128)


def test_skips_bring_the_encoders_map_of_the_same_size():
    shapes = trace(build_generator(GeneratorSpec(has_skips=True)), 128)
    assert [shapes[f"up{level}.skip"] for level in (7, 2)] == [(1024, 2), (128, 64)]


def test_without_skips_nothing_is_concatenated():
    assert of_kind(build_generator(GeneratorSpec(has_skips=False)), Concatenate) == []


def test_the_papers_generator_has_42_million_parameters():
    # Isola et al. 2017, counted from the layers by hand: kernels 16 * in * out, batch norm 2 * out.
    widths = [1, 64, 128, 256, 512, 512, 512, 512]
    down = sum(16 * a * b for a, b in pairwise(widths))
    ups = [(512, 512), (1024, 512), (1024, 512), (1024, 256), (512, 128), (256, 64)]
    up = sum(16 * a * b for a, b in ups) + 16 * 128 * 3
    norms = 2 * (128 + 256 + 512 + 512 + 512) + 2 * (512 * 3 + 256 + 128 + 64)
    biases = 64 + 512 + 3
    assert count_trainable(build_generator(GeneratorSpec())) == down + up + norms + biases


def test_the_ends_and_the_bottleneck_are_not_normalized():
    names = [layer.name for layer in of_kind(build_generator(GeneratorSpec()), BatchNorm)]
    downs = [f"down{level}.norm" for level in range(2, 7)]
    assert names == [*downs, *(f"up{level}.norm" for level in range(7, 1, -1))]


def test_activations_are_leaky_down_plain_up_and_tanh_at_the_end():
    functions = [layer.function for layer in of_kind(build_generator(GeneratorSpec()), Activation)]
    assert functions == ["leaky_relu"] * 7 + ["relu"] * 6 + ["tanh"]


@settings(max_examples=25, deadline=None)
@given(SPECS, st.integers(1, 3))
def test_any_generator_gives_colour_of_the_size_of_the_gray(spec, times):
    network = build_generator(spec)
    channels = {"rgb": 3, "ab": 2}[spec.output]
    assert trace(network, network.stride * times)[network.output] == (
        channels,
        network.stride * times,
    )


@settings(max_examples=25, deadline=None)
@given(SPECS)
def test_a_specification_survives_its_json_form(spec):
    assert GeneratorSpec.from_dict(spec.as_dict()) == spec


@settings(max_examples=25, deadline=None)
@given(SPECS)
def test_names_are_unique_and_sources_stand_before_their_readers(spec):
    network = build_generator(spec)
    known = {entry.name for entry in network.inputs}
    for layer in network.layers:
        assert layer.name not in known
        assert set(sources_of(layer)) <= known
        known.add(layer.name)


def test_the_papers_discriminator_decides_once_about_gray_and_colour_together():
    network = build_discriminator(DiscriminatorSpec())
    shapes = trace(network, 128)
    assert [(entry.name, entry.channels) for entry in network.inputs] == [("gray", 1), ("color", 3)]
    downs = [shapes[f"down{level}.activation"] for level in range(1, 5)]
    assert downs == [(64, 64), (128, 32), (256, 16), (512, 8)]
    assert shapes[network.output] == (1, 1)


@pytest.mark.parametrize("size", [16, 64, 256])
def test_the_discriminator_of_any_size_gives_one_number(size):
    network = build_discriminator(DiscriminatorSpec(output="ab", base_width=2, size=size))
    assert trace(network, size)[network.output] == (1, 1)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"family": "transformer"}, "unknown generator family 'transformer'"),
        ({"output": "yuv"}, "cannot predict 'yuv': choose rgb or ab"),
        ({"base_width": 0}, "base width 0 is not a positive whole number"),
        ({"base_width": "wide"}, "base width 'wide'"),
        ({"size": 8}, "size 8 is not a power of two from 16"),
        ({"size": 96}, "size 96 is not a power of two"),
    ],
)
def test_what_no_table_can_be_built_for_is_refused(changes, reason):
    with pytest.raises(BadConfigError, match=reason):
        GeneratorSpec(**changes)


@pytest.mark.parametrize("changes", [{"extra": 1}, {"size": ...}])
def test_a_description_with_unknown_or_missing_entries_is_refused(changes):
    entries = {**GeneratorSpec().as_dict(), **changes}
    kept = {key: value for key, value in entries.items() if value is not ...}
    with pytest.raises(BadConfigError, match=f"see {next(iter(changes))}"):
        GeneratorSpec.from_dict(kept)
