"""The training step, against one written by hand from PyTorch's own modules."""

import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from colorize_cli.core.architecture import DiscriminatorSpec, GeneratorSpec
from colorize_cli.core.cgan_config import CganConfig
from colorize_cli.core.cgan_state import initial_state

torch = pytest.importorskip("torch")

CONFIG = CganConfig(
    generator=GeneratorSpec(output="ab", has_skips=True, base_width=3, size=16),
    discriminator=DiscriminatorSpec(output="ab", base_width=3, size=16),
    loss="nonsaturating",
    l1_weight=10.0,
    learning_rate=1e-3,
)
RANDOM = np.random.default_rng(0)
GRAY = RANDOM.uniform(-1, 1, (4, 1, 16, 16)).astype(np.float32)
COLOR = RANDOM.uniform(-1, 1, (4, 2, 16, 16)).astype(np.float32)


def make(config: CganConfig = CONFIG, seed: int = 0) -> Any:
    from colorize_torch.backend import TorchBackend

    return TorchBackend().create_cgan(config, device="cpu", seed=seed)


def generator_by_hand() -> Any:
    """Build the same U-Net of four levels as a plain nest of PyTorch's modules."""
    nn = torch.nn

    class Level(nn.Module):  # type: ignore[name-defined, misc]
        def __init__(self, outer: int, inner: int, below: Any, out: int, is_first: bool) -> None:
            super().__init__()
            self.down = nn.Conv2d(outer, inner, 4, 2, 1, bias=is_first or below is None)
            self.down_norm = None if is_first or below is None else nn.BatchNorm2d(inner)
            self.below = below
            up_in = inner if below is None else 2 * inner
            self.up = nn.ConvTranspose2d(up_in, out, 4, 2, 1, bias=is_first)
            self.up_norm = None if is_first else nn.BatchNorm2d(out)

        def forward(self, x: Any) -> Any:
            h = self.down(x)
            h = h if self.down_norm is None else self.down_norm(h)
            h = nn.functional.leaky_relu(h, 0.2)
            h = h if self.below is None else torch.cat([self.below(h), h], 1)
            h = self.up(h)
            return torch.tanh(h) if self.up_norm is None else torch.relu(self.up_norm(h))

    widths = [3, 6, 12, 24]
    level = None
    for depth in reversed(range(4)):
        outer = 1 if depth == 0 else widths[depth - 1]
        out = 2 if depth == 0 else widths[depth - 1]
        level = Level(outer, widths[depth], level, out, depth == 0)
    return level


def discriminator_by_hand() -> Any:
    nn = torch.nn
    layers, channels = [], 3
    for level, width in enumerate([3, 6, 12, 24]):
        layers.append(nn.Conv2d(channels, width, 4, 2, 1, bias=level == 0))
        if level:
            layers.append(nn.BatchNorm2d(width))
        layers.append(nn.LeakyReLU(0.2))
        channels = width
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(24, 1))


def put(module: Any, state: dict[str, Any], name: str) -> None:
    """Copy one layer of a state of ours into a module; dense weights are flat there."""
    for key, tensor in module.state_dict().items() if module is not None else ():
        if key != "num_batches_tracked":
            tensor.copy_(torch.from_numpy(state[f"{name}.{key}"]).reshape(tensor.shape))


def load_by_hand(generator: Any, discriminator: Any, state: dict[str, Any]) -> None:
    """Copy a state of ours into the hand-written networks, place by place."""
    level = generator
    for number in range(1, 5):
        put(level.down, state, f"generator/down{number}.convolution")
        put(level.down_norm, state, f"generator/down{number}.norm")
        put(level.up, state, f"generator/up{number}.convolution")
        put(level.up_norm, state, f"generator/up{number}.norm")
        level = level.below
    learnt = [module for module in discriminator if list(module.parameters())]
    names = ["down1.convolution"]
    names += [f"down{n}.{part}" for n in (2, 3, 4) for part in ("convolution", "norm")]
    for module, name in zip(learnt, [*names, "decision"], strict=True):
        put(module, state, f"discriminator/{name}")


def test_three_steps_equal_three_steps_written_by_hand() -> None:
    generator, discriminator = generator_by_hand(), discriminator_by_hand()
    load_by_hand(generator, discriminator, initial_state(CONFIG, seed=0))
    adams = [
        torch.optim.Adam(net.parameters(), lr=1e-3, betas=(0.5, 0.999))
        for net in (generator, discriminator)
    ]
    gray, color = torch.from_numpy(GRAY), torch.from_numpy(COLOR)
    bce = torch.nn.functional.binary_cross_entropy_with_logits
    cgan = make()
    for _ in range(3):
        fake = generator(gray)
        fake_logits = discriminator(torch.cat([gray, fake], 1))
        real_logits = discriminator(torch.cat([gray, color], 1))
        ones, zeros = torch.ones_like(real_logits), torch.zeros_like(real_logits)
        of_discriminator = bce(real_logits, ones) + bce(fake_logits, zeros)
        of_generator = bce(fake_logits, ones) + 10 * (fake - color).abs().mean()
        for net, loss in ((generator, of_generator), (discriminator, of_discriminator)):
            grads = torch.autograd.grad(loss, list(net.parameters()), retain_graph=True)
            for parameter, grad in zip(net.parameters(), grads, strict=True):
                parameter.grad = grad
        for adam in adams:
            adam.step()
        losses = cgan.train_step(GRAY, COLOR)
        assert losses["discriminator"] == pytest.approx(of_discriminator.item(), rel=1e-4)
        assert losses["generator"] == pytest.approx(of_generator.item(), rel=1e-4)
    expected = generator.eval()(gray).detach().numpy()
    assert np.abs(cgan.generate(GRAY) - expected).max() < 1e-3


