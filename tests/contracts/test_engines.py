"""What every engine promises, asked of each one there is."""

from collections.abc import Callable
from functools import cache
from typing import Any, get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from animedub.catalogue import ModelFolder
from animedub.dsp.resample import resampled
from animedub.engines import protocols, registry
from animedub.engines.protocols import HEARING_RATE
from animedub.errors import InputError
from animedub.model import Heard, Sound, SpeechMap, Voice
from animedub.settings import load_settings

PROTOCOLS = {
    "speech-detector": protocols.SpeechDetector,
    "separator": protocols.Separator,
    "transcriber": protocols.Transcriber,
    "speech-translator": protocols.SpeechTranslator,
    "speaker-encoder": protocols.SpeakerEncoder,
    "synthesizer": protocols.Synthesizer,
}
KINDS: tuple[registry.Kind, ...] = get_args(registry.Kind)
EVERY = [(kind, name) for kind in KINDS for name in registry.names(kind)]
LISTENERS = [(kind, name) for kind, name in EVERY if kind != "synthesizer"]
SYNTHESIZERS = registry.names("synthesizer")

Waveform = NDArray[np.float32]


def made(kind: registry.Kind, name: str) -> Any:
    return registry.adapter(kind, name)(ModelFolder(load_settings().models), 1)


engine = cache(made)  # weights are loaded once


@cache
def utterance() -> Waveform:
    """Somebody speaks, mono at 16 kHz, a little silence around it."""
    speaker = engine("synthesizer", "kokoro")
    said = speaker.speak("Good morning! Where are you going?", speaker.voices("en")[0].voice, "en")
    return np.pad(resampled(said.mono, said.rate, HEARING_RATE), 4000)


def noise(seconds: float) -> Waveform:
    drawn = np.random.default_rng(1).standard_normal(round(seconds * HEARING_RATE)) * 0.1
    return drawn.astype(np.float32)


SOUNDS: dict[str, Callable[[], Waveform]] = {
    "silence": lambda: np.zeros(HEARING_RATE, np.float32),
    "a moment": lambda: noise(0.1),
    "an utterance": utterance,
}


def detected(detector: protocols.SpeechDetector, wave: Waveform) -> SpeechMap:
    def read(span: Any) -> Waveform:
        start, end = span.samples(HEARING_RATE)
        return np.pad(wave, (0, max(0, end - len(wave))))[start:end]

    found = detector.detect(read, len(wave) / HEARING_RATE)
    assert found.seconds == len(wave) / HEARING_RATE
    assert all(0 <= turn.span.start < turn.span.end <= found.seconds for turn in found.turns)
    assert list(found.turns) == sorted(found.turns, key=lambda turn: turn.span.start)
    return found


def separated(separator: protocols.Separator, wave: Waveform) -> bytes:
    mix = Sound(np.tile(resampled(wave, HEARING_RATE, separator.rate), (2, 1)), separator.rate)
    dialogue = separator.dialogue(mix)
    assert (dialogue.rate, dialogue.samples.shape) == (mix.rate, mix.samples.shape)
    assert np.isfinite(dialogue.samples).all()
    assert np.abs(dialogue.samples).max() <= 1.5 * np.abs(mix.samples).max()
    return dialogue.samples.tobytes()


def heard(results: list[Heard]) -> list[Heard]:
    assert len(results) == 1
    assert isinstance(results[0], Heard)
    return results


def embedded(encoder: protocols.SpeakerEncoder, wave: Waveform) -> bytes:
    vector = encoder.embed(wave)
    assert (vector.dtype, vector.ndim) == (np.float32, 1)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-3)
    return vector.tobytes()


ASK: dict[str, Callable[[Any, Waveform], Any]] = {
    "speech-detector": detected,
    "separator": separated,
    "transcriber": lambda ear, wave: heard(ear.transcribe([wave], "en")),
    "speech-translator": lambda ear, wave: heard(ear.translate_speech([wave], "ja", "en")),
    "speaker-encoder": embedded,
}


