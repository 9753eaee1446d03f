"""How files of models are called."""

from pathlib import Path
from typing import Final

SUFFIX: Final = ".safetensors"
ONNX_SUFFIX: Final = ".onnx"


def is_onnx_name(path: Path) -> bool:
    """Whether a file is called as exported models are, which `core.onnx_graph` reads."""
    return path.suffix.lower() == ONNX_SUFFIX
