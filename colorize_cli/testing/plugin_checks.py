"""How a backend arrives: what it imports, prints and says of itself."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from colorize_cli.core.backend import API_VERSION, Backend, TrainingBackend
from colorize_cli.core.model_file import write_model
from colorize_cli.testing.first_meeting import Meeting, meet_in_a_fresh_process
from colorize_cli.testing.promises import TOLERANCE, NotApplicable, expect, expect_close
from colorize_cli.testing.samples import make_gray, make_model
from colorize_cli.testing.subject import Subject

FRAMEWORKS: Final = frozenset(
    {
        "ai_edge_litert", "cupy", "flax", "jax", "keras", "mlx", "mxnet", "onnxruntime", "openvino",
        "paddle", "tensorflow", "tf_keras", "tflite_runtime", "tinygrad", "torch", "triton",
    }
)  # fmt: skip
"""Modules that take long to import; the one that the probe names is added to them."""
EXCERPT: Final = 60
"""So much of what was printed is shown."""


def imports_no_framework(subject: Subject) -> None:
    """Look which modules come with the plug-in and its probe."""
    meeting = _met(meet_in_a_fresh_process(_plugin(subject)))
    heavy = sorted((FRAMEWORKS | {meeting.framework}) & meeting.imported)
    promised = "importing the plug-in and probing it imports no framework"
    expect(not heavy, promised, f"imports of {', '.join(heavy)}")


def starts_quietly(subject: Subject) -> None:
    """Look at stdout from the first import to the first colour."""
    with TemporaryDirectory() as folder:
        model = Path(folder, "model.safetensors")
        write_model(model, make_model())
        asked = model if subject.inference else None
        meeting = _met(
            meet_in_a_fresh_process(_plugin(subject), model=asked, device=subject.device)
        )
    promised = "a process in which it is imported, probed and first used finds stdout untouched"
    expect(not meeting.stdout, promised, excerpt(meeting.stdout))


def satisfies_the_contract(subject: Subject) -> None:
    """Look at members, version, and whether the capabilities are those of the hooks."""
    for backend, contract in ((subject.inference, Backend), (subject.training, TrainingBackend)):
        if backend is not None:
            promised = f"an object with all members of {contract.__name__}"
            expect(isinstance(backend, contract), promised, type(backend).__name__)
            version = backend.api_version
            expect(version == API_VERSION, f"api_version {API_VERSION}", version)
    for capability, role in (("infer", subject.inference), ("train", subject.training)):
        is_truthful = (capability in subject.capabilities) == (role is not None)
        promised = f"the capability {capability!r} just if it is offered"
        expect(is_truthful, promised, ", ".join(sorted(subject.capabilities)))
    _check_forms(subject)


def probes_truthfully(subject: Subject) -> None:
    """Colour on every device that the probe lists."""
    probe = subject.backend.probe()
    expect(probe == subject.backend.probe(), "the same answer at every probe", "another")
    expect(bool(probe.framework), "the name of a framework", repr(probe.framework))
    expect(bool(probe.devices), "a device, if it is available", "none")
    if subject.inference is None:
        return
    gray = make_gray()
    expected = np.copy(subject.colorizer(make_model())(gray.copy()))
    for asked in ("auto", *probe.devices):
        colorizer = subject.colouring.load_colorizer(make_model(), device=asked)
        place = probe.devices[0] if asked == "auto" else asked
        promised = f"device {asked!r} is {place!r} and says so"
        is_there = colorizer.device == place or colorizer.device.startswith(f"{place}:")
        expect(is_there, promised, repr(colorizer.device))
        promised = f"device {asked!r} colours as {subject.device!r} does"
        expect_close(colorizer(gray.copy()), expected, promised, tolerance=TOLERANCE)


def excerpt(written: bytes) -> str:
    """Return the beginning of what was printed, on one line."""
    rest = " ..." if len(written) > EXCERPT else ""
    return f"{len(written)} bytes: {written[:EXCERPT].decode(errors='replace')!r}{rest}"


def _check_forms(subject: Subject) -> None:
    forms = {name for name in subject.capabilities if name.startswith("export:")}
    other = subject.capabilities - forms - {"infer", "train"}
    expect(not other, "capabilities that colorize knows", ", ".join(sorted(other)))
    can_export = hasattr(subject.backend, "export")
    expect(can_export or not forms, f"a method export for {', '.join(sorted(forms))}", "none")


def _plugin(subject: Subject) -> str:
    if subject.plugin is None:
        raise NotApplicable("it was given as an object: only a plug-in can be met anew")
    return subject.plugin


def _met(meeting: Meeting) -> Meeting:
    promised = "a process of its own can import, probe and use it"
    expect(meeting.failure is None, promised, meeting.failure)
    return meeting
