"""Kokoro speaks as long, as high and as fast as it is asked to."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import cast

import numpy as np
import pytest

from animedub.catalogue import ModelFolder
from animedub.dsp.pitch import track_pitch
from animedub.dsp.resample import resampled
from animedub.engines.kokoro import FRAME_S, LONGEST, Kokoro, _rounded
from animedub.errors import InputError
from animedub.model import Sound, Voice
from animedub.rig import Rig
from animedub.settings import load_settings

TEXT = "We have to leave right now."


@cache
def kokoro() -> Kokoro:
    return cast(Kokoro, Rig.local().synthesizer("kokoro"))  # loaded once for all tests


def voice(shift_st: float = 0.0, **blend: float) -> Voice:
    return Voice(name="test", engine="kokoro", blend=blend or {"jf_nezumi": 1.0}, shift_st=shift_st)


@cache
def said(tempo: float = 1.0, shift_st: float = 0.0) -> Sound:
    return kokoro().speak(TEXT, voice(shift_st), "en", tempo)


def pitch(sound: Sound) -> float:
    found = track_pitch(resampled(sound.mono, sound.rate, 16_000), 16_000)
    return float(np.median(found.hz[found.voiced]))


def test_the_length_is_known_before_it_is_spoken():
    assert said().seconds == pytest.approx(kokoro().duration(TEXT, voice(), "en"), abs=0.35)


def test_tempo_changes_the_length_and_not_the_pitch():
    hurried = said(1.3)
    assert 0.15 < 1 - hurried.seconds / said().seconds < 0.30
    assert abs(12 * np.log2(pitch(hurried) / pitch(said()))) < 1.5
    assert said(2 ** (-3 / 12)).seconds > 1.1 * said().seconds


@pytest.mark.parametrize("shift", [3.0, -3.0])
def test_a_shift_moves_the_pitch_and_not_the_length(shift):
    moved = said(1.0, shift)
    # It is spoken faster or slower, which colours the melody, and played back at the pitch that was asked for.
    spoken = said(2 ** (-shift / 12))
    assert 12 * np.log2(pitch(moved) / pitch(spoken)) == pytest.approx(shift, abs=0.7)
    assert 12 * np.log2(pitch(moved) / pitch(said())) == pytest.approx(shift, abs=1.2)
    assert moved.seconds == pytest.approx(said().seconds, abs=0.1)


def test_a_blend_lies_between_its_voices_and_weights_are_shares():
    engine = kokoro()
    low, high = voice(jm_kumo=1.0), voice(jf_nezumi=1.0)
    half = voice(jm_kumo=0.5, jf_nezumi=0.5)
    levels = [pitch(engine.speak("Come with me.", one, "en")) for one in (low, half, high)]
    assert levels[0] * 1.05 < levels[1] < levels[2] / 1.05
    doubled = voice(jm_kumo=1.0, jf_nezumi=1.0)
    assert engine.duration(TEXT, doubled, "en") == engine.duration(TEXT, half, "en")


def test_sound_begins_at_once_and_ends_with_the_last_word():
    levels = np.abs(said().mono)
    assert np.abs(levels[[0, -1]]).max() < 1e-3
    loud = np.flatnonzero(levels > levels.max() / 30)
    assert loud[0] / said().rate < 0.15
    assert (len(levels) - loud[-1]) / said().rate < 0.15


def test_two_threads_say_what_one_says():
    engine = Kokoro(ModelFolder(load_settings().models))  # nothing is loaded yet
    texts = ["Stop!", "Who?"]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda text: engine.speak(text, voice(), "en"), texts))
    for text, sound in zip(texts, together, strict=True):
        np.testing.assert_array_equal(sound.samples, kokoro().speak(text, voice(), "en").samples)


def test_a_text_too_long_for_the_model_is_said_in_pieces():
    text = "This goes on and on, because there is so much to say. " * 16
    pieces = kokoro()._tokens(text, "en")
    whole = [kokoro()._vocabulary[c] for c in kokoro()._sounds.phonemes(text) if c in kokoro()._vocabulary]
    assert len(pieces) > 1
    assert max(map(len, pieces)) <= LONGEST
    assert [token for piece in pieces for token in piece] == whole
    assert all(piece[-1] in kokoro()._marks for piece in pieces[:-1])  # no word is cut in two
    once = kokoro().duration("This goes on and on, because there is so much to say.", voice(), "en")
    assert kokoro().duration(text, voice(), "en") == pytest.approx(16 * once, rel=0.25)


def test_a_voice_that_is_not_there_is_refused():
    with pytest.raises(InputError, match=r"af_nobody.*jm_kumo"):
        kokoro().speak("Hello.", voice(af_nobody=1.0), "en")


@pytest.mark.parametrize("text", ["", "...", "♪", "ですか"])
def test_nothing_to_say(text):
    assert kokoro().duration(text, voice(), "en") == 0
    with pytest.raises(InputError, match="nothing in"):
        kokoro().speak(text, voice(), "en")


def test_it_speaks_english_only():
    with pytest.raises(InputError, match="not 'de'"):
        kokoro().duration("Hallo.", voice(), "de")


def test_rounding_keeps_the_total_and_gives_every_sound_a_frame():
    lengths = np.full(100, 2.3, np.float32)
    assert _rounded(lengths).sum() == 230
    assert _rounded(np.array([0.1, 0.1, 5.0], np.float32)).min() == 1
    assert FRAME_S == 1 / 40
