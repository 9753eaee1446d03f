"""What a run came to, in plain sentences with its own numbers."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final, Literal, TypeAlias

from colorize_trainers.report.run import Curve, RunRecord, shown

Winner: TypeAlias = Literal["discriminator", "generator", "neither"]

UNDECIDED: Final[Mapping[str, float]] = {
    "minimax": 2 * math.log(2),
    "nonsaturating": 2 * math.log(2),
    "lsgan": 0.25,
    "hinge": 2.0,
}
"""The loss of a discriminator that cannot tell, by form of the loss.

It says one half to every picture (0 in logits for hinge): the formulas of Goodfellow et al. 2014,
Mao et al. 2017 (equation 9, each term halved), and Lim and Ye 2017 at that answer.
"""

WON_SHARE: Final = 0.1
"""Below this share of the undecided loss the discriminator has won.

Our own choice of what the paper calls "converged to zero": with cross entropy it is 0.14, where
each right answer gets a probability of 93 % (geometric mean).
"""

LAST_SHARE: Final = 0.1
"""The share of the epochs, the last ones, over which the loss is averaged to judge."""

_FORMS: Final = {
    "minimax": "minimax",
    "nonsaturating": "non-saturating",
    "lsgan": "least-squares",
    "hinge": "hinge",
}
_VARIANTS: Final = {
    "mirrored": "mirrored",
    "turned_right": "turned right",
    "turned_left": "turned left",
}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Which network prevailed, and the numbers that decide it.

    `loss` is the discriminator's median over the epochs `first` to `last`; `undecided` is that of
    one that cannot tell.
    """

    winner: Winner
    loss: float
    first: int
    last: int
    undecided: float


@dataclass(frozen=True, kw_only=True)
class ModelErrors:
    """The mean ab error of a model on test photos beside that of gray.

    `nearer` of the `photos` are nearer to the truth than gray is; both 0 where it is not known
    photo by photo. `epoch` is the model's; `is_best` whether it was chosen for its error.
    """

    model: float
    gray: float | None
    epoch: int | None = None
    photos: int = 0
    nearer: int = 0
    is_best: bool = True


def judge(run: RunRecord) -> Verdict | None:
    """Say which network won, by the rule of `rule_in_words`; None without losses to judge."""
    epochs, losses = run.losses("discriminator")
    undecided = UNDECIDED.get(str(run.recipe.get("loss")))
    if not losses or undecided is None:
        return None
    count = math.ceil(len(losses) * LAST_SHARE)
    # An optimizer that loses its way for an epoch must not decide: hence not the mean.
    middle = median(losses[-count:])
    winner: Winner = "neither"
    if middle < WON_SHARE * undecided:
        winner = "discriminator"
    elif middle >= undecided:
        winner = "generator"
    return Verdict(
        winner=winner, loss=middle, first=epochs[-count], last=epochs[-1], undecided=undecided
    )


def rule_in_words(verdict: Verdict) -> str:
    """State the rule and the numbers that it was applied to."""
    limit = WON_SHARE * verdict.undecided
    return (
        f"The rule: the discriminator has won if its median loss over the last tenth of the epochs "
        f"is below a tenth of {verdict.undecided:.2f}, the loss of one that cannot tell, so below "
        f"{number(limit)}; the generator has won if it is {verdict.undecided:.2f} or more. "
        f"Here it is {number(verdict.loss)} ({_epoch_range(verdict)})."
    )


def verdict_in_words(verdict: Verdict) -> str:
    """Say in a sentence which network won."""
    if verdict.winner == "discriminator":
        return "The discriminator won: it tells generated pictures from real ones nearly always."
    if verdict.winner == "generator":
        return "The generator won: the discriminator tells no better than a coin."
    return "Neither network won: the discriminator tells some pictures apart, but not nearly all."


def sentences(run: RunRecord, facts: Mapping[str, Any], errors: ModelErrors | None) -> list[str]:
    """Tell a run in words; `facts` are those of its model file (photos, pictures an epoch)."""
    verdict = judge(run)
    told = [*_recipe_words(run), *_data_words(run, facts), *_loss_words(run)]
    if verdict:
        told += [f"{verdict_in_words(verdict)} {rule_in_words(verdict)}"]
    if errors:
        told += [" ".join(_error_words(errors))]
    return told


