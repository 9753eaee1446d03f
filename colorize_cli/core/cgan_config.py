"""Everything that decides a CGAN and its training step, for every framework."""

from typing import Literal, TypeAlias

from colorize_cli.core.architecture import DiscriminatorSpec, GeneratorSpec
from colorize_cli.core.backend import Precision
from colorize_cli.core.errors import BadConfigError
from colorize_cli.core.records import made_by, record

LossForm: TypeAlias = Literal["minimax", "nonsaturating", "lsgan", "hinge"]
"""What the networks minimize: means, with D = sigmoid(z) of the discriminator's logit z.

| form | discriminator | generator | source |
|---|---|---|---|
| `minimax` | -log D(x) - log(1 - D(G)) | log(1 - D(G)) | Goodfellow et al. 2014, equation 1 |
| `nonsaturating` | the same | -log D(G) | Goodfellow et al. 2014, section 3; Isola et al. 2017 |
| `lsgan` | (z(x) - 1)^2 / 2 + z(G)^2 / 2 | (z(G) - 1)^2 / 2 | Mao et al. 2017, equation 9 |
| `hinge` | max(0, 1 - z(x)) + max(0, 1 + z(G)) | -z(G) | Lim and Ye 2017; Miyato et al. 2018 |

`minimax` is what Putta et al. 2022 print, and so the form of the paper's recipes. Where the
discriminator is sure that a picture is generated, the generator's slope vanishes in `minimax` and
is at its steepest in `nonsaturating`.
"""


@record
class CganConfig:
    """Everything that decides a CGAN and its training step.

    Defaults are those of the field where the paper is silent: Adam at 2e-4 with beta1 0.5
    (Radford et al. 2016; Isola et al. 2017), beta2 0.999 and epsilon 1e-8 (Kingma and Ba 2015).
    `l1_weight` multiplies the mean absolute difference; 0 in the paper, 100 in Isola et al.

    Adam adds epsilon to the root of the second moment after its correction (algorithm 1 of Kingma
    and Ba, not the shortened form of their section 2); corrections are worked out in double
    precision. Losses come from logits, with log(1 + exp(z)) in its stable form, and are means.
    `precision` is that in which convolutions compute, from weights that stay float32.

    `chroma_weight` and `smoothness` make the L1 term the mean of (1 + chroma_weight * c) h(d). Here
    c = sqrt(a^2 + b^2) of the true colour in the units of the networks (1 is a chroma of 110), and
    h(d) is d^2 / (2 s) where the difference d is below s = smoothness and d - s / 2 elsewhere
    (Girshick 2015, equation 3), or d itself where s is 0. Rare vivid colours then count for more
    than the many dull ones, whose median is brown (the class rebalancing of Zhang et al. 2016,
    section 2.2, for regression). `chroma_weight` is for networks that predict ab.

    `encoder_rate` and `discriminator_rate` multiply the learning rate of the generator's parameters
    whose names begin with `encoder.`, which may be pretrained, and that of the discriminator.

    `ema_decay` is that of the generator's moving average (Karras et al. 2018, section 5; Yazici et
    al. 2019, which have 0.999 and 0.9999); 0 is none. After the generator's step number t, from 1,
    average += (1 - d) * (parameter - average) with d = min(ema_decay, (1 + t) / (10 + t)), so that
    the initial weights are soon forgotten (`num_updates` of TensorFlow's ExponentialMovingAverage).
    It starts at the generator's own weights and takes in the running statistics as it does the
    parameters (`use_buffers` of PyTorch's AveragedModel): to first order, what averaged weights
    give has the average of the statistics, whereas the latest belong to the latest weights.

    `micro_batch` is how many pictures go through the networks at a time at most, None for all: a
    longer batch is cut as `core.batches.parts_of` says, and its gradients and losses are the means
    of those of its parts, weighted by their pictures. Batch norm sees one part after the other, by
    whose statistics it normalizes and moves, so that a step is not quite that of the whole batch.
    """

    generator: GeneratorSpec = made_by(default_factory=GeneratorSpec)
    discriminator: DiscriminatorSpec = made_by(default_factory=DiscriminatorSpec)
    loss: LossForm = "minimax"
    l1_weight: float = 0.0
    chroma_weight: float = 0.0
    smoothness: float = 0.0
    learning_rate: float = 2e-4
    encoder_rate: float = 1.0
    discriminator_rate: float = 1.0
    beta1: float = 0.5
    beta2: float = 0.999
    epsilon: float = 1e-8
    precision: Precision = "float32"
    ema_decay: float = 0.0
    micro_batch: int | None = None

    def __post_init__(self) -> None:
        """Refuse an average that never moves, parts without pictures, the chroma of RGB.

        Raises BadConfigError.
        """
        if self.chroma_weight and self.generator.output != "ab":
            raise BadConfigError("chroma can be weighted for networks that predict ab alone")
        if not 0 <= self.ema_decay < 1:
            raise BadConfigError(f"the average's decay {self.ema_decay!r} is not from 0 to below 1")
        if self.micro_batch is not None and self.micro_batch < 1:
            raise BadConfigError(f"a micro-batch of {self.micro_batch!r} pictures cannot be learnt")
