"""The spectral norm of a convolution, as `core.layers` defines it (Miyato et al. 2018)."""

import torch
import torch.nn.functional as F  # noqa: N812 - PyTorch's own abbreviation
from torch import Tensor


def spectrally_normalized(weight: Tensor, left: Tensor, *, is_training: bool) -> Tensor:
    """Return `weight` `(out, in, k, k)` over its largest singular value, estimated.

    One power iteration starts from `left` `(out,)`, the estimate of the left singular vector, which
    is moved there in training. In float32 whatever the autocast. `left` may be of any length but 0.
    """
    with torch.autocast(weight.device.type, enabled=False):
        matrix = weight.flatten(1)
        with torch.no_grad():
            right = F.normalize(matrix.t() @ F.normalize(left, dim=0), dim=0)
            # A new tensor: the graph keeps it while `left` moves on in the next pass.
            moved = F.normalize(matrix @ right, dim=0)
            if is_training:
                left.copy_(moved)
        return weight / (moved @ matrix @ right)
