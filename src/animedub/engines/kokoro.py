"""Kokoro-82M: one small model, five voices, and everything in between.

A voice is a weighted mixture of the model's style vectors, moved up or down by a few semitones if need be, so a whole
cast can be distinct. The lengths of the sounds are predicted first and handed to the speaking half (see
:mod:`animedub.setup.kokoro_onnx`): a line's duration is known before it is spoken, and fits to a fortieth of a second.

The silence that the model puts around a sentence (nearly half a second before, more after) cannot be saved by
shortening those lengths: the network swallows that much at either end whatever it is told, so the first and the last
word would go. It is spoken at its natural length and trimmed.
"""

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from animedub.catalogue import ModelFolder
from animedub.dsp.edges import trimmed
from animedub.dsp.resample import resampled
from animedub.engines.english import EnglishSounds
from animedub.engines.onnx import OnnxModel
from animedub.errors import InputError
from animedub.model import Sound, Voice, VoiceProfile
from animedub.setup.kokoro_onnx import DURATIONS_FILE, SPEECH_FILE

PROFILES = Path(__file__).with_name("kokoro_voices.json")
"""The voices that can be cast, surveyed by ``scripts/survey_voices.py``."""

FRAME_S = 0.025
"""The unit in which the model counts the length of a sound."""

LONGEST = 500  # phonemes the model takes at once
ATTACK_FRAMES = 1  # of the lead that are heard
RELEASE_FRAMES = 6  # of the last sound and what follows it that are heard, in the median
PAUSE_MARKS = frozenset(';:,.!?—…"()“” ')


class Kokoro:
    """Synthesizer for English with blendable, movable voices.

    Lines may be spoken from several threads at once; one thread each is faster than many for one.

    Args:
        models: where the weights lie.
        threads: not used: see above.
    """

    rate = 24_000
    languages = ("en",)
    MODEL: ClassVar[str] = "kokoro-82m"
    VERSION: ClassVar[str] = "1"

    def __init__(self, models: ModelFolder, threads: int = 1) -> None:
        ready = models.find(self.MODEL)
        self._folder, self._sha256 = ready.path, ready.fingerprint
        self._durations = OnnxModel(ready.path / DURATIONS_FILE, sha256=self._sha256)
        self._speech = OnnxModel(ready.path / SPEECH_FILE, sha256=self._sha256)
        self._sounds = EnglishSounds()

    @property
    def identity(self) -> str:
        """Model, spelling rules, survey of voices and adapter version."""
        survey = hashlib.sha256(PROFILES.read_bytes()).hexdigest()
        return f"kokoro-82m {self._sha256[:12]} g2p{self._sounds.VERSION} voices {survey[:8]} v{self.VERSION}"

    @cached_property
    def _styles(self) -> dict[str, NDArray[np.float32]]:
        with np.load(self._folder / "voices_ja.npz", allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}

    @cached_property
    def _vocabulary(self) -> dict[str, int]:
        return json.loads((self._folder / "vocab.json").read_text(encoding="utf-8"))["vocab"]

    @cached_property
    def _marks(self) -> frozenset[int]:
        return frozenset(self._vocabulary[mark] for mark in PAUSE_MARKS if mark in self._vocabulary)

    def voices(self, language: str) -> list[VoiceProfile]:
        """The surveyed voices, the most native first."""
        profiles = [VoiceProfile.model_validate(p) for p in json.loads(PROFILES.read_text(encoding="utf-8"))]
        return sorted(profiles, key=lambda p: -p.native) if language in self.languages else []

    def duration(self, text: str, voice: Voice, language: str) -> float:
        """Seconds the text takes at the voice's natural speed, silence around it left out."""
        frames = 0.0
        for tokens in self._tokens(text, language):
            lengths = self._lengths(tokens, voice)
            frames += ATTACK_FRAMES + lengths[self._inside(tokens)].sum() + RELEASE_FRAMES
        return float(frames) * FRAME_S

    def speak(self, text: str, voice: Voice, language: str, tempo: float = 1.0) -> Sound:
        """Speak the text ``tempo`` times as fast as is natural; mono at 24 kHz, trimmed of silence.

        Raises:
            InputError: nothing in the text can be spoken, or the language is not one of ``languages``.
        """
        # Played faster by the pitch ratio afterwards, so it is spoken slower by as much.
        ratio = 2 ** (voice.shift_st / 12)
        pieces = [self._say(tokens, voice, tempo / ratio) for tokens in self._tokens(text, language)]
        if not pieces:
            raise InputError(f"nothing in {text!r} can be spoken in '{language}'")
        wave = np.concatenate(pieces)
        if voice.shift_st:
            wave = resampled(wave, round(self.rate * ratio), self.rate)
        return Sound(trimmed(wave, self.rate), self.rate)

    def _say(self, tokens: list[int], voice: Voice, tempo: float) -> NDArray[np.float32]:
        lengths = self._lengths(tokens, voice)
        inside = self._inside(tokens)
        lengths[inside] /= tempo  # the margins stay: see above
        frames = _rounded(lengths)
        style = self._style(voice, len(tokens))
        return self._speech(tokens=_padded(tokens), style=style, durations=frames[None])[0].ravel()

    def _lengths(self, tokens: list[int], voice: Voice) -> NDArray[np.float32]:
        """Natural length of the lead, of every phoneme and of the tail, in frames."""
        style = self._style(voice, len(tokens))
        return self._durations(tokens=_padded(tokens), style=style, speed=np.ones(1, np.float32))[0].ravel()

    def _inside(self, tokens: list[int]) -> slice:
        """The sounds between the margins: all but the lead, the last sound and the marks after it."""
        last = max(i for i, token in enumerate(tokens, start=1) if token not in self._marks)
        return slice(1, max(2, last))

    def _style(self, voice: Voice, phonemes: int) -> NDArray[np.float32]:
        total = sum(voice.blend.values())
        row = min(phonemes, LONGEST) - 1
        try:
            mixed = sum(self._styles[name][row] * (weight / total) for name, weight in voice.blend.items())
        except KeyError as error:
            raise InputError(f"kokoro has no voice {error}; it has {', '.join(sorted(self._styles))}") from error
        return np.asarray(mixed, np.float32).reshape(1, -1)

    def _tokens(self, text: str, language: str) -> list[list[int]]:
        """Numbers of the phonemes, in pieces that the model can take at once."""
        if language not in self.languages:
            raise InputError(f"kokoro speaks {', '.join(self.languages)}, not '{language}'")
        tokens = [self._vocabulary[sound] for sound in self._sounds.phonemes(text) if sound in self._vocabulary]
        marks = self._marks
        pieces = []
        while len(tokens) > LONGEST:
            cut = next((i for i in range(LONGEST, LONGEST // 2, -1) if tokens[i - 1] in marks), LONGEST)
            pieces.append(tokens[:cut])
            tokens = tokens[cut:]
        return [piece for piece in [*pieces, tokens] if any(token not in marks for token in piece)]


def _padded(tokens: list[int]) -> NDArray[np.int64]:
    return np.array([[0, *tokens, 0]], np.int64)


def _rounded(lengths: NDArray[np.float32]) -> NDArray[np.float32]:
    """Whole frames, at least one for each sound, with the rounding carried on so that the total stays true."""
    edges = np.round(np.cumsum(lengths))
    return np.maximum(1, np.diff(edges, prepend=0)).astype(np.float32)
