"""All that is fuzzed, by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import model_targets
import picture_targets
import text_targets
from children import Case


@dataclass(frozen=True)
class Target:
    """A kind of case, and how many are done unless more are asked for."""

    case: Case
    cases: int


TARGETS: Final[Mapping[str, Target]] = {
    "pictures": Target(picture_targets.color_pictures, 600),
    "blocks": Target(picture_targets.read_blocks, 600),
    "attached": Target(picture_targets.attach_blocks, 300),
    "sniffing": Target(picture_targets.sniff_files, 300),
    "strokes": Target(picture_targets.read_side_pictures, 200),
    "models": Target(model_targets.read_models, 300),
    "onnx": Target(model_targets.read_onnx_models, 200),
    "torch-files": Target(model_targets.read_torch_files, 600),
    "checkpoints": Target(model_targets.read_checkpoints, 300),
    "datasets": Target(text_targets.read_datasets, 200),
    "runs": Target(text_targets.read_runs, 200),
    "cards": Target(text_targets.read_cards, 100),
    "settings": Target(text_targets.read_settings, 200),
    "names": Target(text_targets.read_names, 60),
    "journals": Target(text_targets.read_journals, 200),
}
