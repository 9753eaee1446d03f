"""Recipes: everything that decides a training run except its data, as data.

`paper-plain` and `paper-skip` are the two experiments of Putta, Ravikumar and Provenzani 2022:
sizes, filters, batch, epochs and augmentation as its section 3 states them, the generator's loss
in the minimax form that its section 2.1 prints, with no L1 term, which it does not mention. What
it does not state follows Isola et al. 2017 (Adam at 2e-4, beta1 0.5).
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from math import inf
from typing import Any, Final, Self

from colorize_cli.core.architecture import ColorSpace, DiscriminatorSpec, GeneratorSpec
from colorize_cli.core.augmentation import NOT_AUGMENTED, Augmentation
from colorize_cli.core.backend import CganConfig, LossForm, Precision
from colorize_cli.core.batches import Variant
from colorize_cli.core.errors import BadConfigError, UsageError
from colorize_trainers.schedules import Schedule

PAPER_VARIANTS: Final[tuple[Variant, ...]] = (
    "original",
    "mirrored",
    "turned_right",
    "turned_left",
)
"""The paper's augmentation: 1,710 photos flipped and turned both ways make 6,840."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A named set of choices; `size` is that of the dataset it was made for.

    In the first `warm_up_epochs` the generator learns from L1 alone; `schedule` is that of the
    learning rate over all steps (`schedules`). `ema_decay` and `micro_batch`: see `CganConfig`.
    `augmentation` varies the pictures beyond the turns that `variants` are.
    """

    name: str
    summary: str
    output: ColorSpace = "rgb"
    has_skips: bool = True
    base_width: int = 64
    size: int = 128
    loss: LossForm = "minimax"
    l1_weight: float = 0.0
    learning_rate: float = 2e-4
    precision: Precision = "float32"
    variants: tuple[Variant, ...] = ("original",)
    epochs: int = 50
    batch_size: int = 32
    warm_up_epochs: int = 0
    ema_decay: float = 0.0
    micro_batch: int | None = None
    schedule: Schedule = "constant"
    augmentation: Augmentation = NOT_AUGMENTED

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> Self:
        """Read the JSON form; what earlier versions did not write has its default.

        Raises KeyError, TypeError or BadConfigError if it does not fit.
        """
        read = {**entries, "variants": tuple(entries["variants"])}
        read["augmentation"] = Augmentation(**entries.get("augmentation", {}))
        return cls(**read)

    def cgan_config(self) -> CganConfig:
        """Return the networks and the step of this recipe."""
        return CganConfig(
            generator=GeneratorSpec(
                output=self.output,
                has_skips=self.has_skips,
                base_width=self.base_width,
                size=self.size,
            ),
            discriminator=DiscriminatorSpec(
                output=self.output, base_width=self.base_width, size=self.size
            ),
            loss=self.loss,
            l1_weight=self.l1_weight,
            learning_rate=self.learning_rate,
            precision=self.precision,
            ema_decay=self.ema_decay,
            micro_batch=self.micro_batch,
        )


RECIPES: Final[Mapping[str, Recipe]] = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            name="paper-plain",
            summary="the paper's first model: no skip connections, 1,710 photos, 400 epochs",
            has_skips=False,
            epochs=400,
        ),
        Recipe(
            name="paper-skip",
            summary="the paper's second model: skip connections, 6,840 pictures, 50 epochs",
            variants=PAPER_VARIANTS,
            epochs=50,
        ),
        Recipe(
            name="compact",
            summary="a small U-Net that predicts ab with an L1 term, as the bundled model",
            output="ab",
            # 2.6 M parameters, a model file of 10 MB.
            base_width=16,
            loss="nonsaturating",
            # The next two after a few short trials on some 7,000 photos, one seed each: with
            # Isola's 100 at 2e-4 the ab error on held-out photos was above that of gray after two
            # epochs. The bundled model's last epoch went on at 5e-5 (colorize_cli/models/birds.md).
            l1_weight=3000.0,
            learning_rate=5e-4,
            precision="bfloat16",
            variants=("original", "mirrored"),
            epochs=8,
        ),
    )
}


def find_recipe(name: str) -> Recipe:
    """Return a recipe by name. Raises UsageError that lists the names."""
    try:
        return RECIPES[name]
    except KeyError:
        known = ", ".join(RECIPES)
        raise UsageError(f"there is no recipe {name!r} (there are {known})") from None


def recipe_with(recipe: Recipe, changes: Mapping[str, Any]) -> tuple[Recipe, dict[str, str]]:
    """Return a recipe with the options that were given, and where each of them came from.

    Options that are None were not given. Raises UsageError for values that make no sense.
    """
    given = {name: value for name, value in changes.items() if value is not None}
    for name in ("epochs", "batch_size", "base_width", "micro_batch"):
        if given.get(name, 1) < 1:
            raise UsageError(f"--{name.replace('_', '-')} must be at least 1")
    if not 0 <= given.get("ema_decay", 0) < 1:
        raise UsageError("--ema-decay must be at least 0 and below 1; 0.999 is usual")
    if not 0 < given.get("learning_rate", 1) < inf:
        raise UsageError("--learning-rate must be above 0, and finite")
    if not 0 <= given.get("l1_weight", 0) < inf:
        raise UsageError("--l1-weight must be at least 0, and finite")
    if "augmentation" in given:
        given["augmentation"] = _augmentation(given["augmentation"])
    options = {"augmentation": "augment"}
    origins = {name: f"--{options.get(name, name).replace('_', '-')}" for name in given}
    return replace(recipe, **given), origins


def _augmentation(amounts: Mapping[str, float]) -> Augmentation:
    kinds = [entry.name for entry in fields(Augmentation)]
    for kind in amounts:
        if kind not in kinds:
            raise UsageError(f"there is no augmentation {kind!r} (there are {', '.join(kinds)})")
    try:
        return Augmentation(**amounts)
    except BadConfigError as error:
        raise UsageError(error.reason) from error
