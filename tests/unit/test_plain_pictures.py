"""Plain pictures are read and written without NumPy, and the same as by it."""

import gc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageCms

from animated_pngs import png_chunk
from colorize_cli.core import compiled_library, plain_pictures
from colorize_cli.core.architecture import GeneratorSpec
from colorize_cli.core.compiled_library import compiled_loops
from colorize_cli.core.gray_coloring import Way
from colorize_cli.core.image_encoding import FORMATS
from colorize_cli.core.image_io import decode
from colorize_cli.core.opening import opened
from colorize_cli.core.picture import PlainPicture
from colorize_cli.core.picture_file import FileChoices, recolored
from colorize_cli.core.pipeline import colorize, predict_in_place
from colorize_cli.core.plain_coloring import colorize_plain
from colorize_cli.core.plain_pictures import plain_picture_of
from compiled_libraries import needs_compiler
from pictures import SmoothColorizer, encoded, gray_picture, saved

GRAY = gray_picture(40, 60)
SPEC = GeneratorSpec(output="ab", base_width=2, size=16)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def plain(data: bytes) -> PlainPicture | None:
    with opened(data) as image:
        return plain_picture_of(image, data)


def with_exif(**tags: object) -> Image.Exif:
    exif = Image.Exif()
    for name, value in tags.items():
        exif[ExifTags.Base[name]] = value
    return exif


def in_color(codes: np.ndarray) -> np.ndarray:
    return codes[..., None].repeat(3, 2)


def with_chunk(*kinds_and_contents: bytes) -> bytes:
    """Return a gray PNG with further chunks behind its header."""
    data, pairs = encoded(GRAY), iter(kinds_and_contents)
    chunks = b"".join(png_chunk(kind, content) for kind, content in zip(pairs, pairs, strict=True))
    return data[:33] + chunks + data[33:]


PLAIN = {
    "gray PNG": encoded(GRAY),
    "gray JPEG": encoded(GRAY, "JPEG"),
    "gray saved as RGB": encoded(in_color(GRAY)),
    "with metadata": encoded(
        GRAY,
        "JPEG",
        exif=with_exif(Artist="Ann", Orientation=1),
        comment=b"by the sea",
        dpi=(300, 300),
    ),
    "sRGB, whatever its gamma": with_chunk(b"sRGB", b"\0", b"gAMA", (100000).to_bytes(4, "big")),
    "a single pixel": encoded(GRAY[:1, :1]),
}


@pytest.mark.parametrize("data", PLAIN.values(), ids=PLAIN)
def test_a_plain_picture_is_read_as_any_other(data):
    found, expected = plain(data), decode(data)
    assert found is not None
    codes = np.frombuffer(bytes(found.codes), np.uint8).reshape(found.height, found.width)
    np.testing.assert_array_equal(codes, expected.codes)
    assert found.metadata == expected.metadata
    assert (found.size, found.bit_depth, found.format, found.warnings) == (
        expected.size,
        expected.bit_depth,
        expected.format,
        expected.warnings,
    )


OTHERS = {
    "colours": encoded(np.dstack([GRAY, GRAY, 255 - GRAY])),
    "one coloured pixel": encoded(
        np.concatenate([in_color(GRAY), [[[1, 2, 3]] * GRAY.shape[1]]]).astype(np.uint8)
    ),
    "16 bits": encoded(GRAY.astype(np.uint16) * 257),
    "transparency": encoded(np.dstack([GRAY, GRAY])),
    "a transparent gray": encoded(GRAY, transparency=7),
    "one bit": saved(Image.fromarray(GRAY).convert("1")),
    "a palette": saved(Image.fromarray(GRAY).convert("P")),
    "a profile": encoded(in_color(GRAY), icc_profile=SRGB),
    "a gamma": with_chunk(b"gAMA", (100000).to_bytes(4, "big")),
    "another colour space": with_chunk(b"cICP", bytes([9, 16, 0, 1])),
    "turned": encoded(GRAY, "JPEG", exif=with_exif(Orientation=6)),
    "CMYK": saved(Image.fromarray(GRAY).convert("CMYK"), "JPEG"),
    "another format": encoded(GRAY, "WEBP"),
}


@pytest.mark.parametrize("data", OTHERS.values(), ids=OTHERS)
def test_whatever_is_to_be_read_otherwise_is_not_plain(data):
    assert plain(data) is None


@pytest.fixture
def compiled(library, monkeypatch):
    monkeypatch.setattr(compiled_library, "PLACE", library)


def paint(picture):
    return colorize(picture, SPEC, SmoothColorizer(), workers=1)


def paint_plain(picture, step):
    def predict(gray, height, width):
        return predict_in_place(SmoothColorizer(), gray, height, width)

    way = Way(SPEC.size, SPEC.stride, 1.0, step)
    return colorize_plain(compiled_loops(), picture, predict, way, workers=1)


@needs_compiler
@pytest.mark.parametrize("form", ["png", "jpeg", None])
@pytest.mark.parametrize("data", [*PLAIN.values(), *OTHERS.values()], ids=[*PLAIN, *OTHERS])
def test_files_are_the_same_to_the_byte_with_and_without_numpy(compiled, data, form):
    choices = FileChoices(form=FORMATS[form] if form else None)
    without = recolored(data, paint, choices, paint_plain=paint_plain)
    with_numpy = recolored(data, paint, choices)
    assert without == with_numpy


@needs_compiler
@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    width=st.integers(1, 400),
    height=st.integers(1, 400),
    seed=st.integers(0, 2**32 - 1),
    form=st.sampled_from(["png", "jpeg"]),
    is_stripped=st.booleans(),
)
def test_any_size_is_the_same_to_the_byte(compiled, width, height, seed, form, is_stripped):
    codes = np.random.default_rng(seed).integers(0, 256, (height, width), np.uint8)
    choices = FileChoices(form=FORMATS[form], is_stripped=is_stripped)
    data = encoded(codes)
    without = recolored(data, paint, choices, paint_plain=paint_plain)
    assert without == recolored(data, paint, choices)


def test_a_picture_in_several_pieces_of_memory_is_read_as_well(monkeypatch):
    monkeypatch.setattr(plain_pictures, "gray_pixels", lambda image: None)
    data = encoded(GRAY)
    found = plain(data)
    assert found is not None
    assert bytes(found.codes) == GRAY.tobytes()


def test_the_pixels_stay_when_the_picture_goes():
    found = plain(encoded(GRAY))
    gc.collect()
    assert found is not None
    assert bytes(found.codes) == GRAY.tobytes()
