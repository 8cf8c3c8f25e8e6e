"""Whisper hears what a voice said, whatever it is heard together with."""

from functools import cache

import numpy as np
import pytest

from animedub.catalogue import ModelFolder
from animedub.dsp.resample import resampled
from animedub.engines.whisper import Whisper, _repeats, _window
from animedub.errors import InputError
from animedub.rig import Rig
from animedub.settings import load_settings

RATE = 16_000


@cache
def models() -> ModelFolder:
    return ModelFolder(load_settings().models)


@cache
def whisper() -> Whisper:
    return Whisper(models(), threads=2)


@cache
def spoken() -> np.ndarray:
    kokoro = Rig.local().synthesizer("kokoro")
    said = kokoro.speak("My brother went to school this morning.", kokoro.voices("en")[0].voice, "en")
    return np.pad(resampled(said.mono, said.rate, RATE), 3000)


def test_a_spoken_sentence_is_written_down_surely():
    (heard,) = whisper().transcribe([spoken()], "en")
    for word in ("brother", "school", "morning"):
        assert word in heard.text.lower()
    assert heard.confidence > 0.5
    assert heard.no_speech < 0.5


def test_lines_of_other_lengths_in_one_batch_change_nothing():
    long = np.pad(spoken(), (0, 9 * RATE))  # a window of its own
    silence = np.zeros(RATE, np.float32)
    results = whisper().transcribe([silence, long, spoken(), silence, spoken(), silence, spoken()], "en")
    assert len(results) == 7
    assert ["brother" in heard.text.lower() for heard in results] == [False, True, True, False, True, False, True]


def test_it_translates_into_english_only():
    with pytest.raises(InputError, match="not into 'de'"):
        whisper().translate_speech([spoken()], "ja", "de")


def test_it_knows_which_language_it_hears():
    assert whisper().probability_of("en", spoken()) > 0.5 > whisper().probability_of("ja", spoken())


@pytest.mark.parametrize(("seconds", "window"), [(0, 8), (1, 8), (8, 8), (8.1, 15), (15.1, 30), (30, 30), (99, 30)])
def test_a_line_is_heard_in_the_shortest_window_that_holds_it(seconds, window):
    assert _window(np.zeros(round(seconds * RATE), np.float32)) == window


@pytest.mark.parametrize(
    ("text", "repeats"),
    [
        ("", False),
        ("No, no, no!", False),
        ("I can't believe that you came all the way out here just to tell me that.", False),
        ("I'm sorry. " * 15, True),
        ("ああ" * 40, True),
    ],
)
def test_text_that_goes_in_circles_is_noticed(text, repeats):
    assert _repeats(text) is repeats
