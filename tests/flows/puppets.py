"""Engines that need no models: two characters who hum, one low, one high. Each notes what is asked of it."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from animedub.catalogue import ModelFolder
from animedub.engines.protocols import HEARING_RATE, Read, Waveform
from animedub.model import Heard, Sound, Span, SpeechMap, Turn, Voice, VoiceProfile

LOW_HZ, HIGH_HZ = 110, 260
SCENES = (
    (Span(start=0.5, end=1.7), LOW_HZ),
    (Span(start=2.2, end=3.4), HIGH_HZ),
    (Span(start=4.0, end=5.2), LOW_HZ),
)
"""When somebody hums in the film, and at which pitch."""

SAID = ("ぽぺぷ", "ありがとう", "ぬめのむ")
MEANT = ("This is a line.", "This is another.", "And a third.")
"""What is understood of as many sounds as there are; one of them the phrasebook knows."""

asked: Counter[str] = Counter()
"""Engine -> how often something was asked of it; the synthesizer by the words it spoke."""


def hum(hz: float, seconds: float, rate: int) -> Waveform:
    """A voiced sound: six harmonics, swelling three times a second."""
    times = np.arange(round(seconds * rate)) / rate
    wave = sum(np.sin(2 * np.pi * hz * k * times) / k for k in range(1, 7))
    return (0.15 * wave * (0.6 - 0.4 * np.cos(2 * np.pi * 3 * times))).astype(np.float32)


class Puppet:
    """What all of them have."""

    identity = "puppet v1"

    def __init__(self, models: ModelFolder, threads: int) -> None:
        self.threads = threads


class Detector(Puppet):
    def detect(self, read: Read, seconds: float) -> SpeechMap:
        asked["detect"] += 1
        assert len(read(Span(start=0, end=seconds))) == round(seconds * HEARING_RATE)
        return SpeechMap(seconds=seconds, turns=tuple(Turn(span=span, label=int(hz)) for span, hz in SCENES))


class Halves(Puppet):
    """Takes nine tenths of everything for dialogue."""

    rate = 48_000

    def dialogue(self, mix: Sound) -> Sound:
        asked["separate"] += 1
        return Sound(mix.samples * np.float32(0.9), mix.rate)


class Ear(Puppet):
    def transcribe(self, utterances: Sequence[Waveform], language: str) -> list[Heard]:
        asked["transcribe"] += 1
        return [Heard(text=text, confidence=0.9, no_speech=0.0) for text in SAID[: len(utterances)]]

    def translate_speech(self, utterances: Sequence[Waveform], source: str, target: str) -> list[Heard]:
        asked["translate"] += 1
        return [Heard(text=text, confidence=0.9, no_speech=0.0) for text in MEANT[: len(utterances)]]


class Pitch(Puppet):
    """Low voices point one way, high voices another."""

    def embed(self, utterance: Waveform) -> NDArray[np.float32]:
        asked["embed"] += 1
        spectrum = np.abs(np.fft.rfft(utterance))
        strongest = float(np.argmax(spectrum)) * HEARING_RATE / max(1, len(utterance))
        return np.array([1, 0] if strongest < (LOW_HZ + HIGH_HZ) / 2 else [0, 1], np.float32)


class Hummer(Puppet):
    rate = 24_000
    languages = ("en",)

    def voices(self, language: str) -> list[VoiceProfile]:
        return [_profile("low", LOW_HZ, (1.0, 0.0)), _profile("high", HIGH_HZ, (0.0, 1.0))]

    def duration(self, text: str, voice: Voice, language: str) -> float:
        return 0.05 * len(text)

    def speak(self, text: str, voice: Voice, language: str, tempo: float = 1.0) -> Sound:
        asked[text] += 1
        return Sound(hum(voice.pitch_hz or LOW_HZ, self.duration(text, voice, language) / tempo, self.rate), self.rate)


def _profile(name: str, hz: float, embedding: tuple[float, ...]) -> VoiceProfile:
    voice = Voice(name=name, engine="kokoro", blend={name: 1.0}, pitch_hz=hz)
    return VoiceProfile(voice=voice, embedding=embedding, encoder=Puppet.identity, native=1.0)


TROUPE: dict[str, dict[str, type[Any]]] = {
    "speech-detector": {"pyannote-segmentation": Detector},
    "separator": {"spleeter": Halves},
    "transcriber": {"whisper-base": Ear},
    "speech-translator": {"whisper-base": Ear},
    "speaker-encoder": {"campplus": Pitch},
    "synthesizer": {"kokoro": Hummer},
}
"""In place of the embedded engines, by the names that they are asked for."""
