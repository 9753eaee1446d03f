"""Profiles that give sRGB's colours a gray profile's tone curve."""

import struct
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms

from color_profiles_by_hand import named_profile
from colorize_cli.core.tone_profiles import tags_of, with_tone_curve_of
from pictures import as_rgb, gray_profile


def shown(image: Image.Image, profile: bytes) -> np.ndarray:
    source, target = ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(image, source, target, 1, outputMode="RGB")
    return np.asarray(converted).astype(int)


@pytest.mark.parametrize("gamma", [1.8, 2.2, 2.4])
def test_a_gray_is_shown_as_light_as_with_its_own_profile(gamma):
    ramp = np.arange(256, dtype=np.uint8)[None]
    profile = with_tone_curve_of(gray_profile(gamma))
    as_gray = shown(Image.fromarray(ramp), gray_profile(gamma))
    as_color = shown(Image.fromarray(as_rgb(ramp)), profile or b"")
    assert np.abs(as_gray - as_color).max() <= 1


def test_a_profile_without_a_gray_curve_gives_none():
    assert with_tone_curve_of(named_profile("Adobe RGB")) is None


def test_the_same_profile_gives_the_same_bytes():
    assert with_tone_curve_of(gray_profile(2.2)) == with_tone_curve_of(gray_profile(2.2))


def test_tags_are_found_by_their_names():
    assert tags_of(gray_profile(1.8))[b"kTRC"][:4] == b"curv"
    with pytest.raises(struct.error):
        tags_of(b"short")
