"""The loudness meter beside another instrument: ffmpeg's."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import lfilter

from animedub.dsp.loudness import RATE, LoudnessMeter, true_peaks


def programme(channels: int, seconds: float = 8.0, seed: int = 5) -> NDArray[np.float32]:
    """Coloured noise that swells, each channel its own, with a loud and a quiet half."""
    n = round(seconds * RATE)
    noise = lfilter([1, -1], [1, -0.98], np.random.default_rng(seed).standard_normal((channels, n)), axis=1)
    noise = lfilter([1], [1, -0.9], noise, axis=1)
    swell = 0.5 - 0.4 * np.cos(2 * np.pi * 0.5 * np.arange(n) / RATE)
    half = np.where(np.arange(n) < n // 2, 1.0, 0.15)
    levels = np.linspace(1.0, 0.4, channels)[:, None]
    return (noise * swell * half * levels / np.abs(noise).max() * 0.7).astype(np.float32)


def loudness(samples: NDArray[np.float32]) -> float:
    meter = LoudnessMeter(len(samples))
    meter.hear(samples)
    return meter.integrated()


def by_ffmpeg(samples: NDArray[np.float32], folder: Path) -> tuple[float, float]:
    """Integrated loudness (LUFS) and true peak (dBTP)."""
    path = folder / "programme.flac"
    soundfile.write(path, samples.T, RATE, subtype="PCM_24")
    meter = ["-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-"]
    command = ["ffmpeg", "-nostdin", "-hide_banner", "-i", str(path), *meter]
    said = subprocess.run(command, check=True, timeout=60, capture_output=True, text=True).stderr
    figures = re.findall(r"I:\s+(-?[\d.]+) LUFS", said)[-1], re.findall(r"Peak:\s+(-?[\d.]+) dBFS", said)[-1]
    return float(figures[0]), float(figures[1])


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 6, 8])
def test_it_agrees_with_another_instrument(channels, tmp_path):
    samples = programme(channels)
    lufs, peak = by_ffmpeg(samples, tmp_path)
    assert loudness(samples) == pytest.approx(lufs, abs=0.1)
    assert 20 * np.log10(true_peaks(samples).max()) == pytest.approx(peak, abs=0.2)


def tone(dbfs: float, seconds: float, channels: int = 2) -> NDArray[np.float32]:
    """A sine of 997 Hz, which reads as its level when it is on two channels."""
    wave = 10 ** (dbfs / 20) * np.sin(2 * np.pi * 997 * np.arange(round(seconds * RATE)) / RATE)
    return np.tile(wave.astype(np.float32), (channels, 1))


def test_quiet_passages_are_gated_as_in_the_test_signals_of_ebu_tech_3341():
    assert loudness(tone(-23, 5)) == pytest.approx(-23, abs=0.1)
    quiet_around = np.concatenate([tone(-36, 3), tone(-23, 20), tone(-36, 3)], axis=1)  # case 3, shortened
    assert loudness(quiet_around) == pytest.approx(-23, abs=0.1)
    nearly_silent = np.concatenate([tone(-72, 3), tone(-36, 3), tone(-23, 20), tone(-36, 3), tone(-72, 3)], axis=1)
    assert loudness(nearly_silent) == pytest.approx(-23, abs=0.1)  # case 4, shortened
    two_levels = np.concatenate([tone(-26, 20), tone(-20, 20.1), tone(-26, 20)], axis=1)  # case 5
    assert loudness(two_levels) == pytest.approx(-23, abs=0.1)


def test_the_low_frequency_channel_does_not_count_and_surrounds_count_more():
    only = {place: np.zeros((6, 3 * RATE), np.float32) for place in range(6)}
    for place, samples in only.items():
        samples[place] = tone(-20, 3, 1)[0]
    front, lfe, surround = loudness(only[0]), loudness(only[3]), loudness(only[4])
    assert lfe == float("-inf")
    assert surround - front == pytest.approx(10 * np.log10(1.41), abs=0.01)
    assert loudness(only[2]) == pytest.approx(front, abs=0.001)


@pytest.mark.parametrize("samples", [np.zeros((2, 3 * RATE)), np.zeros((2, 0)), tone(-10, 0.39)])
def test_silence_and_a_moment_have_no_loudness(samples):
    assert loudness(samples.astype(np.float32)) == float("-inf")


PROGRAMME = programme(2, 3.0)


@given(st.lists(st.integers(0, PROGRAMME.shape[1]), max_size=12))
@settings(max_examples=25, deadline=None)
def test_block_boundaries_do_not_matter(cuts):
    meter = LoudnessMeter(2)
    for block in np.split(PROGRAMME, sorted(cuts), axis=1):
        meter.hear(block)
    assert meter.integrated() == pytest.approx(loudness(PROGRAMME), abs=1e-9)


def test_a_peak_between_the_samples_is_seen():
    wave = np.sin(2 * np.pi * np.arange(4800) / 4 + np.pi / 4)[None].astype(np.float32)
    assert 20 * np.log10(np.abs(wave).max()) == pytest.approx(-3.01, abs=0.01)
    assert 20 * np.log10(true_peaks(wave)[100:-100].max()) == pytest.approx(0.0, abs=0.2)


@pytest.mark.parametrize("hz", [100, 1000, 7000, 12_345, 18_100, 20_030])
@pytest.mark.parametrize("phase", [0.0, 0.7, 2.2])
def test_a_sine_peaks_at_its_amplitude(hz, phase):
    wave = 0.5 * np.sin(2 * np.pi * hz * np.arange(9600) / RATE + phase)[None].astype(np.float32)
    assert 20 * np.log10(true_peaks(wave)[200:-200].max() / 0.5) == pytest.approx(0.0, abs=0.1)


def test_peaks_stand_where_they_are_and_never_under_the_samples():
    click = np.zeros((2, 1000), np.float32)
    click[1, 400] = 0.8
    assert true_peaks(click).argmax() == 400
    samples = programme(2, 1.0)
    assert (true_peaks(samples) >= np.abs(samples).max(axis=0)).all()
    assert true_peaks(samples).shape == (RATE,)
