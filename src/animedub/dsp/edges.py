"""Where a sound begins and ends, and how it is cut without a click."""

import numpy as np
from numpy.typing import NDArray

from animedub.dsp.fades import rising

FRAME_S = 0.005
SILENCE_DB = -45.0  # under the loudest frame: the end of a word is quiet, room tone and codec noise are quieter
KEEP_BEFORE_S = 0.010
KEEP_AFTER_S = 0.040
FADE_S = 0.005


def trimmed(wave: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """The wave without the silence around it, its edges faded over 5 ms.

    Frames of 5 ms count as silent when they lie 45 dB under the loudest one; 10 ms before and 40 ms after the rest are
    kept, so no attack and no final consonant is lost. A wave without any sound comes back whole.

    Args:
        wave: shape ``(n,)``.
        rate: Hz.

    >>> tone = np.sin(np.arange(8000) * 0.3).astype(np.float32)
    >>> silence = np.zeros(8000, np.float32)
    >>> len(trimmed(np.concatenate([silence, tone, silence]), 16_000))
    8800
    """
    size = max(1, round(FRAME_S * rate))
    levels = frame_rms(wave, size)
    loud = np.flatnonzero(levels > levels.max(initial=0.0) * 10 ** (SILENCE_DB / 20))
    if not len(loud):
        return wave
    start = max(0, loud[0] * size - round(KEEP_BEFORE_S * rate))
    end = min(len(wave), (loud[-1] + 1) * size + round(KEEP_AFTER_S * rate))
    return faded(wave[start:end], round(FADE_S * rate))


def faded(wave: NDArray[np.float32], samples: int) -> NDArray[np.float32]:
    """The wave with raised-cosine fades of ``samples`` at both ends (shorter when the wave is); shape ``(..., n)``."""
    samples = min(samples, wave.shape[-1] // 2)
    if samples == 0:
        return wave
    ramp = rising(samples)
    out = wave.copy()
    out[..., :samples] *= ramp
    out[..., -samples:] *= ramp[::-1]
    return out


def frame_rms(wave: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """RMS of consecutive frames of ``size`` samples, the last one filled up with silence: ``(frames,)``."""
    padded = np.pad(wave, (0, -len(wave) % size))
    return np.sqrt((padded.reshape(-1, size) ** 2).mean(axis=1))
