"""The meter that looks at finished files."""

import numpy as np
import pytest
import soundfile

from animedub.errors import MediaError
from animedub.media.meter import measure_loudness

RATE = 48_000


def tone(dbfs: float, seconds: float = 3.0) -> np.ndarray:
    """A stereo sine of 997 Hz reads as its level."""
    wave = 10 ** (dbfs / 20) * np.sin(2 * np.pi * 997 * np.arange(round(seconds * RATE)) / RATE)
    return np.stack([wave, wave], axis=1)


@pytest.mark.parametrize("level", [-16.0, -23.0, -40.0])
def test_a_tone_reads_as_its_level(tmp_path, level):
    soundfile.write(tmp_path / "tone.wav", tone(level), RATE, subtype="PCM_24")
    loudness = measure_loudness(tmp_path / "tone.wav", 0, 3.0)
    assert loudness.lufs == pytest.approx(level, abs=0.11)
    assert loudness.true_peak_db == pytest.approx(level, abs=0.11)


def test_the_track_that_is_asked_for_is_measured(films):
    assert measure_loudness(films.rich, 0, 3.0).lufs == pytest.approx(measure_loudness(films.mkv, 0, 3.0).lufs, abs=0.1)
    with pytest.raises(MediaError):
        measure_loudness(films.mkv, 1, 3.0)


def test_silence_reads_as_nothing(tmp_path):
    soundfile.write(tmp_path / "silence.wav", np.zeros((RATE * 2, 2)), RATE)
    loudness = measure_loudness(tmp_path / "silence.wav", 0, 2.0)
    assert loudness.lufs <= -70
    assert loudness.true_peak_db == -99.0


def test_a_file_without_sound_cannot_be_measured(tmp_path):
    (tmp_path / "text.mkv").write_text("no film")
    with pytest.raises(MediaError):
        measure_loudness(tmp_path / "text.mkv", 0, 1.0)
