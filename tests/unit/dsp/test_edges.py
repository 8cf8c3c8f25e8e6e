"""Where sounds begin and end, and the ramps they are joined with."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from animedub.dsp.edges import faded, frame_rms, trimmed
from animedub.dsp.fades import rising

RATE = 24_000


def tone(seconds: float, level: float = 0.5) -> NDArray[np.float32]:
    return (level * np.sin(np.arange(round(seconds * RATE)) * 0.3)).astype(np.float32)


def silence(seconds: float) -> NDArray[np.float32]:
    return np.zeros(round(seconds * RATE), np.float32)


def test_silence_goes_and_the_attack_and_the_tail_stay():
    word = np.concatenate([tone(0.01, 0.05), tone(0.3), tone(0.1, 0.01)])  # a soft attack, a last breath
    out = trimmed(np.concatenate([silence(0.4), word, silence(0.7)]), RATE)
    assert len(word) <= len(out) <= len(word) + round(0.065 * RATE)
    lag = round(0.010 * RATE)
    assert np.abs(np.correlate(out, word, "valid")).argmax() in range(lag - 130, lag + 1)
    inside = out[lag + 120 : len(word)]
    assert np.isin(inside[:50], word).all()  # samples are kept as they are


def test_noise_far_under_the_word_counts_as_silence():
    room = np.random.default_rng(0).standard_normal(2 * RATE).astype(np.float32) * 0.0005  # -66 dB
    room[RATE : RATE + 6000] += tone(0.25)
    assert len(trimmed(room, RATE)) / RATE == pytest.approx(0.30, abs=0.011)


def test_a_word_at_the_very_edge_is_not_cut():
    word = tone(0.2)
    assert len(trimmed(word, RATE)) == len(word)


@pytest.mark.parametrize("samples", [0, 1, 5000])
def test_silence_comes_back_whole(samples):
    np.testing.assert_array_equal(trimmed(np.zeros(samples, np.float32), RATE), np.zeros(samples))


def test_a_trimmed_sound_begins_and_ends_at_nothing():
    out = trimmed(np.full(RATE, 0.7, np.float32), RATE)
    assert np.abs(out[[0, -1]]).max() < 1e-3
    assert np.abs(np.diff(out)).max() < 0.02


@pytest.mark.parametrize(("length", "fade"), [(100, 10), (100, 500), (7, 10), (1, 10), (0, 10), (100, 0)])
def test_fades_touch_only_the_edges(length, fade):
    wave = np.ones((2, length), np.float32)
    out = faded(wave, fade)
    assert out.shape == wave.shape
    reach = min(fade, length // 2)
    np.testing.assert_array_equal(out[:, reach : length - reach], 1)
    np.testing.assert_allclose(out, out[:, ::-1], atol=1e-6)
    if reach:
        assert (np.diff(out[0, :reach]) > 0).all()
        assert out[0, 0] < 0.5 + 1e-6
    assert (wave == 1).all()  # the caller's own is left alone


@given(st.integers(0, 500))
def test_a_ramp_and_its_reverse_add_up_to_one(samples):
    ramp = rising(samples)
    assert len(ramp) == samples
    np.testing.assert_allclose(ramp + ramp[::-1], 1, atol=1e-6)
    assert (np.diff(ramp) > 0).all()


def test_frames_have_their_rms_and_the_last_is_filled_up():
    wave = np.concatenate([np.full(10, 0.5), np.full(10, -1.0), np.full(5, 1.0)]).astype(np.float32)
    np.testing.assert_allclose(frame_rms(wave, 10), [0.5, 1.0, np.sqrt(0.5)], rtol=1e-6)
    assert len(frame_rms(wave[:0], 10)) == 0
