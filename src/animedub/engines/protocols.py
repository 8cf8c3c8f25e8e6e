"""What each kind of engine promises.

An engine is made from a :class:`~animedub.catalogue.ModelFolder` and the number of threads it may use; it loads its
weights when first used and keeps them. Sounds that engines hear are mono float32 arrays at 16 kHz (``HEARING_RATE``)
unless said otherwise. ``identity`` names the engine, its model and the version of its adapter: it is part of every
cache key, so it changes whenever the same input would give another output.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from animedub.model import Heard, Sound, Span, SpeechMap, Voice, VoiceProfile

HEARING_RATE = 16_000
"""Sampling rate of what recognisers hear, Hz."""

Waveform = NDArray[np.float32]
"""Mono samples, shape ``(n,)``, full scale at +-1."""

Read = Callable[[Span], Waveform]
"""Gives the mono 16 kHz samples of a span: engines read long sounds piece by piece."""


@runtime_checkable
class Engine(Protocol):
    """What every engine has."""

    @property
    def identity(self) -> str:
        """Engine, model and adapter version, such as ``"spleeter 2stems 7747f9fd v1"``."""
        ...


@runtime_checkable
class SpeechDetector(Engine, Protocol):
    """Marks where somebody speaks and where the speaker changes."""

    def detect(self, read: Read, seconds: float) -> SpeechMap:
        """Find the turns in ``seconds`` of sound."""
        ...


@runtime_checkable
class Separator(Engine, Protocol):
    """Takes the dialogue out of a mix."""

    rate: int

    def dialogue(self, mix: Sound) -> Sound:
        """The dialogue in ``mix``: same shape; ``mix.rate`` must be ``rate``. The bed is what remains."""
        ...


@runtime_checkable
class Transcriber(Engine, Protocol):
    """Writes down what is said, in the language it is said in."""

    def transcribe(self, utterances: Sequence[Waveform], language: str) -> list[Heard]:
        """One result for each utterance (at most 30 s each)."""
        ...


@runtime_checkable
class SpeechTranslator(Engine, Protocol):
    """Translates what is heard directly."""

    def translate_speech(self, utterances: Sequence[Waveform], source: str, target: str) -> list[Heard]:
        """One result for each utterance (at most 30 s each)."""
        ...


@runtime_checkable
class SpeakerEncoder(Engine, Protocol):
    """Turns a voice into a direction: sounds of one speaker point the same way."""

    def embed(self, utterance: Waveform) -> NDArray[np.float32]:
        """Unit vector of shape ``(d,)``."""
        ...


@runtime_checkable
class Synthesizer(Engine, Protocol):
    """Speaks."""

    rate: int
    languages: tuple[str, ...]

    def voices(self, language: str) -> list[VoiceProfile]:
        """The voices that can be cast for a language, the most native first."""
        ...

    def duration(self, text: str, voice: Voice, language: str) -> float:
        """Seconds the text would take at the voice's natural speed, without speaking it; 0 if nothing in it can be."""
        ...

    def speak(self, text: str, voice: Voice, language: str, tempo: float = 1.0) -> Sound:
        """Speak the text ``tempo`` times as fast as the voice naturally does; mono at ``rate``."""
        ...
