"""A limiter that looks ahead and lets no true peak through."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from animedub.dsp.loudness import true_peaks

LOOK_S = 0.020
"""How long before a peak the gain starts to fall, and how long after it is back."""

STRETCH = 4096
"""Samples that are looked at together."""

REACH = 64
"""Samples around a stretch that its true peaks depend on."""


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
    context = 4 * half
    held: NDArray[np.float32] | None = None  # what was given already but is context, and what is not given yet
    given = 0
    for block in _and_end(blocks, context):
        held = block if held is None else np.concatenate([held, block], axis=1)
        safe = held.shape[1] - context
        if safe > given:
            yield _shaped(held, given, safe, half, gain, ceiling)
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
    held: NDArray[np.float32], start: int, end: int, half: int, gain: float, ceiling: float
) -> NDArray[np.float32]:
    wanted = (held[:, start:end] * np.float32(gain)).astype(np.float32)
    first = max(0, start - 4 * half)
    peaks = _high_peaks(held[:, first : end + 4 * half], ceiling / gain)
    if peaks.max(initial=0.0) * gain <= ceiling:
        return wanted
    from scipy.ndimage import minimum_filter1d, uniform_filter1d  # half a second that a cached dub does not need

    needed = np.minimum(1.0, ceiling / np.maximum(peaks * gain, 1e-9)).astype(np.float64)
    held_down = minimum_filter1d(needed, 2 * half + 1, mode="nearest")
    box = half // 2 * 2 + 1  # two boxes of half the length make a triangle no longer than the window
    smooth = uniform_filter1d(uniform_filter1d(held_down, box, mode="nearest"), box, mode="nearest")
    return (wanted * smooth[start - first : end - first]).astype(np.float32)


def _high_peaks(samples: NDArray[np.float32], threshold: float) -> NDArray[np.float32]:
    """True peaks, shape ``(n,)``; 0 in stretches where none can reach ``threshold``, which is most of a film."""
    peaks = np.zeros(samples.shape[1], np.float32)
    for start in range(0, samples.shape[1], STRETCH):
        end = min(start + STRETCH, samples.shape[1])
        near = samples[:, max(0, start - REACH) : end + REACH]
        if np.abs(near).max() > threshold / 2:  # a true peak is hardly ever twice the highest sample
            skip = start - max(0, start - REACH)
            peaks[start:end] = true_peaks(near)[skip : skip + end - start]
    return peaks
