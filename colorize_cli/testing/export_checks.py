"""What a backend that exports promises of the files."""

from pathlib import Path
from tempfile import TemporaryDirectory

from colorize_cli.core import onnx_graph
from colorize_cli.core.architecture import CHANNELS
from colorize_cli.core.errors import UsageError
from colorize_cli.plugins import choose_inference_backend
from colorize_cli.testing.promises import TOLERANCE, expect, expect_close, expect_refusal
from colorize_cli.testing.samples import SHAPES, make_gray, make_model
from colorize_cli.testing.subject import Subject

READER = "onnx"


def exports_what_it_computes(subject: Subject) -> None:
    """Export to ONNX, load the file in the embedded backend and compare."""
    for output in CHANNELS:
        model = make_model(output=output)
        with TemporaryDirectory() as folder:
            path = Path(folder, "model.onnx")
            subject.trainer.export(model, path, form="onnx")
            exported = onnx_graph.read_model(path)
            reader = choose_inference_backend(READER).load_colorizer(exported, device="cpu")
            original = subject.trainer.load_colorizer(model, device=subject.device)
            for shape in SHAPES:
                gray = make_gray(*shape)
                promised = f"an exported file ({output}) that colours as the backend does"
                expect_close(reader(gray), original(gray), promised, tolerance=TOLERANCE)


def refuses_unknown_forms(subject: Subject) -> None:
    """Ask for a form that nobody knows."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "model")
        promised = "an unknown form of export refused with UsageError"
        expect_refusal(
            UsageError, lambda: subject.trainer.export(make_model(), path, form="clay"), promised
        )
        expect(not path.exists(), "nothing written in an unknown form", "a file")