def gain_in_words(errors: ModelErrors) -> str:
    """Say how the model compares with gray, or that gray is not known."""
    if errors.gray is None:
        return "the error of gray is not known"
    gain = errors.gray - errors.model
    share = f" ({100 * abs(gain) / errors.gray:.1f}\u00a0%)" if errors.gray else ""
    if round(gain, 2) == 0:
        return "neither nearer to the truth than gray nor farther from it"
    if gain > 0:
        return f"nearer to the truth than gray by {gain:.2f}{share}"
    return f"farther from the truth than gray by {-gain:.2f}{share}"


def loss_in_words(run: RunRecord) -> str:
    """Name the form of the loss, and the weight of its L1 term."""
    form, weight = run.recipe.get("loss"), run.recipe.get("l1_weight")
    name = _FORMS.get(str(form), shown(form))
    has_weight = isinstance(weight, int | float) and weight
    return f"{name} {f'with {weight:g} × L1' if has_weight else 'without L1'}"


def number(value: float) -> str:
    """Return a number to three digits, without an exponent where it can be read without."""
    if value == 0 or 1e-4 <= abs(value) < 1e6:
        digits = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
        return f"{value:,.{digits}f}"
    return f"{value:.2e}"


def epochs_in_words(run: RunRecord) -> str:
    """Say how many epochs are done, and of how many."""
    done, planned = len(run.epochs), run.recipe.get("epochs")
    return f"{done} of {planned}" if isinstance(planned, int) and planned > done else f"{done}"


def _recipe_words(run: RunRecord) -> Iterator[str]:
    recipe = run.recipe
    if not recipe:
        return
    skips = "with" if recipe.get("has_skips") else "without"
    has_own_encoder = recipe.get("family") == "efficientnet-unet"
    encoder = " around the encoder of EfficientNet-Lite0" if has_own_encoder else ""
    yield (
        f"Recipe {shown(recipe.get('name', 'unknown'))}: a U-Net{encoder} {skips} skip "
        f"connections, {recipe.get('base_width', '?')} filters in its "
        f"{'last' if has_own_encoder else 'first'} layer, that predicts "
        f"{'RGB' if recipe.get('output') == 'rgb' else 'ab'}; its loss is {loss_in_words(run)}."
    )


def _data_words(run: RunRecord, facts: Mapping[str, Any]) -> Iterator[str]:
    photos, pictures = facts.get("photos"), facts.get("images_per_epoch")
    trained = f"It was trained for {epochs_in_words(run)} epochs"
    if not isinstance(photos, int) or not isinstance(pictures, int):
        yield f"{trained} on {shown(run.settings.get('data', 'unknown data'))}."
        return
    variants = run.recipe.get("variants")
    names = [_VARIANTS[name] for name in variants if name in _VARIANTS] if variants else []
    also = f", each also {_listed(names)}: {pictures:,} pictures an epoch" if names else ""
    yield f"{trained} on {photos:,} photos{also}."


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _loss_words(run: RunRecord) -> Iterator[str]:
    for name, key in (("discriminator", "discriminator"), ("generator's adversarial", None)):
        curve = run.losses(key or "adversarial")
        if curve[0]:
            yield f"The {name} loss went {_from_to(curve)}."


def _from_to(curve: Curve) -> str:
    epochs, values = curve
    if len(epochs) == 1:
        return f"to {number(values[0])} (epoch {epochs[0]})"
    return (
        f"from {number(values[0])} (epoch {epochs[0]}) to {number(values[-1])} (epoch {epochs[-1]})"
    )


def _error_words(errors: ModelErrors) -> Iterator[str]:
    which = f" of epoch {errors.epoch}" if errors.epoch else ""
    where = f"the {errors.photos:,} test photos" if errors.photos else "the test photos"
    yield f"On {where} the colours of the model{which} are off by {errors.model:.2f} (ab error,"
    yield "the mean distance in the ab plane of Lab)."
    if errors.gray is not None:
        yield f"Gray, which has no colour at all, is off by {errors.gray:.2f}:"
        yield f"the model is {gain_in_words(errors)}."
    if errors.photos:
        yield f"It is nearer than gray on {errors.nearer:,} of the {errors.photos:,} photos."
    if errors.is_best:
        yield "The model is the run's best epoch on these same photos, which flatters it a little."


def _epoch_range(verdict: Verdict) -> str:
    if verdict.first == verdict.last:
        return f"epoch {verdict.last}"
    return f"epochs {verdict.first} to {verdict.last}"
