"""One file for every framework: a generator's weights with all that is needed to use them.

The file is safetensors with float32 arrays named and laid out as `core.layers` says; its header
states the format version, the architecture, the colour conventions, how it was trained, its
licence and where it comes from.
"""

import hashlib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from colorize_cli.core.architecture import GeneratorSpec, build_generator
from colorize_cli.core.color_constants import COLOR_CONVENTIONS
from colorize_cli.core.errors import BadConfigError
from colorize_cli.core.layers import misfits
from colorize_cli.core.records import made_by, record
from colorize_cli.core.tensor_file import map_tensors, read_outline, read_tensors, write_tensors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORMAT_VERSION: Final = 1
KIND: Final = "model"


@record
class Model:
    """A generator: its architecture, its weights, and what is known about them.

    `training` states facts (recipe, data and its fingerprint, steps, metrics); `provenance` who
    made it with which version of what; `path` is the model file it was read from, if any.
    """

    generator: GeneratorSpec
    weights: "Mapping[str, NDArray[np.float32]]"
    training: Mapping[str, Any] = made_by(default_factory=dict)
    license: str = "unstated"
    provenance: Mapping[str, Any] = made_by(default_factory=dict)
    path: Path | None = None

    @cached_property
    def identity(self) -> str:
        """The SHA-256 of architecture and weights: equal for models that colour alike."""
        import numpy as np

        arrays = {name: np.ascontiguousarray(array).data for name, array in self.weights.items()}
        return digest_of(self.generator, arrays)

    def header(self) -> dict[str, Any]:
        """Return the header as the file carries it."""
        return {
            "kind": KIND,
            "format_version": FORMAT_VERSION,
            "generator": self.generator.as_dict(),
            "color": dict(COLOR_CONVENTIONS),
            "training": dict(self.training),
            "license": self.license,
            "provenance": dict(self.provenance),
        }


def digest_of(generator: GeneratorSpec, arrays: Mapping[str, memoryview]) -> str:
    """Return the SHA-256 of an architecture and of its arrays of float32."""
    digest = hashlib.sha256(repr(sorted(generator.as_dict().items())).encode())
    for name in sorted(arrays):
        digest.update(name.encode())
        digest.update(arrays[name])
    return digest.hexdigest()


def write_model(path: Path, model: Model) -> None:
    """Write a model file, atomically. Raises BadConfigError if the weights do not fit."""
    check_fit(model)
    write_tensors(path, model.weights, model.header())


def read_model(path: Path, *, is_mapped: bool = False) -> Model:
    """Read a model file. Raises NoInputError or, whatever does not fit, BadConfigError.

    A file that nobody writes to may be mapped, which is sooner done than to copy it.
    """
    weights, header = (map_tensors(path) if is_mapped else None) or read_tensors(path)
    try:
        model = model_from(header, weights, path)
        check_fit(model)
    except BadConfigError as error:
        raise BadConfigError(error.reason, path=path) from error
    return model


def read_generator(path: Path) -> tuple[GeneratorSpec, dict[str, tuple[int, int]]]:
    """Return what generator a model file holds, and where in it each array lies, unchecked.

    Needs no NumPy. Raises BadConfigError or what `read_outline` raises for other files.
    """
    header, offsets = read_outline(path)
    return GeneratorSpec.from_dict(header["generator"]), offsets


def model_from(
    header: Mapping[str, Any], weights: "Mapping[str, NDArray[np.float32]]", path: Path
) -> Model:
    """Build a model from a header that some file carried. Raises BadConfigError."""
    check_header(header)
    return Model(
        generator=GeneratorSpec.from_dict(header["generator"]),
        weights=weights,
        training=header.get("training", {}),
        license=header.get("license", "unstated"),
        provenance=header.get("provenance", {}),
        path=path,
    )


def check_fit(model: Model) -> None:
    """Raise BadConfigError unless the weights are numbers, and just those that are needed."""
    import numpy as np

    faults = list(misfits(build_generator(model.generator), model.weights))
    if faults:
        rest = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise BadConfigError(f"the weights do not fit the architecture: {faults[0]}{rest}")
    for name, array in model.weights.items():
        if not np.isfinite(array).all():
            raise BadConfigError(f"the array {name!r} holds what is no number: it cannot be used")


def check_header(header: Mapping[str, Any]) -> None:
    """Raise BadConfigError unless a header is that of a model which is known here."""
    if header.get("kind") != KIND:
        raise BadConfigError(f"this is a {header.get('kind', 'file')}, not a model")
    version = header.get("format_version")
    if version != FORMAT_VERSION:
        raise BadConfigError(
            f"model format {version} is not known here (known: {FORMAT_VERSION}); update colorize"
        )
    if header.get("color") != COLOR_CONVENTIONS:
        raise BadConfigError("the model's colour conventions are not the ones known here")
    if not isinstance(header.get("generator"), Mapping):
        raise BadConfigError("the header does not describe a generator")
    if not all(isinstance(header.get(key, {}), Mapping) for key in ("training", "provenance")):
        raise BadConfigError("the header's training or provenance is no object")
    if not isinstance(header.get("license", ""), str):
        raise BadConfigError("the header's license is no text")