def test_every_kind_has_a_protocol_and_an_engine():
    assert set(PROTOCOLS) == set(KINDS) == {kind for kind, _ in EVERY}


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_it_is_what_it_says(kind, name):
    assert isinstance(engine(kind, name), PROTOCOLS[kind])


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_its_identity_is_the_same_wherever_it_is_made(kind, name):
    identity = engine(kind, name).identity
    assert identity == made(kind, name).identity
    assert identity.strip()
    assert len(identity.splitlines()) == 1


@pytest.mark.parametrize("sound", SOUNDS)
@pytest.mark.parametrize(("kind", "name"), LISTENERS)
def test_it_hears_any_sound_and_the_same_each_time(kind, name, sound):
    wave = SOUNDS[sound]()
    before = wave.copy()
    first = ASK[kind](engine(kind, name), wave)
    assert ASK[kind](engine(kind, name), wave) == first
    np.testing.assert_array_equal(wave, before)  # the caller's own is left alone


@pytest.mark.parametrize("name", registry.names("transcriber"))
def test_a_transcriber_answers_in_the_order_it_was_asked(name):
    ear = engine("transcriber", name)
    assert ear.transcribe([], "en") == []
    silence = np.zeros(HEARING_RATE, np.float32)
    texts = [said.text.lower() for said in ear.transcribe([silence, utterance(), silence[:800]], "en")]
    assert ["morning" in text for text in texts] == [False, True, False]


@pytest.mark.parametrize("name", registry.names("speech-detector"))
def test_a_detector_finds_speech_and_nothing_in_silence(name):
    assert detected(engine("speech-detector", name), SOUNDS["silence"]()).turns == ()
    wave = utterance()
    found = detected(engine("speech-detector", name), wave)
    assert sum(span.seconds for span in found.spans) > 0.6 * (len(wave) / HEARING_RATE - 0.5)


@pytest.mark.parametrize("name", SYNTHESIZERS)
def test_a_synthesizer_has_voices_for_each_of_its_languages(name):
    speaker = engine("synthesizer", name)
    for language in speaker.languages:
        profiles = speaker.voices(language)
        assert profiles
        names = [profile.voice.name for profile in profiles]
        assert len(set(names)) == len(names)
        assert [p.native for p in profiles] == sorted((p.native for p in profiles), reverse=True)
        for profile in profiles:
            assert profile.voice.engine == name
            assert sum(profile.voice.blend.values()) == pytest.approx(1)
            assert np.linalg.norm(profile.embedding) == pytest.approx(1, abs=0.01)
    assert speaker.voices("xx") == []


@pytest.mark.parametrize("name", SYNTHESIZERS)
def test_a_synthesizer_speaks_at_its_rate_within_full_scale_and_the_same_each_time(name):
    speaker = engine("synthesizer", name)
    language = speaker.languages[0]
    voice: Voice = speaker.voices(language)[0].voice
    said = speaker.speak("Go home.", voice, language)
    assert (said.rate, said.channels) == (speaker.rate, 1)
    assert 0.02 < np.abs(said.samples).max() <= 1.0
    assert said.seconds == pytest.approx(speaker.duration("Go home.", voice, language), abs=0.35)
    np.testing.assert_array_equal(speaker.speak("Go home.", voice, language).samples, said.samples)


@pytest.mark.parametrize("name", SYNTHESIZERS)
def test_a_synthesizer_refuses_what_it_cannot_speak(name):
    speaker = engine("synthesizer", name)
    language = speaker.languages[0]
    voice = speaker.voices(language)[0].voice
    assert speaker.duration("...", voice, language) == 0
    with pytest.raises(InputError, match="can be spoken"):
        speaker.speak("...", voice, language)
    with pytest.raises(InputError):
        speaker.speak("Hello.", voice, "xx")
