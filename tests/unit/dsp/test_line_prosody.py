"""Prosody of made lines whose pauses, pitch, rate and level are known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from animedub.dsp.prosody import measure_prosody

RATE = 16_000


def syllable(hz: float, seconds: float, level: float = 0.3) -> NDArray[np.float32]:
    """A vowel that opens and closes."""
    n = round(seconds * RATE)
    times = np.arange(n) / RATE
    throat = sum(np.sin(2 * np.pi * hz * h * times) / h for h in range(1, 9))
    return (level * throat * np.sin(np.pi * np.arange(n) / n)).astype(np.float32)


def silence(seconds: float) -> NDArray[np.float32]:
    return np.zeros(round(seconds * RATE), np.float32)


def said(*parts: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.concatenate(parts)


@pytest.mark.parametrize("rate", [3.0, 4.0, 6.0])
def test_syllables_are_counted(rate):
    line = said(*(syllable(200, 1 / rate) for _ in range(round(3 * rate))))
    assert measure_prosody(line, RATE).syllables_per_second == pytest.approx(rate, rel=0.2)


def test_pauses_are_found_where_they_are_and_left_out_of_the_rate():
    phrase = [syllable(200, 0.25) for _ in range(6)]
    broken = measure_prosody(said(*phrase, silence(0.6), *phrase, silence(0.3), *phrase), RATE)
    whole = measure_prosody(said(*phrase, *phrase, *phrase), RATE)
    assert [(p.start, p.end) for p in broken.pauses] == [
        (pytest.approx(1.5, abs=0.05), pytest.approx(2.1, abs=0.05)),
        (pytest.approx(3.6, abs=0.05), pytest.approx(3.9, abs=0.05)),
    ]
    assert whole.pauses == ()
    assert broken.syllables_per_second == pytest.approx(whole.syllables_per_second, rel=0.2)


def test_silence_around_the_line_is_no_pause():
    line = measure_prosody(said(silence(0.5), syllable(150, 0.4), silence(0.5)), RATE)
    assert line.pauses == ()


def test_pitch_and_its_range_are_those_of_the_melody():
    melody = measure_prosody(said(*(syllable(hz, 0.4) for hz in (150, 200, 300))), RATE)
    assert melody.pitch_hz == pytest.approx(200, rel=0.03)
    assert melody.pitch_range_st == pytest.approx(12, abs=1)  # an octave
    steady = measure_prosody(said(*(syllable(200, 0.4) for _ in range(3))), RATE)
    assert steady.pitch_range_st < 0.5
    assert steady.voiced > 0.9


def test_energy_is_the_level_of_what_is_spoken():
    loud = np.sin(2 * np.pi * 200 * np.arange(RATE) / RATE).astype(np.float32) * np.float32(0.1)
    for line in (loud, said(silence(1.0), loud, silence(2.0))):
        assert measure_prosody(line, RATE).energy_db == pytest.approx(-23.0, abs=0.1)
    assert measure_prosody(loud, RATE).energy_range_db < 0.5
    swelling = said(loud, loud * np.float32(0.25))
    assert measure_prosody(swelling, RATE).energy_range_db == pytest.approx(12.0, abs=0.5)


def test_louder_is_only_louder():
    line = said(*(syllable(hz, 0.3) for hz in (180, 240, 160)), silence(0.4), syllable(200, 0.5))
    quiet, loud = measure_prosody(line * np.float32(0.1), RATE), measure_prosody(line, RATE)
    assert loud.energy_db - quiet.energy_db == pytest.approx(20, abs=0.02)
    assert quiet.model_copy(update={"energy_db": loud.energy_db}) == loud


def test_a_whisper_has_no_pitch_and_many_zero_crossings():
    noise = np.random.default_rng(3).standard_normal(RATE).astype(np.float32) * 0.1
    whisper = measure_prosody(noise, RATE)
    assert whisper.voiced < 0.05
    assert whisper.zero_crossings_hz == pytest.approx(RATE / 2, rel=0.05)
    tone = np.sin(2 * np.pi * 200 * np.arange(RATE) / RATE + 0.1).astype(np.float32)
    assert measure_prosody(tone, RATE).zero_crossings_hz == pytest.approx(400, rel=0.01)


@pytest.mark.parametrize("wave", [np.zeros(RATE), np.full(RATE, 1e-9), np.ones(160), np.eye(1, RATE)[0]])
def test_what_is_hardly_a_sound_is_measured_all_the_same(wave):
    measured = measure_prosody(wave.astype(np.float32), RATE, balance=-0.5)
    assert measured.pitch_hz is None
    assert measured.balance == -0.5
    assert np.isfinite([measured.energy_db, measured.energy_range_db, measured.syllables_per_second]).all()