def test_training_brings_the_picture_nearer_to_the_truth() -> None:
    cgan = make(replace(CONFIG, l1_weight=100.0))
    first = cgan.train_step(GRAY, 0.5 * np.ones_like(COLOR))["l1"]
    for _ in range(60):
        last = cgan.train_step(GRAY, 0.5 * np.ones_like(COLOR))["l1"]
    assert last < first / 2


def test_training_goes_on_from_a_state_bit_for_bit() -> None:
    one, other = make(seed=1), make(seed=2)
    for _ in range(2):
        one.train_step(GRAY, COLOR)
    other.restore(one.state())
    assert one.train_step(GRAY, COLOR) == other.train_step(GRAY, COLOR)
    states = one.state(), other.state()
    assert all(np.array_equal(states[0][name], states[1][name]) for name in states[0])
    assert int(states[0]["generator/step"]) == 3


def test_a_state_is_a_copy_that_later_steps_do_not_touch() -> None:
    cgan = make()
    before = cgan.state()
    kept = {name: array.copy() for name, array in before.items()}
    cgan.train_step(GRAY, COLOR)
    assert all(np.array_equal(before[name], kept[name]) for name in kept)


def test_bfloat16_gives_nearly_the_losses_of_float32() -> None:
    exact = make().train_step(GRAY, COLOR)
    rough = make(replace(CONFIG, precision="bfloat16")).train_step(GRAY, COLOR)
    assert rough["generator"] == pytest.approx(exact["generator"], rel=0.02)
    assert rough != exact


def test_a_batch_in_parts_is_learnt_as_a_sum_of_losses_by_hand() -> None:
    """Compare with one backward pass through the weighted sum of both parts' losses."""
    generator, discriminator = generator_by_hand(), discriminator_by_hand()
    load_by_hand(generator, discriminator, initial_state(CONFIG, seed=0))
    gray, color = (torch.from_numpy(np.concatenate([a, -a])[:5]) for a in (GRAY, COLOR))
    softplus = torch.nn.functional.softplus
    whole = 0.0
    for share, rows in ((3 / 5, slice(3)), (2 / 5, slice(3, 5))):
        fake = generator(gray[rows])
        logits = discriminator(torch.cat([gray[rows], fake], 1))
        loss = softplus(-logits).mean() + 10 * (fake - color[rows]).abs().mean()
        whole = whole + share * loss
    whole.backward()  # type: ignore[attr-defined]
    cgan = make(replace(CONFIG, micro_batch=3))
    losses = cgan.train_step(gray.numpy(), color.numpy())
    assert losses["generator"] == pytest.approx(whole.item(), rel=1e-5)  # type: ignore[attr-defined]
    moment = cgan.state()["generator/up1.convolution.weight/first_moment"]
    expected = 0.5 * generator.up.weight.grad.numpy()
    np.testing.assert_allclose(moment, expected, atol=1e-5 * np.abs(expected).max())


def test_a_warm_up_step_is_one_of_l1_written_by_hand() -> None:
    generator, discriminator = generator_by_hand(), discriminator_by_hand()
    load_by_hand(generator, discriminator, initial_state(CONFIG, seed=0))
    adam = torch.optim.Adam(generator.parameters(), lr=0.25e-3, betas=(0.5, 0.999))
    loss = 10 * (generator(torch.from_numpy(GRAY)) - torch.from_numpy(COLOR)).abs().mean()
    loss.backward()
    adam.step()
    cgan = make()
    losses = cgan.train_step(GRAY, COLOR, phase="warm_up", rate=0.25)
    assert losses == pytest.approx({"generator": loss.item(), "l1": loss.item() / 10}, rel=1e-5)
    found = cgan.state()["generator/up1.convolution.weight"]
    np.testing.assert_allclose(found, generator.up.weight.detach().numpy(), atol=2e-6)


def test_a_rate_lasts_for_its_step_alone() -> None:
    one, other = make(), make()
    for cgan, rate in ((one, 0.5), (other, 1.0)):
        cgan.train_step(GRAY, COLOR, rate=rate)
    other.restore(one.state())
    one.train_step(GRAY, COLOR)
    other.train_step(GRAY, COLOR)
    states = one.state(), other.state()
    assert all(np.array_equal(states[0][name], states[1][name]) for name in states[0])


STEPS = """
import sys
import numpy as np
from colorize_cli.core.architecture import DiscriminatorSpec, GeneratorSpec
from colorize_cli.core.cgan_config import CganConfig
from colorize_torch.backend import TorchBackend

config = CganConfig(
    generator=GeneratorSpec(output="ab", base_width=2, size=16),
    discriminator=DiscriminatorSpec(output="ab", base_width=2, size=16),
    precision="bfloat16",
    ema_decay=0.9,
)
cgan = TorchBackend().create_cgan(config, device="cpu")
cgan.restore(cgan.state())
cgan.train_step(np.zeros((2, 1, 16, 16), np.float32), np.zeros((2, 2, 16, 16), np.float32))
cgan.generate(np.zeros((1, 1, 16, 16), np.float32))
print("torch._dynamo" in sys.modules)
"""


def test_training_does_not_import_the_compiler() -> None:
    """It takes as long to import as PyTorch itself, and nothing here compiles."""
    command = [sys.executable, "-P", "-c", STEPS]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=240)
    assert result.stdout == "False\n"
