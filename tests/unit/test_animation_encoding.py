from dataclasses import replace
from fractions import Fraction
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from colorize_cli.core.animation_encoding import encode_animation
from colorize_cli.core.errors import CannotCreateError
from colorize_cli.core.frames import Frame, read_frames
from colorize_cli.core.image_encoding import FORMATS
from colorize_cli.core.metadata import Metadata
from colorize_cli.core.picture import Picture
from colorize_cli.core.xmp_search import packet_in

random = np.random.default_rng(8)


def frame(
    seed: int = 0,
    *,
    duration: Fraction | None = Fraction(1, 10),
    kind: type = np.uint8,
    size: tuple[int, int] = (9, 7),
    has_alpha: bool = True,
    **options: Any,
) -> Frame:
    source = np.random.default_rng(seed)
    last = np.iinfo(kind).max
    codes = source.integers(0, last + 1, (size[1], size[0], 3)).astype(kind)
    alpha = source.integers(0, last + 1, (size[1], size[0])).astype(kind) if has_alpha else None
    is_hidden = options.pop("is_hidden", False)
    return Frame(
        picture=Picture(codes=codes, alpha=alpha, **options), duration=duration, is_hidden=is_hidden
    )


def written(frames: list[Frame], name: str, *, plays: int = 0) -> bytes:
    count = sum(not entry.is_hidden for entry in frames)
    options = dict(FORMATS[name].options)
    return encode_animation(iter(frames), name, count=count, plays=plays, options=options)


@settings(deadline=None, max_examples=20)
@given(
    kind=st.sampled_from([np.uint8, np.uint16]),
    durations=st.lists(
        st.fractions(min_value=0, max_value=200, max_denominator=300), min_size=2, max_size=4
    ),
    size=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    plays=st.integers(0, 2**31 - 1),
)
def test_an_animated_png_gives_back_every_bit_and_duration(kind, durations, size, plays):
    frames = [
        frame(index, duration=duration, kind=kind, size=size)
        for index, duration in enumerate(durations)
    ]
    sequence = read_frames(written(frames, "png", plays=plays))
    assert (sequence.count, sequence.plays) == (len(frames), plays)
    for found, expected in zip(sequence.frames, frames, strict=True):
        codes = found.picture.codes
        np.testing.assert_array_equal(
            codes if codes.ndim == 3 else codes[..., None].repeat(3, 2), expected.picture.codes
        )
        full = np.full(size[::-1], np.iinfo(kind).max, kind)
        alpha = full if found.picture.alpha is None else found.picture.alpha
        np.testing.assert_array_equal(alpha, expected.picture.alpha)
        assert found.duration == expected.duration


def test_pillow_plays_the_animated_png_alike():
    frames = [frame(index, duration=Fraction(index, 20)) for index in range(3)]
    with Image.open(BytesIO(written(frames, "png", plays=5))) as image:
        assert (image.n_frames, image.info["loop"]) == (3, 5)
        for index, expected in enumerate(frames):
            image.seek(index)
            np.testing.assert_array_equal(np.asarray(image)[..., :3], expected.picture.codes)
            assert image.info["duration"] == index * 50


def test_frames_of_16_bits_stay_so_deep_where_pillow_reads_their_first_byte():
    frames = [frame(index, kind=np.uint16) for index in range(2)]
    with Image.open(BytesIO(written(frames, "png"))) as image:
        np.testing.assert_array_equal(np.asarray(image)[..., :3], frames[0].picture.codes >> 8)


def test_a_hidden_still_is_written_as_one():
    frames = [frame(9, duration=None, is_hidden=True), frame(1), frame(2)]
    data = written(frames, "png")
    found = list(read_frames(data).frames)
    assert [entry.is_hidden for entry in found] == [True, False, False]
    np.testing.assert_array_equal(found[0].picture.codes, frames[0].picture.codes)
    with Image.open(BytesIO(data)) as image:
        assert image.info.get("default_image", True)


def test_a_duration_longer_than_png_holds_is_the_longest():
    sequence = read_frames(written([frame(duration=Fraction(10**6)), frame(1)], "png"))
    assert next(sequence.frames).duration == 65535


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_webp_keeps_the_pixels_that_are_seen_and_all_alpha(kind):
    frames = [frame(index, kind=kind) for index in range(4)]
    found = list(read_frames(written(frames, "webp")).frames)
    for entry, expected in zip(found, frames, strict=True):
        scale = 257 if kind is np.uint16 else 1
        codes, alpha = (
            np.rint(plane / scale).astype(np.uint8)
            for plane in (expected.picture.codes, expected.picture.alpha)
        )
        assert entry.picture.alpha is not None
        np.testing.assert_array_equal(entry.picture.alpha, alpha)
        np.testing.assert_array_equal(entry.picture.codes[alpha > 0], codes[alpha > 0])


def with_clear_surroundings(place: int) -> Frame:
    """Return a frame that is opaque in a rectangle, and clear and black around it."""
    full = frame(place, size=(40, 30))
    alpha = np.zeros((30, 40), np.uint8)
    alpha[place : place + 8, 6:20] = 255
    codes = np.where(alpha[..., None] > 0, full.picture.codes, 0).astype(np.uint8)
    return replace(full, picture=Picture(codes=codes, alpha=alpha))


