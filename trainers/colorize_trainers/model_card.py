"""MODEL_CARD.md: what a run's model is, in words and numbers, for whoever meets the file alone."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from colorize_cli.core.architecture import build_generator
from colorize_cli.core.augmentation import NOT_AUGMENTED
from colorize_cli.core.layers import count_trainable
from colorize_cli.core.model_file import Model
from colorize_trainers.run_directory import RunConfig

SCORES = (("ab error", "ab_error"), ("PSNR, dB", "psnr"), ("chroma", "chroma"))
"""Columns of the table of scores, and where they stand among `core.metrics.Scores`."""


def model_card(model: Model, config: RunConfig) -> str:
    """Return the card, as Markdown. The same run gives the same text."""
    sections = (
        f"# A colorize model: recipe `{config.recipe.name}`",
        f"Version {model.identity[:12]} (the first twelve digits of the SHA-256 of architecture "
        "and weights).",
        f"## What it is\n\n{_network(model)}\n\n{_training(model, config)}",
        f"## Data\n\n{_data(model, config)}",
        f"## Scores\n\n{_scores(model, config)}",
        f"## Limits\n\n{_limits(model)}",
        f"## How to use it\n\n{_use()}",
        f"## Licence\n\n{_license(model)}",
    )
    return "\n\n".join(sections) + "\n"


def _network(model: Model) -> str:
    spec = model.generator
    skips = "with" if spec.has_skips else "without"
    count = count_trainable(build_generator(spec))
    has_own_encoder = spec.family == "efficientnet-unet"
    encoder = " around the encoder of EfficientNet-Lite0" if has_own_encoder else ""
    return (
        f"The generator of a conditional GAN: a U-Net{encoder} {skips} skip connections that "
        f"predicts {spec.output} from lightness, base width {spec.base_width}, trained at "
        f"{spec.size}x{spec.size} pixels; {count:,} parameters."
    )


def _training(model: Model, config: RunConfig) -> str:
    recipe, facts = config.recipe, model.training
    parts = [
        f"loss {facts['loss']}",
        f"Adam at {recipe.learning_rate:g} ({recipe.schedule})",
        f"batches of {recipe.batch_size}",
        f"{recipe.precision}, seed {config.seed}",
    ]
    if recipe.encoder:
        parts.append(f"encoder begun from {recipe.encoder}, pretrained on ImageNet")
    if recipe.sizes:
        parts.append(f"shown at {', '.join(map(str, sorted(set(recipe.sizes))))} pixels")
    if recipe.warm_up_epochs:
        parts.append(f"the first {recipe.warm_up_epochs} epochs from L1 alone")
    if recipe.ema_decay:
        parts.append(f"weights averaged with decay {recipe.ema_decay:g}")
    amounts = asdict(recipe.augmentation).items()
    if recipe.augmentation != NOT_AUGMENTED:
        varied = ", ".join(f"{kind} {amount:g}" for kind, amount in amounts if amount)
        parts.append(f"pictures varied by {varied}")
    if config.start:
        parts.append(f"begun from {config.start['name']}")
    frameworks = {key: value for key, value in config.environment.items() if key != "machine"}
    place = ", ".join(f"{name} {value}" for name, value in frameworks.items())
    chosen = ", the one with the least ab error on the test pairs so far"
    return (
        f"{'; '.join(parts)[:1].upper()}{'; '.join(parts)[1:]}. The state after epoch "
        f"{facts['epochs']} of {recipe.epochs} ({facts['steps']:,} steps)"
        f"{chosen if recipe.keeps == 'best' else ''}. Made with {place}."
    )


def _data(model: Model, config: RunConfig) -> str:
    facts = model.training
    return (
        f"{facts['photos']:,} photos from the dataset `{Path(config.data).name}`, "
        f"{facts['images_per_epoch']:,} pictures an epoch. Fingerprint of the packed data: "
        f"`{config.fingerprint}`. What the photos may be used for is not known here."
    )


def _scores(model: Model, config: RunConfig) -> str:
    own, gray = model.training["test"], model.training["test_gray"]
    whom = "which were not trained on"
    if config.start:
        whom = "which this run was not trained on (what it began from may have been)"
    rows = [_row("gray", gray), _row("this model", own)]
    head = " | ".join(name for name, _ in SCORES)
    table = "\n".join([f"| | {head} |", "|---" * (len(SCORES) + 1) + "|", *rows])
    return (
        f"On the dataset's test pairs, {whom}, but which chose the epoch: mean distance in ab "
        "(Lab units), PSNR of sRGB, mean chroma. Beside it the gray pictures, which "
        f"any model has to beat; the chroma of the photos themselves is {gray['ab_error']:.2f}.\n\n"
        f"{table}\n\n{_verdict(own, gray)}"
    )


def _row(name: str, scores: Mapping[str, Any]) -> str:
    return f"| {name} | " + " | ".join(f"{scores[key]:.2f}" for _, key in SCORES) + " |"


def _verdict(own: Mapping[str, Any], gray: Mapping[str, Any]) -> str:
    gain = gray["ab_error"] - own["ab_error"]
    if gain <= 0:
        return "It is no nearer to the truth than gray pictures are."
    return f"It is nearer to the truth than gray by {gain:.2f} in ab error, on average."


def _limits(model: Model) -> str:
    size = model.generator.size
    return (
        "- Its colours are plausible, not historical truth: gray pictures do not tell what was "
        "there.\n"
        "- It knows what its photos showed; on anything else it guesses.\n"
        f"- It sees pictures at about {size} pixels; small things keep no colour of their own."
    )


def _use() -> str:
    return (
        "In the run's folder:\n\n```\n"
        "colorize run --model model.safetensors < gray.png > color.png\n"
        "colorize export model.safetensors -o model.onnx\n```"
    )


def _license(model: Model) -> str:
    return (
        f"{model.license[:1].upper()}{model.license[1:]}. The weights were learnt from the photos "
        "above; their terms may matter for your use."
    )
