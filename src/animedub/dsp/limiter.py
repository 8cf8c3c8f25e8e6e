"""A limiter that looks ahead and lets no true peak through."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from animedub.dsp.loudness import true_peaks

LOOK_S = 0.020
"""How long before a peak the gain starts to fall, and how long after it is back."""


def limited(
    blocks: Iterator[NDArray[np.float32]], rate: int, *, gain: float, ceiling: float
) -> Iterator[NDArray[np.float32]]:
    """Raise sound by ``gain`` and hold its true peaks under ``ceiling``, without delay.

    Over a window as long as the look-ahead the least gain that any peak asks for is taken and then smoothed with a
    window of the same length; an average of values that are all low enough is low enough, so no peak passes. Sound that
    is low enough already is not touched beyond the gain.

    Args:
        blocks: shape ``(channels, n)`` each.
        rate: Hz.
        gain: linear.
        ceiling: linear; highest true peak of the result.

    Returns:
        Blocks of other lengths, the same number of samples in all.
    """
    half = round(LOOK_S * rate / 2)
    window = np.hanning(2 * half + 1).astype(np.float64)
    window /= window.sum()
    context = 4 * half
    held: NDArray[np.float32] | None = None  # what was given already but is context, and what is not given yet
    given = 0
    for block in _and_end(blocks, context):
        held = block if held is None else np.concatenate([held, block], axis=1)
        safe = held.shape[1] - context
        if safe > given:
            yield _shaped(held, given, safe, window, half, gain, ceiling)
            cut = max(0, safe - context)
            held, given = held[:, cut:], safe - cut


def _and_end(blocks: Iterator[NDArray[np.float32]], context: int) -> Iterator[NDArray[np.float32]]:
    """The blocks, and silence behind the last so that everything before it has its context."""
    channels = None
    for block in blocks:
        channels = len(block)
        yield block
    if channels is not None:
        yield np.zeros((channels, context), np.float32)


def _shaped(
    held: NDArray[np.float32],
    start: int,
    end: int,
    window: NDArray[np.float64],
    half: int,
    gain: float,
    ceiling: float,
) -> NDArray[np.float32]:
    wanted = (held[:, start:end] * np.float32(gain)).astype(np.float32)
    near = held[:, max(0, start - 4 * half) : end + 4 * half]
    if np.abs(near).max(initial=0.0) * gain < ceiling / 2:  # a true peak is hardly ever twice the highest sample
        return wanted
    peaks = true_peaks(near) * gain
    if peaks.max() <= ceiling:
        return wanted
    from scipy.ndimage import minimum_filter1d  # half a second that a cached dub does not need

    needed = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9)).astype(np.float64)
    held_down = minimum_filter1d(needed, 2 * half + 1, mode="nearest")
    smooth = np.convolve(np.pad(held_down, half, mode="edge"), window, mode="valid")
    first = start - max(0, start - 4 * half)
    return (wanted * smooth[first : first + end - start]).astype(np.float32)
