"""How a line is said, in numbers."""

import numpy as np
from numpy.typing import NDArray

from animedub.dsp.levels import PAUSE_DB, frame_levels_db, speech_level_db, spoken_frames
from animedub.dsp.pitch import STEP_S, track_pitch
from animedub.model import Prosody, Span

SHORTEST_PAUSE_S = 0.15
SYLLABLE_BAND_HZ = (1.0, 8.0)  # rate at which a mouth opens and closes
SYLLABLE_RISE_DB = 2.0


def measure_prosody(wave: NDArray[np.float32], rate: int, *, balance: float = 0.0) -> Prosody:
    """Pitch, energy, rate, pauses and noisiness of one line.

    Syllables are counted as peaks of the level in the band of syllable rates, each rising at least 2 dB above its
    surroundings (after P. Mermelstein, "Automatic segmentation of speech into syllabic units", JASA 58, 1975).

    Args:
        wave: the line's dialogue, mono, shape ``(n,)`` with at least 10 ms.
        rate: Hz, at least 8000.
        balance: where the actor stands between the channels, -1 .. 1, passed on.
    """
    level = frame_levels_db(wave, rate)
    spoken = spoken_frames(level)
    pitch = track_pitch(wave, rate)
    voiced = pitch.voiced[: len(spoken)] & spoken[: len(pitch.hz)]
    hz = pitch.hz[: len(voiced)][voiced]
    return Prosody(
        pitch_hz=round(float(np.median(hz)), 1) if len(hz) else None,
        pitch_range_st=round(_spread(12 * np.log2(hz)), 2) if len(hz) else 0.0,
        energy_db=round(speech_level_db(wave, rate), 2),
        energy_range_db=round(_spread(level[spoken]), 2),
        syllables_per_second=round(_syllables(level) / max(STEP_S, spoken.sum() * STEP_S), 2),
        voiced=round(float(voiced.sum() / max(1, spoken.sum())), 3),
        zero_crossings_hz=round(float(np.mean(np.diff(np.signbit(wave))) * rate), 1),
        pauses=tuple(_pauses(spoken)),
        balance=balance,
    )


def _spread(values: NDArray[np.floating]) -> float:
    """Distance of the 10th and the 90th percentile."""
    low, high = np.percentile(values, [10, 90])
    return float(high - low)


def _syllables(level: NDArray[np.float32]) -> int:
    if len(level) < 30:  # the filter needs a third of a second
        return 1
    from scipy.signal import butter, find_peaks, sosfiltfilt  # half a second that a cached dub does not need

    band = butter(2, SYLLABLE_BAND_HZ, "bandpass", fs=1 / STEP_S, output="sos")
    swing = sosfiltfilt(band, np.maximum(level, level.max() + PAUSE_DB))
    peaks, _ = find_peaks(swing, prominence=SYLLABLE_RISE_DB)
    return max(1, len(peaks))


def _pauses(spoken: NDArray[np.bool_]) -> list[Span]:
    """Silences inside the speech that are long enough to be meant, seconds from the start."""
    at = np.flatnonzero(spoken)
    gaps = np.flatnonzero(np.diff(at) * STEP_S > SHORTEST_PAUSE_S)
    return [Span(start=round((at[i] + 1) * STEP_S, 3), end=round(at[i + 1] * STEP_S, 3)) for i in gaps]
