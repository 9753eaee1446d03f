"""Networks of PyTorch, built layer by layer from the table of `core.layers`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - PyTorch's own abbreviation
from numpy.typing import NDArray
from torch import Tensor, nn

from colorize_cli.core import layers as table
from colorize_cli.core.layers import Layer, Network, sources_of
from colorize_torch.depthwise import depthwise_convolution, padded_convolution
from colorize_torch.joining import joined
from colorize_torch.nearest import enlarged
from colorize_torch.spectral_norm import spectrally_normalized

if TYPE_CHECKING:
    from colorize_torch.workers import TorchWorkers


class TableNetwork(nn.Module):
    """A network whose `state_dict` has exactly the names and shapes of its table.

    Its forward takes the inputs in the table's order, `(N, channels, H, W)`, and gives the last
    layer's tensor. Batch norm sees the whole batch of all `workers`, where there are several.
    """

    def __init__(self, network: Network, *, workers: "TorchWorkers | None" = None) -> None:
        super().__init__()
        self._inputs = [entry.name for entry in network.inputs]
        self._layers = network.layers
        self._done_with = _last_readings(network)
        self._draws: torch.Generator | None = None
        # Found by its dotted name, each takes microseconds: a tenth of a small picture's time.
        self._learnt: dict[str, nn.Module] = {}
        for layer in network.layers:
            module = _learnt_module(layer, workers)
            if module is not None:
                self._learnt[layer.name] = module
                _attach(self, layer.name, module)

    def forward(self, *inputs: Tensor) -> Tensor:
        """Compute the layers in order, letting go of each tensor after its last reader."""
        tensors = dict(zip(self._inputs, inputs, strict=True))
        result = inputs[0]
        for layer, done_with in zip(self._layers, self._done_with, strict=True):
            result = self._compute(layer, [tensors[name] for name in sources_of(layer)])
            tensors[layer.name] = result
            for name in done_with:
                del tensors[name]
        return result

    def draw_dropout_from(self, draws: torch.Generator) -> None:
        """Let dropout draw from a generator of the network's device, rather than the global one."""
        self._draws = draws

    def load(self, arrays: Mapping[str, NDArray[np.float32]]) -> None:
        """Take over parameters by their names in the table."""
        for name, tensor in self.state_dict().items():
            tensor.copy_(torch.from_numpy(np.ascontiguousarray(arrays[name])))

    def _compute(self, layer: Layer, sources: list[Tensor]) -> Tensor:
        if isinstance(layer, table.Convolution):
            return _convolve(layer, self._learnt[layer.name], sources[0])
        if isinstance(layer, table.TransposedConvolution | table.BatchNorm):
            enlarged: Tensor = self._learnt[layer.name](sources[0])
            return enlarged
        if isinstance(layer, table.Activation):
            return _activate(layer, sources[0])
        if isinstance(layer, table.Dropout):
            return self._drop(layer, sources[0])
        if isinstance(layer, table.Concatenate):
            return joined(sources)
        if isinstance(layer, table.Add):
            return sum(sources[1:], start=sources[0])
        return _resize(layer, sources[0])

    def _drop(self, layer: table.Dropout, source: Tensor) -> Tensor:
        if not self.training:
            return source
        chances = torch.rand(source.shape, generator=self._draws, device=source.device)
        return source * (chances >= layer.rate).to(source.dtype) / (1 - layer.rate)


def _learnt_module(layer: Layer, workers: "TorchWorkers | None") -> nn.Module | None:
    if isinstance(layer, table.Convolution):
        convolution = nn.Conv2d(
            layer.in_channels,
            layer.out_channels,
            layer.kernel,
            stride=layer.stride,
            groups=layer.groups,
            bias=layer.has_bias,
        )
        if layer.has_spectral_norm:
            convolution.register_buffer("weight_u", torch.empty(layer.out_channels))
        return convolution
    if isinstance(layer, table.TransposedConvolution):
        return nn.ConvTranspose2d(
            layer.in_channels,
            layer.out_channels,
            layer.kernel,
            stride=layer.stride,
            padding=layer.padding,
            bias=layer.has_bias,
        )
    if isinstance(layer, table.BatchNorm):
        return _batch_norm(layer.channels, workers)
    return None


def _batch_norm(channels: int, workers: "TorchWorkers | None") -> nn.BatchNorm2d:
    if workers is not None:
        from colorize_torch.workers import SharedBatchNorm

        return SharedBatchNorm(channels, workers)
    norm = nn.BatchNorm2d(
        channels, eps=table.BATCH_NORM_EPSILON, momentum=table.BATCH_NORM_MOMENTUM
    )
    norm.num_batches_tracked = None  # the momentum is fixed, so nothing needs the count
    return norm


def _convolve(layer: table.Convolution, module: nn.Module, source: Tensor) -> Tensor:
    if not isinstance(module, nn.Conv2d):
        raise TypeError(f"{layer.name} is a {type(module).__name__}, not a convolution")
    weight = _weight_of(layer, module)
    source_and_parameters = (source, weight, module.bias)
    if layer.groups == layer.in_channels > 1:
        return depthwise_convolution(
            *source_and_parameters, stride=layer.stride, padding=layer.padding
        )
    return padded_convolution(
        *source_and_parameters, stride=layer.stride, padding=layer.padding, groups=layer.groups
    )


def _weight_of(layer: table.Convolution, module: nn.Conv2d) -> Tensor:
    if not layer.has_spectral_norm:
        return module.weight
    left = module.get_buffer("weight_u")
    return spectrally_normalized(module.weight, left, is_training=module.training)


def _activate(layer: table.Activation, source: Tensor) -> Tensor:
    match layer.function:
        case "relu":
            return F.relu(source)
        case "relu6":
            return F.relu6(source)
        case "leaky_relu":
            return F.leaky_relu(source, table.LEAKY_SLOPE)
        case "tanh":
            return torch.tanh(source)
        case "sigmoid":
            return torch.sigmoid(source)


def _resize(layer: table.Resize, source: Tensor) -> Tensor:
    if layer.method == "nearest":
        return enlarged(source, layer.factor)
    # False is the half-pixel convention.
    return F.interpolate(source, scale_factor=layer.factor, mode="bilinear", align_corners=False)


def _attach(root: nn.Module, dotted_name: str, module: nn.Module) -> None:
    *folders, name = dotted_name.split(".")
    for folder in folders:
        if not hasattr(root, folder):
            root.add_module(folder, nn.Module())
        root = root.get_submodule(folder)
    root.add_module(name, module)


def _last_readings(network: Network) -> list[list[str]]:
    """Return, for each layer, the tensors that no later layer reads."""
    last_reader = {
        name: index for index, layer in enumerate(network.layers) for name in sources_of(layer)
    }
    done_with: list[list[str]] = [[] for _ in network.layers]
    for name, index in last_reader.items():
        done_with[index].append(name)
    return done_with
