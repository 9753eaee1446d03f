"""What a model file, a checkpoint or an exported model is."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from colorize_cli.core.model_file import Model

CARD: Final = "MODEL_CARD.md"
"""What a run calls the card of its model."""


def model_facts(path: Path, *, name: str | None = None) -> dict[str, Any]:
    """Return what a model file tells; `name` is that of a bundled model."""
    from colorize_cli.core.model_file import read_model

    named = {} if name is None else {"name": name}
    return {"kind": "model", **named, "path": str(path), **_facts(read_model(path), path)}


def exported_facts(path: Path) -> dict[str, Any]:
    """Return what an exported ONNX file tells."""
    from colorize_cli.core.onnx_graph import read_metadata, read_model
    from colorize_cli.core.tensor_file import METADATA_KEY

    facts = {"form": "onnx", **_facts(read_model(path), path)}
    told = {**read_metadata(path), **facts}
    # Which the facts say in their own words.
    del told[METADATA_KEY], told["license"]
    return {"kind": "exported model", "path": str(path), **facts, **told}


def checkpoint_facts(path: Path, header: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the header of another file of ours tells: a checkpoint of training."""
    known = {key: value for key, value in header.items() if not isinstance(value, list)}
    kind = str(header.get("kind", "unknown"))
    return {"kind": kind, "path": str(path), "bytes": path.stat().st_size, **known}


def _facts(model: "Model", path: Path) -> dict[str, Any]:
    from colorize_cli.core.architecture import build_generator
    from colorize_cli.core.layers import count_trainable

    spec, training = model.generator, dict(model.training)
    return {
        "sha256": model.identity,
        "architecture": spec.family,
        "predicts": spec.output,
        "has_skips": spec.has_skips,
        "base_width": spec.base_width,
        "size": spec.size,
        "stride": spec.stride,
        "parameters": count_trainable(build_generator(spec)),
        "bytes": path.stat().st_size,
        "licence": model.license,
        "recipe": training.pop("recipe", None),
        "training": training,
        "provenance": dict(model.provenance),
        "card": _card(path),
    }


def _card(path: Path) -> str | None:
    """Return where the model is told of in words, if it is."""
    for card in (path.with_suffix(".md"), path.with_name(CARD)):
        if card.is_file():
            return str(card)
    return None
