"""Which model is meant: a bundled name, a model file, an exported file or a run directory."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from colorize_cli.core.config import read_config
from colorize_cli.core.errors import NoInputError, NoPermissionError
from colorize_cli.core.model_names import SUFFIX, is_onnx_name

if TYPE_CHECKING:
    from colorize_cli.core.model_file import Model

VARIABLE: Final = "COLORIZE_MODEL"
DEFAULT_MODEL: Final = "natural"
BUNDLED_FOLDER: Final = Path(__file__).parent.parent / "models"
RUN_MODEL: Final = f"model{SUFFIX}"
"""Where a run directory keeps the model that it has trained."""


def find_model(name: str | None = None) -> "Model":
    """Read the model that `--model`, COLORIZE_MODEL or the settings name, or the bundled one.

    Raises NoInputError if there is none, BadConfigError if the file is damaged or does not fit.
    """
    path = model_path(chosen_model(name))
    if is_onnx_name(path):
        from colorize_cli.core import onnx_graph

        return onnx_graph.read_model(path)
    from colorize_cli.core.model_file import read_model

    return read_model(path, is_mapped=path.parent == BUNDLED_FOLDER)


def chosen_model(name: str | None = None) -> str:
    """Return what names the model: `--model`, COLORIZE_MODEL, the settings, else the default."""
    return name or os.environ.get(VARIABLE) or read_config().model or DEFAULT_MODEL


def bundled_models() -> list[str]:
    """Return the names of the models that come with colorize, sorted."""
    return sorted(path.stem for path in BUNDLED_FOLDER.glob(f"*{SUFFIX}"))


def model_path(chosen: str) -> Path:
    """Return the file that a model's name, path or run directory stands for.

    Raises NoInputError if it stands for nothing, NoPermissionError if it cannot be read.
    """
    bundled = BUNDLED_FOLDER / f"{chosen}{SUFFIX}"
    if os.sep not in chosen and bundled.is_file():
        return bundled
    path = Path(chosen)
    _check_access(chosen, path)
    if not path.is_dir():
        return path
    if not (path / RUN_MODEL).is_file():
        reason = f"no model in this folder yet: a run has {RUN_MODEL} after its first epoch"
        raise NoInputError(reason, path=path)
    return path / RUN_MODEL


def _check_access(chosen: str, path: Path) -> None:
    try:
        is_there = path.exists()
    except PermissionError:
        is_there = True
    if not is_there:
        raise NoInputError(_unknown(chosen), path=path)
    if not os.access(path, os.R_OK):
        raise NoPermissionError("no permission to read this model", path=path)


def _unknown(chosen: str) -> str:
    from difflib import get_close_matches

    names = bundled_models()
    close = get_close_matches(chosen, names, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    known = ", ".join(names) or "none"
    return f"no such model file or run directory, nor a bundled model ({known}){hint}"