def test_what_is_clear_around_opaque_parts_stays_clear_in_webp():
    frames = [with_clear_surroundings(place) for place in (4, 14)]
    found = list(read_frames(written(frames, "webp")).frames)
    for entry, expected in zip(found, frames, strict=True):
        assert entry.picture.alpha is not None
        np.testing.assert_array_equal(entry.picture.alpha, expected.picture.alpha)


def test_an_opaque_animation_does_not_claim_alpha_in_webp():
    data = written([frame(index, has_alpha=False) for index in range(3)], "webp")
    assert Image.open(BytesIO(data)).mode == "RGB"


@pytest.mark.parametrize(("name", "unit"), [("webp", 1000), ("gif", 100)])
def test_rounded_durations_have_the_right_sum(name, unit):
    durations = [Fraction(1, 30)] * 30 + [Fraction(0), Fraction(1, 8)]
    frames = [frame(index, duration=duration) for index, duration in enumerate(durations)]
    found = [entry.duration for entry in read_frames(written(frames, name)).frames]
    assert len(found) == len(durations)
    for index in range(len(found)):
        ends = sum(found[: index + 1]), sum(durations[: index + 1])
        assert abs(ends[0] - ends[1]) <= Fraction(1, 2 * unit)


@pytest.mark.parametrize("name", ["png", "webp", "gif"])
@pytest.mark.parametrize("plays", [0, 1, 7])
def test_an_animation_is_played_as_often_as_before(name, plays):
    data = written([frame(0), frame(1)], name, plays=plays)
    assert read_frames(data).plays == plays


def test_a_gif_has_the_colours_where_they_are_few_and_clear_pixels_stay_clear():
    codes = np.zeros((40, 50, 3), np.uint8)
    codes[:17], codes[4:, 14:] = (200, 30, 10), (20, 90, 250)
    alpha = np.full((40, 50), 255, np.uint8)
    alpha[0], alpha[1] = 0, 127
    frames = [
        Frame(picture=Picture(codes=shown, alpha=alpha), duration=Fraction(1, 10))
        for shown in (codes, codes[::-1].copy())
    ]
    found = list(read_frames(written(frames, "gif")).frames)
    for entry, expected in zip(found, frames, strict=True):
        assert entry.picture.alpha is not None
        np.testing.assert_array_equal(entry.picture.alpha, np.where(alpha < 128, 0, 255))
        seen = alpha >= 128
        np.testing.assert_array_equal(entry.picture.codes[seen], expected.picture.codes[seen])


def test_gray_frames_are_written_as_colour():
    gray = np.arange(20, dtype=np.uint8).reshape(4, 5)
    frames = [Frame(picture=Picture(codes=gray), duration=Fraction(1)) for _ in range(2)]
    first = next(read_frames(written(frames, "png")).frames)
    np.testing.assert_array_equal(first.picture.codes, gray)


@pytest.mark.parametrize("name", ["png", "webp", "gif"])
def test_pages_become_frames_of_a_second(name):
    frames = [frame(index, duration=None) for index in range(2)]
    assert [entry.duration for entry in read_frames(written(frames, name)).frames] == [1, 1]


@pytest.mark.parametrize("name", ["png", "webp", "gif"])
def test_frames_of_several_sizes_are_refused_with_the_remedy(name):
    frames = [frame(0), frame(1, size=(3, 4))]
    with pytest.raises(CannotCreateError, match=r"frame 2 is 3x4 .* 9x7: .* --format tiff"):
        written(frames, name)


@pytest.mark.parametrize("name", ["png", "webp", "gif"])
def test_metadata_are_those_of_the_first_frame(name):
    metadata = Metadata(xmp=b"<x:xmpmeta/>", texts={"Comment": "taken at dawn"})
    data = written([frame(0, metadata=metadata), frame(1)], name)
    assert packet_in(BytesIO(data)) == b"<x:xmpmeta/>"
    with Image.open(BytesIO(data)) as image:
        assert image.n_frames == 2
        comment = image.info.get("comment", image.info.get("Comment"))
        assert comment == {"png": "taken at dawn", "webp": None, "gif": b"taken at dawn"}[name]


def test_exif_of_an_animated_webp_starts_as_in_tiff():
    exif = Image.Exif()
    exif[315] = "Dorothea"
    first = frame(0, metadata=Metadata(exif=exif.tobytes()))
    data = written([first, frame(1)], "webp")
    # RFC 9649 2.7.1.5: the block as in TIFF, without the header that JPEG has.
    assert data[data.index(b"EXIF") + 8 :][:2] in {b"II", b"MM"}
    with Image.open(BytesIO(data)) as image:
        assert image.getexif()[315] == "Dorothea"


def test_the_same_frames_give_the_same_bytes():
    for name in ("png", "webp", "gif"):
        assert written([frame(0), frame(1)], name) == written([frame(0), frame(1)], name)
