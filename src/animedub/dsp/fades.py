"""Ramps that add up to one."""

import numpy as np
from numpy.typing import NDArray


def rising(samples: int) -> NDArray[np.float32]:
    """A raised-cosine ramp from 0 to 1; it and its reverse add up to one, so what is joined with both is left whole.

    >>> ramp = rising(64)
    >>> bool(np.allclose(ramp + ramp[::-1], 1))
    True
    """
    return (0.5 - 0.5 * np.cos(np.pi * (np.arange(samples) + 0.5) / max(1, samples))).astype(np.float32)
