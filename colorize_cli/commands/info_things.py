"""What `colorize info` is asked about, told apart by content."""

import json
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from colorize_cli.core.errors import NoInputError, NoPermissionError, NotAnImageError

EXPORTED: Final = "exported model"
GREATEST_HEADER: Final = 100_000_000
"""Bytes that the header of a safetensors file may have, by its own reader."""


def facts_of(thing: str) -> Mapping[str, Any]:
    """Return what is known of a thing, `kind` and `path` first.

    Raises NoInputError, NoPermissionError, NotAnImageError or BadConfigError for what is not
    there, of no known kind, or damaged.
    """
    from colorize_cli.core.model_choice import bundled_models, model_path

    if thing in bundled_models():
        from colorize_cli.commands.info_models import model_facts

        return model_facts(model_path(thing), name=thing)
    path = Path(thing)
    try:
        return _folder_facts(path) if path.is_dir() else _file_facts(path)
    except PermissionError as error:
        raise NoPermissionError("no permission to read this", path=path) from error
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise NoInputError(f"cannot be read: {reason}", path=path) from error


def _folder_facts(path: Path) -> Mapping[str, Any]:
    from colorize_cli.commands.info_folders import dataset_facts, run_facts
    from colorize_cli.core.dataset import FACTS_FILE
    from colorize_cli.core.exported_files import has_card
    from colorize_cli.core.model_choice import RUN_MODEL

    if (path / FACTS_FILE).exists():
        return dataset_facts(path)
    if (path / "config.json").exists():
        return run_facts(path)
    if has_card(path):
        return _card_facts(path)
    if (path / RUN_MODEL).exists():
        return _model_file_facts(path / RUN_MODEL)
    count = sum(1 for _ in path.iterdir())
    reason = f"a folder of {count} entries: neither a run, nor a dataset, nor an exported model"
    raise NoInputError(reason, path=path)


def _file_facts(path: Path) -> Mapping[str, Any]:
    from colorize_cli.core.exported_files import has_card
    from colorize_cli.core.model_names import is_onnx_name

    start = _start_of(path)
    if is_onnx_name(path) or _is_safetensors(start):
        return _model_file_facts(path)
    if has_card(path):
        return _card_facts(path)
    from PIL import UnidentifiedImageError

    from colorize_cli.commands.info_pictures import picture_facts

    try:
        return picture_facts(path)
    except NotAnImageError as error:
        if not isinstance(error.__cause__, UnidentifiedImageError):
            raise
        reason = "neither a picture that can be read, nor a model, run or dataset"
        raise NotAnImageError(reason, path=path) from error


def _model_file_facts(path: Path) -> Mapping[str, Any]:
    from colorize_cli.commands.info_models import checkpoint_facts, exported_facts, model_facts
    from colorize_cli.core.model_file import KIND
    from colorize_cli.core.model_names import is_onnx_name
    from colorize_cli.core.tensor_file import read_header

    if is_onnx_name(path):
        return exported_facts(path)
    header = read_header(path)
    return model_facts(path) if header.get("kind") == KIND else checkpoint_facts(path, header)


def _card_facts(path: Path) -> Mapping[str, Any]:
    from colorize_cli.core.exported_files import card_of

    card = json.loads(card_of(path).read_text("utf-8"))
    told = {key: value for key, value in card.items() if key != "kind"}
    return {"kind": EXPORTED, "path": str(path), **told, "card": str(card_of(path))}


def _start_of(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            # They may never end, and are read more than once.
            raise NoInputError("a pipe or a device, not a file", path=path)
        with path.open("rb") as file:
            return file.read(16)
    except (FileNotFoundError, NotADirectoryError) as error:
        from colorize_cli.core.model_choice import bundled_models

        names = ", ".join(bundled_models()) or "none"
        raise NoInputError(f"no such file, folder or bundled model ({names})", path=path) from error


def _is_safetensors(start: bytes) -> bool:
    """Whether a file begins with the length of a JSON header, and that header."""
    if start[8:9] != b"{":
        return False
    length = int.from_bytes(start[:8], "little")
    return 0 < length <= GREATEST_HEADER
