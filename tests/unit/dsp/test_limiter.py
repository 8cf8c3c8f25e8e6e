"""The limiter on material that is hard to limit."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import butter, resample_poly, sosfilt

from animedub.dsp.limiter import limited

RATE = 48_000
TOLERANCE_DB = 0.12  # noise peaks a little between the points of four times oversampling, too


def through(
    samples: NDArray[np.float32], cuts: Sequence[int] = (), *, gain: float = 1.0, ceiling: float = 0.5
) -> NDArray[np.float32]:
    blocks: Iterator[NDArray[np.float32]] = iter(np.split(samples, sorted(cuts), axis=1))
    return np.concatenate(list(limited(blocks, RATE, gain=gain, ceiling=ceiling)), axis=1)


def true_peak(samples: NDArray[np.float32]) -> float:
    """By sixteen times oversampling: another and finer instrument than the limiter's own."""
    return float(np.abs(resample_poly(samples.astype(np.float64), 16, 1, axis=1)).max())


def noise(seconds: float = 1.0, channels: int = 2) -> NDArray[np.float32]:
    """All that can be heard, at once."""
    white = np.random.default_rng(4).standard_normal((channels, round(seconds * RATE))) * 0.3
    return sosfilt(butter(8, 16_000, fs=RATE, output="sos"), white, axis=1).astype(np.float32)


def clicks() -> NDArray[np.float32]:
    samples = noise(1.0) * 0.1
    samples[0, ::7001] = 1.0
    samples[1, 3::5003] = -1.0
    return samples


def square() -> NDArray[np.float32]:
    return np.tile(np.sign(np.sin(2 * np.pi * 441 * np.arange(RATE) / RATE + 0.01)), (2, 1)).astype(np.float32)


def between_the_samples() -> NDArray[np.float32]:
    return np.sin(2 * np.pi * np.arange(RATE) / 4 + np.pi / 4)[None].astype(np.float32)


def full_from_the_first_sample() -> NDArray[np.float32]:
    return np.ones((1, 4000), np.float32)


@pytest.mark.parametrize("make", [noise, clicks, square, between_the_samples, full_from_the_first_sample])
@pytest.mark.parametrize("gain", [1.0, 4.0])
def test_no_true_peak_passes_the_ceiling(make, gain):
    out = through(make(), gain=gain, ceiling=0.5)
    assert 20 * np.log10(true_peak(out) / 0.5) < TOLERANCE_DB
    assert 20 * np.log10(np.abs(out).max() / 0.5) > -4  # and no more is taken than must be


def test_what_is_low_enough_is_only_raised():
    samples = noise() * np.float32(0.1)
    np.testing.assert_array_equal(through(samples, [100, 30_000], gain=1.5), samples * np.float32(1.5))


def test_far_from_a_peak_nothing_is_touched_and_nothing_is_moved():
    samples = noise(1.0) * np.float32(0.1)
    samples[:, 24_000] = 1.0
    out = through(samples)
    reach = round(0.020 * RATE) + 16
    np.testing.assert_array_equal(out[:, : 24_000 - reach], samples[:, : 24_000 - reach])
    np.testing.assert_array_equal(out[:, 24_000 + reach :], samples[:, 24_000 + reach :])
    assert np.abs(out[0]).argmax() == 24_000
    near = slice(24_000 - 900, 24_000 + 900)
    gain = out[0, near] / samples[0, near]
    assert np.abs(np.diff(gain)).max() < 0.01  # no step
    np.testing.assert_allclose(gain, out[1, near] / samples[1, near], rtol=1e-5)  # the image stands still


@given(st.lists(st.integers(0, RATE), max_size=8))
@settings(max_examples=25, deadline=None)
def test_block_boundaries_do_not_matter(cuts):
    samples = clicks()
    out = through(samples, cuts)
    assert out.shape == samples.shape
    np.testing.assert_allclose(out, through(samples), atol=1e-6)


@pytest.mark.parametrize("samples", [1, 17, 1000, 48_001])
def test_length_is_kept(samples):
    assert through(np.ones((2, samples), np.float32)).shape == (2, samples)


def test_nothing_comes_of_nothing():
    assert list(limited(iter([]), RATE, gain=1.0, ceiling=0.5)) == []
