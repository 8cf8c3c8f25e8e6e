"""Whisper through CTranslate2: writes down what is said, and translates it into English.

Lines of dialogue are short, so they are not padded to Whisper's thirty seconds: the encoder takes any shorter window
too, and a line of three seconds costs a sixth. Measured on acted Japanese lines, eight seconds give the same words as
thirty. Lines of like length are decoded together.
"""

import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np

from animedub.catalogue import ModelFolder
from animedub.engines.protocols import HEARING_RATE, Waveform
from animedub.errors import InputError
from animedub.model import Heard

WINDOWS_S = (8, 15, 30)
"""Lengths the encoder is given, seconds: a line is padded to the shortest that holds it."""

FRAMES_PER_SECOND = 100
LONGEST_TEXT = 160  # tokens; Whisper's own limit is 448 for half a minute
BEAM = 5
REPETITIVE = 2.4  # text that zlib shrinks by more than this repeats itself: Whisper's own threshold

Task = Literal["transcribe", "translate"]


class Whisper:
    """Transcriber and speech translator (into English only).

    Args:
        models: where the weights lie.
        threads: lines heard at the same time, each by one thread.
        model: name of a faster-whisper model in the catalogue.
        batch: lines decoded together by one thread.
    """

    VERSION: ClassVar[str] = "1"

    def __init__(self, models: ModelFolder, threads: int = 1, *, model: str = "whisper-base", batch: int = 4) -> None:
        ready = models.find(model)
        self._folder, self._name, self._sha256 = ready.path, model, ready.fingerprint
        self._threads, self._batch = threads, batch

    @property
    def identity(self) -> str:
        """Model and adapter version."""
        return f"{self._name} {self._sha256[:12]} v{self.VERSION}"

    @cached_property
    def _model(self) -> Any:
        from faster_whisper import WhisperModel

        return WhisperModel(
            str(self._folder), device="cpu", compute_type="int8", cpu_threads=1, num_workers=self._threads
        )

    def transcribe(self, utterances: Sequence[Waveform], language: str) -> list[Heard]:
        """Write down each utterance (mono 16 kHz, at most 30 s; what is longer is cut)."""
        return self._hear(utterances, "transcribe", language)

    def translate_speech(self, utterances: Sequence[Waveform], source: str, target: str) -> list[Heard]:
        """Translate each utterance into English.

        Raises:
            InputError: another target language is asked for.
        """
        if target != "en":
            raise InputError(
                f"{self._name} translates into English only, not into '{target}'; give a script or subtitles"
            )
        return self._hear(utterances, "translate", source)

    def probability_of(self, language: str, utterance: Waveform) -> float:
        """How sure the model is that an utterance is in ``language``, 0..1."""
        _, _, chances = self._model.detect_language(utterance)
        return dict(chances).get(language, 0.0)

    def _hear(self, utterances: Sequence[Waveform], task: Task, language: str) -> list[Heard]:
        batches = list(self._batches(utterances))
        heard: list[Heard] = [Heard(text="", confidence=0.0, no_speech=1.0)] * len(utterances)
        with ThreadPoolExecutor(self._threads) as pool:
            results = pool.map(lambda batch: self._decode([utterances[i] for i in batch], task, language), batches)
            for batch, texts in zip(batches, results, strict=True):
                for index, text in zip(batch, texts, strict=True):
                    heard[index] = text
        return heard

    def _batches(self, utterances: Sequence[Waveform]) -> Iterator[list[int]]:
        """Indices of lines that share a window, in groups of at most ``batch``."""
        by_window: dict[int, list[int]] = {}
        for index, wave in enumerate(utterances):
            by_window.setdefault(_window(wave), []).append(index)
        for indices in by_window.values():
            for first in range(0, len(indices), self._batch):
                yield indices[first : first + self._batch]

    def _decode(self, waves: list[Waveform], task: Task, language: str, no_repeat: int = 0) -> list[Heard]:
        from faster_whisper.tokenizer import Tokenizer

        model = self._model
        window = max(_window(wave) for wave in waves)
        samples, frames = window * HEARING_RATE, window * FRAMES_PER_SECOND
        padded = (np.pad(wave[:samples], (0, max(0, samples - len(wave)))) for wave in waves)
        features = np.stack([model.feature_extractor(wave)[:, :frames] for wave in padded])
        tokenizer = Tokenizer(model.hf_tokenizer, True, task=task, language=language)
        prompt = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
        results = model.model.generate(
            model.encode(features),
            [prompt] * len(waves),
            beam_size=BEAM,
            max_length=LONGEST_TEXT,
            return_scores=True,
            return_no_speech_prob=True,
            no_repeat_ngram_size=no_repeat,
        )
        heard = [
            Heard(
                text=tokenizer.decode(result.sequences_ids[0]).strip(),
                confidence=min(1.0, float(np.exp(result.scores[0]))),
                no_speech=min(1.0, float(result.no_speech_prob)),
            )
            for result in results
        ]
        return (
            heard
            if no_repeat
            else [
                self._decode([wave], task, language, no_repeat=3)[0] if _repeats(h.text) else h
                for wave, h in zip(waves, heard, strict=True)
            ]
        )


def _window(wave: Waveform) -> int:
    """The shortest window that holds the sound, seconds."""
    seconds = len(wave) / HEARING_RATE
    return next((w for w in WINDOWS_S if seconds <= w), WINDOWS_S[-1])


def _repeats(text: str) -> bool:
    """Whether a text says the same over and over, as Whisper does when it has lost the thread."""
    raw = text.encode()
    return len(raw) > 0 and len(raw) / len(zlib.compress(raw)) > REPETITIVE
