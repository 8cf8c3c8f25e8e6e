"""Changing the sampling rate."""

import numpy as np
import soxr
from numpy.typing import NDArray


def resampled(wave: NDArray[np.float32], from_hz: int, to_hz: int) -> NDArray[np.float32]:
    """Band-limited conversion of ``(n,)`` or ``(channels, n)`` from one rate to another (soxr, high quality)."""
    if from_hz == to_hz:
        return wave
    return soxr.resample(wave.T, from_hz, to_hz, quality="HQ").T.astype(np.float32)
