"""How loud speech is, pauses left out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from animedub.dsp.levels import FLOOR_DB, frame_levels_db, speech_level_db, spoken_frames

RATE = 16_000
TONE = np.sin(2 * np.pi * 400 * np.arange(RATE) / RATE).astype(np.float32)


@given(level=st.floats(-60, 0), pause_s=st.floats(0, 3))
def test_pauses_do_not_count(level, pause_s):
    wave = TONE * np.float32(10 ** (level / 20))
    broken = np.concatenate([wave, np.zeros(round(pause_s * 100) * 160, np.float32), wave])
    assert speech_level_db(broken, RATE) == pytest.approx(level - 3.01, abs=0.02)


def test_a_room_thirty_decibels_under_the_voice_is_a_pause():
    wave = np.concatenate([TONE, 0.02 * TONE, 0.05 * TONE])  # -34 and -26 dB
    spoken = spoken_frames(frame_levels_db(wave, RATE))
    assert (spoken[:100].all(), spoken[100:200].any(), spoken[200:].all()) == (True, False, True)


@pytest.mark.parametrize("samples", [0, 1, 16_000])
def test_silence_is_at_the_floor(samples):
    wave = np.zeros(samples, np.float32)
    assert speech_level_db(wave, RATE) == pytest.approx(FLOOR_DB, abs=1e-3)
    np.testing.assert_allclose(frame_levels_db(wave, RATE), FLOOR_DB, atol=1e-3)
