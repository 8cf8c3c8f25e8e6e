"""The pitch tracker on made voices of known pitch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from animedub.dsp.pitch import STEP_S, track_pitch

RATE = 16_000


def voice(hz: NDArray[np.float64] | float, seconds: float = 1.0, rate: int = RATE) -> NDArray[np.float32]:
    """Harmonics that fall off as a throat's do, none beyond what the rate holds; ``hz`` may change with time."""
    hz = np.broadcast_to(np.asarray(hz, float), round(seconds * rate))
    phase = 2 * np.pi * np.cumsum(hz) / rate
    harmonics = range(1, int(min(rate, RATE) * 0.48 / hz.max()) + 1)
    return (0.2 * sum(np.sin(phase * h + h * h) / h for h in harmonics)).astype(np.float32)


def semitones(hz: NDArray[np.float32], truth: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return np.abs(12 * np.log2(hz / truth))


@pytest.mark.parametrize("hz", [75, 110, 147.3, 220, 330, 441, 523.25, 650])
def test_a_steady_voice_has_its_pitch_in_every_frame(hz):
    found = track_pitch(voice(hz), RATE)
    inside = found.hz[3:-3]  # frames at the edges look outside
    assert len(found.hz) == 1 / STEP_S + 1
    assert semitones(inside, hz).max() < 0.2
    assert found.strength[3:-3].min() > 0.8


@pytest.mark.parametrize("rate", [8_000, 24_000, 44_100, 48_000])
def test_the_rate_does_not_matter(rate):
    found = track_pitch(voice(210.0, rate=rate), rate)
    assert semitones(found.hz[3:-3], 210).max() < 0.2


def test_a_glide_is_followed_without_a_leap():
    times = np.arange(2 * RATE) / RATE
    truth = 120 * 2 ** (times * 0.9)  # nearly two octaves
    found = track_pitch(voice(truth, 2.0), RATE)
    at = np.arange(len(found.hz))[5:-5]
    assert semitones(found.hz[at], truth[at * RATE // 100]).max() < 0.5


@pytest.mark.parametrize("loudest", [2, 3, 5])
def test_a_strong_harmonic_is_not_taken_for_the_fundamental(loudest):
    times = np.arange(RATE) / RATE
    weights = [4.0 if harmonic == loudest else 1.0 for harmonic in range(1, 9)]
    wave = sum(w * np.sin(2 * np.pi * 150 * h * times) for h, w in enumerate(weights, start=1)) / 20
    assert semitones(track_pitch(np.asarray(wave, np.float32), RATE).hz[3:-3], 150).max() < 0.2


def test_a_missing_fundamental_is_heard_all_the_same():
    times = np.arange(RATE) / RATE
    wave = sum(np.sin(2 * np.pi * 120 * h * times) for h in range(4, 12)) / 10  # a voice on the telephone
    assert semitones(track_pitch(np.asarray(wave, np.float32), RATE).hz[3:-3], 120).max() < 0.2


def test_noise_has_no_pitch():
    noise = np.random.default_rng(1).standard_normal(2 * RATE).astype(np.float32) * 0.1
    assert track_pitch(noise, RATE).voiced.mean() < 0.03


@pytest.mark.parametrize("samples", [0, 1, 100, 8000])
def test_silence_has_no_pitch(samples):
    found = track_pitch(np.zeros(samples, np.float32), RATE)
    assert len(found.hz) == samples // 160 + 1
    assert not found.voiced.any()


def test_a_constant_offset_is_not_a_voice():
    assert not track_pitch(np.full(8000, 0.5, np.float32), RATE).voiced.any()


def test_only_what_is_sung_between_two_silences_is_voiced():
    silence = np.zeros(RATE // 2, np.float32)
    found = track_pitch(np.concatenate([silence, voice(180, 0.5), silence]), RATE)
    voiced = np.flatnonzero(found.voiced)
    assert abs(voiced[0] - 50) <= 3
    assert abs(voiced[-1] - 100) <= 3
    assert found.voiced[53:98].all()  # a frame at the very edge sees too little to be sure
    assert semitones(found.hz[53:98], 180).max() < 0.2


def test_a_voice_in_noise_keeps_its_pitch():
    noise = np.random.default_rng(2).standard_normal(RATE).astype(np.float32)
    found = track_pitch(voice(200) + 0.03 * noise, RATE)  # 15 dB
    assert found.voiced[3:-3].all()
    assert semitones(found.hz[3:-3], 200).max() < 0.5


@given(gain_db=st.floats(-50, 6))
@settings(max_examples=15, deadline=None)
def test_loudness_changes_nothing(gain_db):
    wave = np.concatenate([voice(130, 0.3), np.zeros(3000, np.float32), voice(260, 0.3)])
    reference, found = track_pitch(wave, RATE), track_pitch(wave * np.float32(10 ** (gain_db / 20)), RATE)
    np.testing.assert_array_equal(found.voiced, reference.voiced)
    np.testing.assert_allclose(found.hz, reference.hz, rtol=1e-3)
