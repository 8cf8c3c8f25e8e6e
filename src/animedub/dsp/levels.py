"""How loud speech is while it is spoken."""

import numpy as np
from numpy.typing import NDArray

from animedub.dsp.edges import frame_rms

FRAME_S = 0.010
PAUSE_DB = -30.0  # under the loudest frame: what lies below is a pause and does not count
FLOOR_DB = -100.0


def frame_levels_db(wave: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """RMS level of every 10 ms, dB re full scale, not under -100; shape ``(frames,)``."""
    return 20 * np.log10(np.maximum(frame_rms(wave, round(FRAME_S * rate)), 10 ** (FLOOR_DB / 20)))


def spoken_frames(levels_db: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which frames are speech and not pause: those within 30 dB of the loudest."""
    return levels_db > levels_db.max(initial=FLOOR_DB) + PAUSE_DB


def speech_level_db(wave: NDArray[np.float32], rate: int) -> float:
    """Mean power of the spoken frames, dB re full scale; -100 for silence.

    >>> tone = 0.5 * np.sin(np.arange(16000) * 0.3).astype(np.float32)
    >>> round(speech_level_db(np.concatenate([tone, np.zeros(16000, np.float32)]), 16000), 1)
    -9.0
    """
    levels = frame_levels_db(wave, rate)
    loud = levels[spoken_frames(levels)]
    return float(10 * np.log10(np.mean(10 ** (loud / 10)))) if len(loud) else FLOOR_DB
