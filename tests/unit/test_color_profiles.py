"""Profiles that are more than a matrix and curves, and depths that survive them."""

import struct
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms
from skimage.color import rgb2lab

from color_profiles_by_hand import named_profile, s15
from colorize_cli.core.color_profiles import to_srgb
from colorize_cli.core.image_samples import Samples
from pictures import gray_profile

DEEP = np.random.default_rng(3).integers(0, 65536, (12, 16, 3)).astype(np.uint16)


def table_profile() -> bytes:
    """Return a profile of RGB whose only means is a table of its eight corners (mft1)."""
    corners = np.stack(np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij"), axis=-1).reshape(8, 3)
    lab = rgb2lab(corners * 0.9 + 0.02) * [2.55, 1, 1] + [0, 128, 128]
    ramp = bytes(range(256)) * 3
    matrix = s15(1, 0, 0, 0, 1, 0, 0, 0, 1)
    table = b"mft1" + bytes(4) + bytes([3, 3, 2, 0]) + matrix + ramp
    table += lab.round().astype(np.uint8).tobytes() + ramp
    text = struct.pack(">4sI", b"text", 0) + b"none\0" + b"\0" * 3
    name = struct.pack(">4sII", b"desc", 0, 5) + b"test\0" + b"\0" * 79
    white = b"XYZ \0\0\0\0" + s15(0.9642, 1.0, 0.8249)
    parts = {b"desc": name, b"cprt": text, b"wtpt": white, b"A2B0": table}
    places, body, start = b"", b"", 128 + 4 + 12 * len(parts)
    for tag, content in parts.items():
        places += struct.pack(">4sII", tag, start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    fields = (start + len(body), b"", 0x02400000, b"mntr", b"RGB ", b"Lab ", b"", b"acsp")
    header = struct.pack(">I4sI4s4s4s12s4s", *fields) + bytes(28) + s15(0.9642, 1.0, 0.8249)
    return header.ljust(128, b"\0") + struct.pack(">I", len(parts)) + places + body


def test_16_bits_with_a_profile_of_tables_are_reduced_with_a_warning():
    result = to_srgb(Samples(codes=DEEP.copy(), mode="RGB"), table_profile())
    assert result.codes.dtype == np.uint8
    assert "tables" in result.warnings[0]
    source = ImageCms.ImageCmsProfile(BytesIO(table_profile()))
    shallow = Image.fromarray(((DEEP.astype(int) + 128) // 257).astype(np.uint8))
    target = ImageCms.createProfile("sRGB")
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
    expected = ImageCms.profileToProfile(shallow, source, target, 1, flags=flags)
    np.testing.assert_array_equal(result.codes, np.asarray(expected))


@pytest.mark.parametrize("name", ["Display P3", "Adobe RGB", "ProPhoto"])
def test_16_bits_stay_16_bits_and_alpha_too(name):
    alpha = DEEP[..., 0].copy()
    samples = Samples(codes=DEEP.copy(), mode="RGB", alpha=alpha)
    result = to_srgb(samples, named_profile(name))
    assert result.codes.dtype == np.uint16
    assert result.warnings == ()
    np.testing.assert_array_equal(result.alpha, alpha)


def test_codes_that_may_not_be_written_are_copied_first():
    codes = DEEP.copy()
    codes.flags.writeable = False
    result = to_srgb(Samples(codes=codes, mode="RGB"), named_profile("Adobe RGB"))
    np.testing.assert_array_equal(codes, DEEP)
    assert not np.array_equal(result.codes, DEEP)


def test_deep_gray_with_an_rgb_profile_follows_its_curve_at_16_bits():
    ramp = np.arange(0, 65536, 16, dtype=np.uint16)[None]
    result = to_srgb(Samples(codes=ramp, mode="L"), named_profile("Adobe RGB"))
    light = (ramp / 65535) ** (563 / 256)
    high = 1.055 * light ** (1 / 2.4) - 0.055
    expected = np.where(light <= 0.0031308, 12.92 * light, high) * 65535
    np.testing.assert_allclose(result.codes, expected, atol=0.51)


def test_a_profile_for_other_samples_is_left_out_with_a_warning():
    samples = Samples(codes=DEEP.copy(), mode="RGB")
    result = to_srgb(samples, gray_profile(1.8))
    np.testing.assert_array_equal(result.codes, DEEP)
    assert "does not fit" in result.warnings[0]
