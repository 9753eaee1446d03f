"""What a backend leaves alone, what it takes, and what it refuses."""

from collections.abc import Callable
from contextlib import chdir
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from colorize_cli.core import onnx_graph
from colorize_cli.core.errors import UnavailableError
from colorize_cli.core.model_file import read_model, write_model
from colorize_cli.testing.plugin_checks import excerpt
from colorize_cli.testing.promises import ROUNDING, expect, expect_close, expect_refusal
from colorize_cli.testing.samples import make_config, make_gray, make_model
from colorize_cli.testing.standard_output import captured_stdout, written_to
from colorize_cli.testing.subject import Subject

ABSENT_DEVICES: Final = ("quantum", "cuda:99", "")
"""A kind of device that nobody has, a number that no machine has, and none at all."""


def leaves_the_input(subject: Subject) -> None:
    """Compare the gray picture before and after."""
    gray = make_gray(2)
    subject.colorizer(make_model())(gray)
    expect_close(gray, make_gray(2), "the gray picture left as it was")


def takes_any_memory_layout(subject: Subject) -> None:
    """Colour a read-only picture whose numbers do not lie in order, and a view into a larger."""
    gray, colorizer = make_gray(2, 2, 2), subject.colorizer(make_model())
    expected = np.copy(colorizer(gray.copy()))
    read_only = np.asfortranarray(gray)
    read_only.flags.writeable = False
    padded = np.zeros((*gray.shape[:3], gray.shape[3] + 1), np.float32)
    padded[..., 1:] = gray
    backwards = np.ascontiguousarray(gray[..., ::-1])[..., ::-1]
    for layout, view in (
        ("read-only and in Fortran order", read_only),
        ("a part of a larger array", padded[..., 1:]),
        ("stored backwards", backwards),
    ):
        promised = f"the same colour for gray that is {layout}"
        expect_close(colorizer(view), expected, promised, tolerance=ROUNDING)


def keeps_earlier_results(subject: Subject) -> None:
    """Colour twice, write over a result, colour again."""
    gray, colorizer = make_gray(seed=1), subject.colorizer(make_model())
    first = colorizer(gray.copy())
    kept = np.copy(first)
    colorizer(make_gray(seed=2))
    expect_close(first, kept, "a result that a later call does not change")
    if first.flags.writeable:
        first[:] = 9
    promised = "colour that does not depend on what became of an earlier result"
    expect_close(colorizer(gray.copy()), kept, promised, tolerance=ROUNDING)


def leaves_the_model(subject: Subject) -> None:
    """Compare the weights before and after."""
    model = make_model()
    subject.colorizer(model)(make_gray())
    untouched = make_model()
    for name, array in untouched.weights.items():
        expect_close(model.weights[name], array, f"the model's {name} left as it was")


def refuses_absent_devices(subject: Subject) -> None:
    """Ask for devices that are not there."""
    _check_refusals(subject, partial(subject.colouring.load_colorizer, make_model()))


def refuses_to_train_on_absent_devices(subject: Subject) -> None:
    """Ask for devices that are not there, to train on."""
    _check_refusals(subject, partial(subject.trainer.create_cgan, make_config()))


def reads_model_files(subject: Subject) -> None:
    """Save a model and colour with what is read back, from safetensors and from ONNX."""
    gray = make_gray(2)
    expected = np.copy(subject.colorizer(make_model())(gray.copy()))
    with TemporaryDirectory() as folder:
        path = Path(folder, "my modél")
        write_model(path, make_model())
        onnx_graph.write_onnx(path.with_suffix(".onnx"), make_model())
        for kind, found in (
            ("model", read_model(path)),
            ("exported", onnx_graph.read_model(path.with_suffix(".onnx"))),
        ):
            promised = f"from a file ({kind}), the colour of the model in memory"
            color = subject.colorizer(found)(gray.copy())
            expect_close(color, expected, promised, tolerance=ROUNDING)
        with chdir(folder):
            promised = "a model found by a relative path"
            color = subject.colorizer(read_model(Path(path.name)))(gray.copy())
            expect_close(color, expected, promised, tolerance=ROUNDING)


def heeds_the_weights(subject: Subject) -> None:
    """Change the weights, or the file, after the model was read."""
    gray = make_gray()
    first, second = (np.copy(subject.colorizer(make_model(seed))(gray.copy())) for seed in (1, 2))
    with TemporaryDirectory() as folder:
        path = Path(folder, "model.safetensors")
        write_model(path, make_model(1))
        changed = replace(read_model(path), weights=make_model(2).weights)
        promised = "the weights in memory decide, not the file that they came from"
        color = subject.colorizer(changed)(gray.copy())
        expect_close(color, second, promised, tolerance=ROUNDING)
        read = read_model(path)
        write_model(path, make_model(2))
        color = subject.colorizer(read)(gray.copy())
        expect_close(color, first, promised, tolerance=ROUNDING)


def colours_quietly(subject: Subject) -> None:
    """Look at stdout while a model is loaded and colours."""
    with captured_stdout() as file:
        subject.colorizer(make_model())(make_gray())
        written = written_to(file)
    expect(not written, "nothing on stdout while loading and colouring", excerpt(written))


def _check_refusals(subject: Subject, load: Callable[..., object]) -> None:
    listed = {name.partition(":")[0] for name in subject.backend.probe().devices}
    for name in (*ABSENT_DEVICES, *sorted({"cuda", "mps"} - listed)):
        promised = f"device {name!r} refused with UnavailableError, as it is not there"
        expect_refusal(UnavailableError, partial(load, device=name), promised)
