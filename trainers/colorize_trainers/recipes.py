"""Recipes: everything that decides a training run except its data, as data.

`paper-plain` and `paper-skip` are the two experiments of Putta, Ravikumar and Provenzani 2022:
sizes, filters, batch, epochs and augmentation as its section 3 states them, the generator's loss
in the minimax form that its section 2.1 prints, with no L1 term, which it does not mention. What
it does not state follows Isola et al. 2017 (Adam at 2e-4, beta1 0.5).
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from math import inf
from typing import Any, Final, Literal, Self

from colorize_cli.core.architecture import (
    ColorSpace,
    DiscriminatorFamily,
    DiscriminatorSpec,
    GeneratorSpec,
)
from colorize_cli.core.augmentation import NOT_AUGMENTED, Augmentation
from colorize_cli.core.backend import Precision
from colorize_cli.core.batches import Variant
from colorize_cli.core.cgan_config import CganConfig, LossForm
from colorize_cli.core.errors import BadConfigError, UsageError
from colorize_cli.core.suggestions import did_you_mean
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
    learning rate over all steps, which rises in the first `warm_steps` (`schedules`).
    `augmentation` varies the pictures beyond the turns that `variants` are. All pictures of a
    batch are shown at one of `sizes`, drawn anew for each batch; without any, at the dataset's
    own. `encoder` names the pretrained weights from which the generator's encoder starts
    (`pretrained`). `discriminator_width` None is `base_width`. A run keeps the model of the `best`
    epoch by the ab error on the test pairs, which prefers dull colours, or of the `last`.
    Fields that are named as those of `CganConfig` or of the specs in it mean the same.
    """

    name: str
    summary: str
    family: str = "unet"
    output: ColorSpace = "rgb"
    has_skips: bool = True
    base_width: int = 64
    size: int = 128
    sizes: tuple[int, ...] = ()
    encoder: str | None = None
    discriminator: DiscriminatorFamily = "whole"
    discriminator_width: int | None = None
    loss: LossForm = "minimax"
    l1_weight: float = 0.0
    chroma_weight: float = 0.0
    smoothness: float = 0.0
    learning_rate: float = 2e-4
    encoder_rate: float = 1.0
    discriminator_rate: float = 1.0
    beta1: float = 0.5
    precision: Precision = "float32"
    variants: tuple[Variant, ...] = ("original",)
    epochs: int = 50
    batch_size: int = 32
    warm_up_epochs: int = 0
    ema_decay: float = 0.0
    micro_batch: int | None = None
    schedule: Schedule = "constant"
    warm_steps: int = 0
    keeps: Literal["best", "last"] = "best"
    augmentation: Augmentation = NOT_AUGMENTED

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> Self:
        """Read the JSON form; what earlier versions did not write has its default.

        Raises KeyError, TypeError or BadConfigError if it does not fit.
        """
        read = {**entries, "variants": tuple(entries["variants"])}
        read["sizes"] = tuple(entries.get("sizes", ()))
        read["augmentation"] = Augmentation(**entries.get("augmentation", {}))
        return cls(**read)

    def cgan_config(self) -> CganConfig:
        """Return the networks and the step of this recipe."""
        return CganConfig(
            generator=GeneratorSpec(
                family=self.family,
                output=self.output,
                has_skips=self.has_skips,
                base_width=self.base_width,
                size=self.size,
            ),
            discriminator=DiscriminatorSpec(
                family=self.discriminator,
                output=self.output,
                base_width=self.discriminator_width or self.base_width,
                size=self.size,
            ),
            loss=self.loss,
            l1_weight=self.l1_weight,
            chroma_weight=self.chroma_weight,
            smoothness=self.smoothness,
            learning_rate=self.learning_rate,
            encoder_rate=self.encoder_rate,
            discriminator_rate=self.discriminator_rate,
            beta1=self.beta1,
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
            summary="a small U-Net that predicts ab with an L1 term",
            output="ab",
            # 2.6 M parameters, a model file of 10 MB.
            base_width=16,
            loss="nonsaturating",
            # The next two after a few short trials on some 7,000 photos, one seed each: with
            # Isola's 100 at 2e-4 the ab error on held-out photos was above that of gray after two
            # epochs.
            l1_weight=3000.0,
            learning_rate=5e-4,
            precision="bfloat16",
            variants=("original", "mirrored"),
            epochs=8,
        ),
        Recipe(
            name="natural",
            summary="a pretrained encoder, ab, a patch adversary: the bundled model `natural`",
            family="efficientnet-unet",
            encoder="efficientnet-lite0",
            output="ab",
            base_width=32,
            # Each costs as its square: this mixture as one size of 125 pixels.
            sizes=(96, 96, 128, 128, 160),
            discriminator="patch-spectral",
            # An eighth more time for a step (measured on one processor core).
            discriminator_width=16,
            loss="hinge",
            # 100 left the adversary without a say, 10 cost 0.7 in ab error for little colour, in
            # trials of 2.5 minutes (docs/models/natural.md).
            l1_weight=30.0,
            # 0 is dull, 5.5 and more lay a warm veil over what the network does not know.
            chroma_weight=2.0,
            smoothness=0.05,
            # Isola's beta1 of 0.5 is for training that is adversarial from the start.
            beta1=0.9,
            learning_rate=1e-3,
            encoder_rate=0.3,
            # As DeOldify's critic (Antic 2019).
            discriminator_rate=5.0,
            precision="bfloat16",
            variants=("original", "mirrored"),
            epochs=9,
            warm_up_epochs=7,
            ema_decay=0.999,
            schedule="cosine",
            warm_steps=300,
            keeps="last",
            augmentation=Augmentation(crop=0.4, tone=0.6, grain=0.04, blur=0.8),
        ),
        Recipe(
            name="pix2pix",
            summary="Isola et al. 2017 for colour: dropout, 70x70 patches, L1 weight 100",
            family="unet-dropout",
            output="ab",
            discriminator="patch",
            loss="nonsaturating",
            l1_weight=100.0,
            variants=("original", "mirrored"),
            # Their colorization has batches of 4 and mirrors alone (appendix 6.2); on ImageNet it
            # took some 6 epochs. 100 at the full rate and 100 at a falling one is what their
            # PyTorch code does with the smaller sets.
            batch_size=4,
            epochs=200,
            schedule="linear",
        ),
    )
}


def find_recipe(name: str) -> Recipe:
    """Return a recipe by name. Raises UsageError that lists the names."""
    try:
        return RECIPES[name]
    except KeyError:
        known = f"(there are {', '.join(RECIPES)}){did_you_mean(name, list(RECIPES))}"
        raise UsageError(f"there is no recipe {name!r} {known}") from None


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
    for name in ("l1_weight", "chroma_weight"):
        if not 0 <= given.get(name, 0) < inf:
            raise UsageError(f"--{name.replace('_', '-')} must be at least 0, and finite")
    if "augmentation" in given:
        given["augmentation"] = _augmentation(given["augmentation"])
    options = {"augmentation": "augment", "output": "predict"}
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
