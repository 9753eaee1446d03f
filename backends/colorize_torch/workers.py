"""Several processes that train one CGAN with PyTorch: what `torch.distributed` is used for.

The arithmetic is that of DistributedDataParallel, which itself cannot be used: its hooks need
`backward()`, while a step here takes the gradients of two losses, each for one network alone, from
one forward pass by `torch.autograd.grad` (its documentation: "This module doesn't work with
torch.autograd.grad()"). SyncBatchNorm takes no tensors of the processor.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

import numpy as np
import torch
import torch.distributed as dist

# Its functions have the group as a default that is there when it is imported, as torch._dynamo does
# at some time: imported later than now, it holds Gloo's threads until the interpreter is gone.
import torch.distributed.nn.functional
from numpy.typing import NDArray
from torch import Tensor, nn

from colorize_cli.core import layers as table
from colorize_cli.core.workers import Launch, LostWorkersError

PATIENCE: Final = timedelta(minutes=10)
"""How long a worker waits for another one that still lives: longer than worker 0 takes for the
scores and files of an epoch. One that has died is noticed at once."""


class TorchWorkers:
    """The workers that torchrun has started, as one of them sees them."""

    def __init__(self, launch: Launch, *, device: torch.device) -> None:
        self.rank, self.count = launch.rank, launch.count
        # Words are always said from the processor's memory, by Gloo.
        kind = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
        with _losses_told():
            dist.init_process_group(kind, timeout=PATIENCE)

    def sum(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the sums over all workers. Raises LostWorkersError."""
        # A copy in PyTorch's memory: Gloo's threads may be the last to hold it, without Python.
        tensor = torch.tensor(values)
        self.add_up(tensor)
        sums: NDArray[np.int64] = tensor.numpy()
        return sums

    def leave(self) -> None:
        """End the connection and its threads, one of which may still let go of what it has sent."""
        dist.destroy_process_group()

    def add_up(self, tensor: Tensor) -> None:
        """Replace a tensor by its sum over all workers, bit for bit the same on each."""
        with _losses_told():
            dist.all_reduce(tensor)

    def add_up_all(self, tensors: Sequence[Tensor]) -> None:
        """Replace tensors of one type by their sums over all workers, all in one go."""
        joined = torch.cat([tensor.detach().reshape(-1) for tensor in tensors])
        self.add_up(joined)
        pieces = torch.split_with_sizes(joined, [tensor.numel() for tensor in tensors])
        for tensor, piece in zip(tensors, pieces, strict=True):
            # Into the memory that is there: fused optimizers need the order of its numbers.
            tensor.copy_(piece.view(tensor.shape))


class SharedBatchNorm(nn.BatchNorm2d):
    """Batch norm by the statistics of the whole batch, of which each worker has a share."""

    def __init__(self, channels: int, workers: TorchWorkers) -> None:
        super().__init__(channels, eps=table.BATCH_NORM_EPSILON, momentum=table.BATCH_NORM_MOMENTUM)
        self.num_batches_tracked = None
        self._workers = workers

    def forward(self, input: Tensor) -> Tensor:
        """Normalize `(N, C, H, W)`; in training all workers do so together."""
        if not self.training:
            return super().forward(input)
        mean, variance, count = _whole_statistics(input.detach().float(), self._workers)
        self._move_running(mean, variance * count / (count - 1))
        scale = (variance + self.eps).rsqrt()
        result: Tensor = _Normalization.apply(
            input, self.weight, self.bias, (mean, scale, count), self._workers
        )  # type: ignore[no-untyped-call]
        return result

    def _move_running(self, mean: Tensor, variance: Tensor) -> None:
        momentum = table.BATCH_NORM_MOMENTUM
        for running, batch in ((self.running_mean, mean), (self.running_var, variance)):
            if running is not None:
                running.copy_((1 - momentum) * running + momentum * batch)


class _Normalization(torch.autograd.Function):
    """Normalization by statistics that follow from the inputs of all workers.

    The gradient is that of Ioffe and Szegedy 2015, section 3, with its sums over all workers. Each
    worker's own loss is its share of the whole, so that sums over workers are those of the whole.
    """

    @staticmethod
    def forward(
        context: Any,
        source: Tensor,
        weight: Tensor,
        bias: Tensor,
        statistics: tuple[Tensor, Tensor, Tensor],
        workers: TorchWorkers,
    ) -> Tensor:
        mean, scale, count = statistics
        context.workers = workers
        context.save_for_backward(source, weight, mean, scale, count)
        slope = weight * scale
        return _by_channel(source.float(), slope, bias - mean * slope).to(source.dtype)

    @staticmethod
    def backward(context: Any, *slopes: Tensor) -> tuple[Tensor | None, ...]:
        source, weight, mean, scale, count = context.saved_tensors
        slope = slopes[0].float()
        normal = _by_channel(source.float(), scale, -mean * scale)
        own = torch.stack([slope.sum((0, 2, 3)), (slope * normal).sum((0, 2, 3))])
        whole = own.clone()
        context.workers.add_up(whole)
        means = whole / count
        inner = slope - _by_channel(normal, means[1], means[0])
        result = inner * (weight * scale)[:, None, None]
        return result.to(source.dtype), own[1], own[0], None, None


def _by_channel(tensor: Tensor, factor: Tensor, summand: Tensor) -> Tensor:
    return tensor * factor[:, None, None] + summand[:, None, None]


def _whole_statistics(share: Tensor, workers: TorchWorkers) -> tuple[Tensor, Tensor, Tensor]:
    """Return mean and biased variance `(C,)` of the whole batch, and how many values each has.

    Each worker's own are combined, as Chan et al. 1979 do: sums of squares would lose digits.
    """
    channels = share.shape[1]
    variances, means = torch.var_mean(share, (0, 2, 3), correction=0)
    table_of_all = share.new_zeros(workers.count, 2 * channels + 1)
    number = share.new_tensor([share.numel() // channels])
    table_of_all[workers.rank] = torch.cat([means, variances, number])
    workers.add_up(table_of_all)
    sizes = [channels, channels, 1]
    all_means, all_variances, numbers = torch.split_with_sizes(table_of_all, sizes, dim=1)
    count = numbers.sum()
    weights = numbers / count
    mean = (weights * all_means).sum(0)
    variance = (weights * (all_variances + (all_means - mean).square())).sum(0)
    return mean, variance, count


@contextmanager
def _losses_told() -> Iterator[None]:
    """Report a broken connection in our words. PyTorch raises RuntimeErrors for all of them."""
    try:
        yield
    except RuntimeError as error:
        raise LostWorkersError from error
