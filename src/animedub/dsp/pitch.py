"""The fundamental frequency of a voice."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LOWEST_HZ = 65.0
HIGHEST_HZ = 700.0  # a child's or an actor's shriek
STEP_S = 0.010
WINDOW_S = 3 / LOWEST_HZ  # three periods of the lowest voice
VOICED = 0.45  # normalised autocorrelation from which a frame counts as voiced
SILENCE_DB = -40.0  # under the loudest frame nothing is voiced
OCTAVE_COST = 0.02  # per octave: of two equally good periods the shorter one is heard
LEAP_COST = 0.35  # per octave between neighbouring frames
VOICING_COST = 0.14  # for beginning or ending a voiced stretch
CANDIDATES = 5


class Pitch(NamedTuple):
    """A pitch contour, a value every 10 ms."""

    hz: NDArray[np.float32]  # shape (frames,); 0 where unvoiced
    strength: NDArray[np.float32]  # shape (frames,); periodicity, 0..1

    @property
    def voiced(self) -> NDArray[np.bool_]:
        """Which frames are voiced."""
        return self.hz > 0


def track_pitch(wave: NDArray[np.float32], rate: int) -> Pitch:
    """Pitch by autocorrelation with a search for the smoothest path.

    The autocorrelation of each windowed frame is divided by that of the window; its peaks are candidates, together with
    "not voiced", and a Viterbi search joins them with costs for leaps (P. Boersma, "Accurate short-term analysis of the
    fundamental frequency and the harmonics-to-noise ratio of a sampled sound", IFA Proceedings 17, 1993).

    Args:
        wave: mono, shape ``(n,)``.
        rate: Hz; 16 000 is enough.

    Returns:
        A frame every 10 ms, the first centred on the first sample.

    >>> t = np.arange(8000) / 16000
    >>> sawtooth = (2 * (t * 210 % 1) - 1).astype(np.float32)
    >>> round(float(np.median(track_pitch(sawtooth, 16000).hz)))
    210
    """
    size, step = round(WINDOW_S * rate), round(STEP_S * rate)
    padded = np.pad(wave, size // 2 + 1)
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[: len(wave) + 1 : step]
    blocks = [_candidates(frames[i : i + 1024], rate) for i in range(0, len(frames), 1024)]
    hz = np.concatenate([b[0] for b in blocks])
    strength = np.concatenate([b[1] for b in blocks])
    peaks = np.concatenate([b[2] for b in blocks])
    silent = peaks < peaks.max(initial=0.0) * 10 ** (SILENCE_DB / 20)
    strength[silent, :CANDIDATES] = 0
    path = _smoothest(hz, strength)
    rows = np.arange(len(path))
    return Pitch(np.where(path < CANDIDATES, hz[rows, path], 0).astype(np.float32), strength[rows, path])


def _candidates(
    frames: NDArray[np.float32], rate: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Frequencies and strengths of the best periods, shape ``(frames, CANDIDATES + 1)``, and each frame's peak level.

    The last candidate is "not voiced".
    """
    size = frames.shape[1]
    fft = 1 << (2 * size - 1).bit_length()
    window = np.hanning(size).astype(np.float32)
    centred = (frames - frames.mean(axis=1, keepdims=True)) * window
    shortest, longest = int(rate / HIGHEST_HZ), int(rate / LOWEST_HZ)

    def correlation(x: NDArray[np.float32]) -> NDArray[np.float32]:
        power = np.abs(np.fft.rfft(x, fft)) ** 2
        return np.fft.irfft(power, fft)[..., : longest + 2].astype(np.float32, copy=False)

    r = correlation(centred)
    r = r / np.maximum(r[:, :1], 1e-12) / (correlation(window) / correlation(window)[0])
    inner = r[:, shortest : longest + 1]
    before, after = r[:, shortest - 1 : longest], r[:, shortest + 1 : longest + 2]
    is_peak = (inner > before) & (inner >= after) & (inner > 0.2)
    bend = before - 2 * inner + after
    shift = np.where(is_peak, 0.5 * (before - after) / np.where(np.abs(bend) < 1e-9, -1e-9, bend), 0.0)
    height = np.where(is_peak, np.clip(inner - 0.25 * (before - after) * shift, 0, 1), 0.0)
    lags = np.arange(shortest, longest + 1) + np.clip(shift, -0.5, 0.5)
    score = height - OCTAVE_COST * np.log2(lags * LOWEST_HZ / rate)
    best = np.argsort(-np.where(is_peak, score, -1), axis=1)[:, :CANDIDATES]
    hz = np.take_along_axis(rate / lags, best, axis=1)
    strength = np.take_along_axis(np.where(is_peak, score, 0.0), best, axis=1)
    unvoiced = np.zeros((len(frames), 1), np.float32)
    return (
        np.concatenate([hz, unvoiced], axis=1).astype(np.float32),
        np.concatenate([strength, unvoiced + VOICED], axis=1).astype(np.float32),
        np.abs(frames).max(axis=1),
    )


def _smoothest(hz: NDArray[np.float32], strength: NDArray[np.float32]) -> NDArray[np.intp]:
    """Viterbi: which candidate of each frame lies on the path of highest strength less the cost of its leaps."""
    frames, choices = hz.shape
    octaves = np.log2(np.maximum(hz, 1.0))
    voiced = hz > 0
    total = strength[0].astype(np.float64) if frames else np.zeros(choices)
    came_from = np.zeros((frames, choices), np.intp)
    for frame in range(1, frames):
        both = voiced[frame - 1][:, None] & voiced[frame][None]
        one = voiced[frame - 1][:, None] ^ voiced[frame][None]
        leap = np.abs(octaves[frame - 1][:, None] - octaves[frame][None])
        reach = total[:, None] - both * (LEAP_COST * leap) - one * VOICING_COST
        came_from[frame] = reach.argmax(axis=0)
        total = reach.max(axis=0) + strength[frame]
    path = np.zeros(frames, np.intp)
    if frames:
        path[-1] = total.argmax()
        for frame in range(frames - 1, 0, -1):
            path[frame - 1] = came_from[frame, path[frame]]
    return path
