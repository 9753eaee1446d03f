from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.color import rgb2lab

from colorize_cli.core.model_choice import find_model
from colorize_cli.core.picture import Picture
from colorize_cli.core.pipeline import colorize
from colorize_cli.plugins import choose_inference_backend


@pytest.mark.parametrize("name", ["nuthatch-gray.jpg", "nuthatch.jpg"])
def test_a_photo_and_its_enlargement_get_nearly_the_same_colours(name):
    with Image.open(Path(__file__).parents[2] / "examples" / name) as image:
        photo = image.convert("RGB").resize((320, 213), Image.Resampling.LANCZOS)
    large = photo.resize((640, 426), Image.Resampling.BICUBIC)
    model = find_model()
    colorizer = choose_inference_backend("onnx").load_colorizer(model, device="cpu")
    one, other = (
        colorize(Picture(codes=np.asarray(image)), model.generator, colorizer).codes
        for image in (photo, large)
    )
    reduced = np.asarray(Image.fromarray(other).resize(photo.size, Image.Resampling.BOX))
    ab = [rgb2lab(codes)[..., 1:] for codes in (one, reduced)]
    assert np.hypot(*np.moveaxis(ab[0], -1, 0)).mean() > 2
    assert np.hypot(*np.moveaxis(ab[0] - ab[1], -1, 0)).mean() < 1
