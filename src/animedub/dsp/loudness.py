"""Loudness after ITU-R BS.1770-4 and EBU R 128, measured while the sound passes by."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
"""The only rate it is defined here for, Hz: the filters' coefficients are the standard's own."""

SHELF = (1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585)
HIGH_PASS = (1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621)
HOP = RATE // 10  # energies of 100 ms; four of them are a gating block
BLOCK_HOPS = 4
OFFSET_DB = -0.691
ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
SURROUND_GAIN = 1.41
FRONT = {4: 2, 5: 3, 6: 3, 7: 3, 8: 3}
"""How many of so many channels stand in front: L R in quadraphonic sound, otherwise L R C."""

LFE = 3
"""Place of the low-frequency channel where there are six and more; it does not count."""

OVERSAMPLING = 4
TAPS_PER_PHASE = 24  # the standard's 12 read what lies above 15 kHz up to half a decibel too low
WINDOW_SHAPE = 5.0  # of the interpolator's Kaiser window


class LoudnessMeter:
    """Integrated loudness of a sound of any length, in the memory of a few numbers a second.

    Args:
        channels: in the order of WAV and FLAC; from four on there are surround channels, from six on an LFE.

    >>> t = np.arange(5 * RATE) / RATE
    >>> meter = LoudnessMeter(channels=2)
    >>> meter.hear(np.tile(np.float32(10 ** (-23 / 20)) * np.sin(2 * np.pi * 1000 * t).astype(np.float32), (2, 1)))
    >>> round(meter.integrated(), 1)
    -23.0
    """

    def __init__(self, channels: int) -> None:
        self._sos = np.array([SHELF, HIGH_PASS])
        self._state = np.zeros((2, channels, 2))
        self._weights = _weights(channels)
        self._rest = np.zeros((channels, 0))
        self._energies: list[NDArray[np.float64]] = []

    def hear(self, samples: NDArray[np.float32]) -> None:
        """Take in the next samples, shape ``(channels, n)`` at 48 kHz."""
        if samples.shape[1] == 0:
            return  # the filter takes no empty block
        from scipy.signal import sosfilt  # half a second that a cached dub does not need

        weighted, self._state = sosfilt(self._sos, samples, axis=1, zi=self._state)
        joined = np.concatenate([self._rest, weighted], axis=1)
        whole = joined.shape[1] // HOP * HOP
        hops = joined[:, :whole].reshape(len(joined), -1, HOP)
        self._energies.append(self._weights @ (hops**2).mean(axis=2))
        self._rest = joined[:, whole:]

    def integrated(self) -> float:
        """Gated loudness of everything heard, LUFS; -inf for silence and for less than 400 ms."""
        hops = np.concatenate([np.zeros(0), *self._energies])
        if len(hops) < BLOCK_HOPS:
            return float("-inf")
        blocks = np.convolve(hops, np.ones(BLOCK_HOPS) / BLOCK_HOPS, mode="valid")
        blocks = blocks[blocks > _energy(ABSOLUTE_GATE_LUFS)]
        if not len(blocks):
            return float("-inf")
        blocks = blocks[blocks > blocks.mean() * 10 ** (RELATIVE_GATE_LU / 10)]
        return float(OFFSET_DB + 10 * np.log10(blocks.mean()))


def true_peaks(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The highest level of the analogue wave around each sample, over all channels, shape ``(n,)``.

    Four times oversampling as in BS.1770-4, annex 2, with a filter twice as long: right within 0.1 dB up to 20 kHz.
    """
    from scipy.signal import upfirdn  # half a second that a cached dub does not need

    taps = _interpolator()
    delay = (len(taps) - 1) // 2
    dense = upfirdn(taps, samples, up=OVERSAMPLING, axis=1)[:, delay : delay + samples.shape[1] * OVERSAMPLING]
    highest = np.abs(samples)
    np.abs(dense, out=dense)
    for phase in range(OVERSAMPLING):
        np.maximum(highest, dense[:, phase::OVERSAMPLING], out=highest)
    return highest.max(axis=0)


def _weights(channels: int) -> NDArray[np.float64]:
    weights = np.ones(channels)
    weights[FRONT.get(channels, channels) :] = SURROUND_GAIN
    if channels >= 6:
        weights[LFE] = 0
    return weights


def _energy(lufs: float) -> float:
    return 10 ** ((lufs - OFFSET_DB) / 10)


@cache
def _interpolator() -> NDArray[np.float32]:
    size = OVERSAMPLING * TAPS_PER_PHASE
    at = np.arange(size + 1) - size / 2
    return (np.sinc(at / OVERSAMPLING) * np.kaiser(size + 1, WINDOW_SHAPE)).astype(np.float32)
