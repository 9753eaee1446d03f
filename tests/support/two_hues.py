"""A picture that is in colour beyond doubt: no tint explains it."""

import numpy as np


def two_hues(height: int = 24, width: int = 32) -> np.ndarray:
    """Return the same brightnesses twice, reddish on the left and bluish on the right."""
    ramp = np.linspace(20, 180, height).astype(np.uint8)[:, None]
    codes = np.repeat(np.broadcast_to(ramp, (height, width))[..., None], 3, axis=-1)
    codes[:, : width // 2, 0] += 70
    codes[:, width // 2 :, 2] += 70
    return codes
