"""Changing the rate keeps the sound."""

import numpy as np
import pytest

from animedub.dsp.resample import resampled


def tone(hz: float, rate: int, seconds: float = 1.0) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


@pytest.mark.parametrize(("before", "after"), [(24_000, 48_000), (48_000, 44_100), (44_100, 48_000), (48_000, 16_000)])
def test_a_tone_stays_on_its_samples(before, after):
    out = resampled(tone(1000, before), before, after)
    assert out.dtype == np.float32
    assert abs(len(out) - after) <= 1
    n = min(len(out), after)
    np.testing.assert_allclose(out[500 : n - 500], tone(1000, after)[500 : n - 500], atol=1e-3)


def test_what_the_new_rate_cannot_hold_is_gone():
    assert np.abs(resampled(tone(10_000, 48_000), 48_000, 16_000)[500:-500]).max() < 1e-3


def test_channels_stay_apart():
    stereo = np.stack([tone(500, 48_000), np.zeros(48_000, np.float32)])
    out = resampled(stereo, 48_000, 16_000)
    assert out.shape == (2, 16_000)
    assert np.abs(out[1]).max() == 0
    np.testing.assert_allclose(out[0], resampled(stereo[0], 48_000, 16_000), atol=1e-6)


def test_the_same_rate_is_left_alone():
    wave = tone(500, 16_000)
    assert resampled(wave, 16_000, 16_000) is wave
