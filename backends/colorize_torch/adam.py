"""Adam for PyTorch, as the contract defines it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim.adam import adam

from colorize_cli.core.cgan_config import CganConfig
from colorize_cli.core.cgan_state import MOMENTS, State, rate_share
from colorize_torch.networks import TableNetwork


class Adam:
    """Adam (Kingma and Ba 2015) as `CganConfig` defines it, for the network of a name.

    By the function of PyTorch's own class. The class itself brings in PyTorch's compiler, which
    takes as long to import as PyTorch.
    """

    def __init__(self, name: str, network: TableNetwork, config: CganConfig) -> None:
        self._config = config
        self.step = 0
        self.learnt = dict(network.named_parameters())
        self._moments = {
            moment: {key: torch.zeros_like(entry) for key, entry in self.learnt.items()}
            for moment in MOMENTS
        }
        # Each has a count of its own: the fused kernels read one beside each parameter.
        self._counts = {
            key: torch.zeros((), device=entry.device) for key, entry in self.learnt.items()
        }
        self._keys_of: dict[float, list[str]] = {}
        for key in self.learnt:
            self._keys_of.setdefault(rate_share(config, name, key), []).append(key)

    @property
    def names(self) -> list[str]:
        """The names of its arrays in a state."""
        return ["step", *(f"{key}/{moment}" for key in self.learnt for moment in MOMENTS)]

    def move(self, gradients: Mapping[str, Tensor], rate: float) -> None:
        """Change the parameters and the moments by one step."""
        self.step += 1
        with torch.no_grad():
            for share, keys in self._keys_of.items():
                self._move_some(keys, gradients, self._config.learning_rate * rate * share)

    def arrays(self) -> State:
        """Return copies of the moments, and how many steps were done."""
        moments: State = {
            f"{key}/{moment}": to_array(self._moments[moment][key])
            for key in self.learnt
            for moment in MOMENTS
        }
        return {"step": np.array(self.step, np.int64), **moments}

    def load(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take over what `arrays` returned, here or in another framework."""
        self.step = int(arrays["step"])
        for key, count in self._counts.items():
            count.fill_(self.step)
            for moment, tensors in self._moments.items():
                values = np.ascontiguousarray(arrays[f"{key}/{moment}"])
                tensors[key].copy_(torch.from_numpy(values))

    def _move_some(self, keys: list[str], gradients: Mapping[str, Tensor], rate: float) -> None:
        config = self._config
        first, second = ([self._moments[moment][key] for key in keys] for moment in MOMENTS)
        adam(
            [self.learnt[key] for key in keys],
            [gradients[key] for key in keys],
            first,
            second,
            [],
            [self._counts[key] for key in keys],
            fused=self._counts[keys[0]].device.type in ("cpu", "cuda"),
            amsgrad=False,
            beta1=config.beta1,
            beta2=config.beta2,
            lr=rate,
            weight_decay=0.0,
            eps=config.epsilon,
            maximize=False,
        )


def to_array(tensor: Tensor) -> NDArray[Any]:
    """Return a copy of a tensor, in the table's layout."""
    array: NDArray[Any] = tensor.detach().cpu().contiguous().numpy().copy()
    return array
