"""The yardstick: the same models strung together in one line of thought, without workflow, store or concurrency.

usage: straight_line.py EPISODE OUT.mkv

Each model is loaded once, may use every core for itself, and nothing runs beside it. The dub is the simplest that these
models allow: every turn of the speech detector is a line, every line is spoken where it begins, nothing is levelled.
"""

import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from animedub.engines import registry
from animedub.model import Sound, Span, Voice
from animedub.phrasebook import look_up
from animedub.rig import Rig
from animedub.stages.diarize import group_by_voice

RATE, HEARING_RATE = 48_000, 16_000
BLOCK_S, EDGE_S = 60, 1
SHORTEST_S = 0.3
SLOWEST, FASTEST = 0.85, 1.3

Samples = NDArray[np.float32]


class Cue(NamedTuple):
    """A line that was understood."""

    span: Span
    text: str
    speaker: int


class Models:
    """Every model of the dub, loaded once."""

    def __init__(self, rig: Rig) -> None:
        ear = next(iter(registry.EMBEDDED["transcriber"]))
        self.detector = rig.speech_detector(next(iter(registry.EMBEDDED["speech-detector"])))
        self.separator = rig.separator(next(iter(registry.EMBEDDED["separator"])))
        self.transcriber, self.translator = rig.transcriber(ear), rig.speech_translator(ear)
        self.encoder = rig.speaker_encoder(next(iter(registry.EMBEDDED["speaker-encoder"])))
        self.synthesizer = rig.synthesizer(next(iter(registry.EMBEDDED["synthesizer"])))


def decoded(episode: Path) -> Samples:
    """The first audio track, shape ``(2, n)`` at ``RATE``."""
    raw = _ffmpeg("-i", episode, "-map", "0:a:0", "-ac", "2", "-ar", str(RATE), "-f", "f32le", "-")
    return np.frombuffer(raw, np.float32).reshape(-1, 2).T


def separated(mix: Samples, models: Models) -> Samples:
    """The dialogue in the whole mix, block by block."""
    rate, parts = models.separator.rate, []
    for start in range(0, mix.shape[1], BLOCK_S * RATE):
        first, last = max(0, start - EDGE_S * RATE), start + (BLOCK_S + EDGE_S) * RATE
        block = soxr.resample(mix[:, first:last].T, RATE, rate).T
        voice = soxr.resample(models.separator.dialogue(Sound(block, rate)).samples.T, rate, RATE).T
        parts.append(voice[:, start - first : start - first + BLOCK_S * RATE])
    dialogue = np.concatenate(parts, axis=1)[:, : mix.shape[1]]
    return np.pad(dialogue, ((0, 0), (0, mix.shape[1] - dialogue.shape[1])))


def understood(mix: Samples, dialogue: Samples, models: Models) -> list[Cue]:
    """Who says what, in English."""
    heard, voice = (soxr.resample(sound.mean(axis=0), RATE, HEARING_RATE) for sound in (mix, dialogue))

    def read(span: Span) -> Samples:
        start, end = span.samples(HEARING_RATE)
        return heard[start:end]

    found = models.detector.detect(read, mix.shape[1] / RATE).spans
    spans = [span for span in found if span.seconds >= SHORTEST_S]
    waves = [voice[slice(*span.samples(HEARING_RATE))] for span in spans]
    said = [heard.text for heard in models.transcriber.transcribe(waves, "ja")]
    texts = [match.text if (match := look_up(text, "ja", "en")) else "" for text in said]
    unknown = [index for index, text in enumerate(texts) if not text]
    translated = models.translator.translate_speech([waves[index] for index in unknown], "ja", "en")
    for index, result in zip(unknown, translated, strict=True):
        texts[index] = result.text
    vectors = np.array([models.encoder.embed(wave) for wave in waves])
    speakers = group_by_voice(vectors, [span.seconds for span in spans], [None] * len(spans))
    return [Cue(*cue) for cue in zip(spans, texts, speakers, strict=True) if cue[1].strip()]


def performed(cues: list[Cue], length: int, models: Models) -> Samples:
    """All lines spoken, one after the other, shape ``(length,)`` at ``RATE``."""
    voices: list[Voice] = [profile.voice for profile in models.synthesizer.voices("en")]
    track = np.zeros(length, np.float32)
    for cue in cues:
        voice = voices[cue.speaker % len(voices)]
        natural = models.synthesizer.duration(cue.text, voice, "en")
        tempo = min(max(natural / cue.span.seconds, SLOWEST), FASTEST)
        take = models.synthesizer.speak(cue.text, voice, "en", tempo)
        wave = soxr.resample(take.mono, take.rate, RATE)
        start = cue.span.samples(RATE)[0]
        room = track[start : start + len(wave)]
        room += wave[: len(room)]
    return track


def main() -> None:
    """Dub the episode that the arguments name; the seconds of each step go to standard output."""
    episode, out = map(Path, sys.argv[1:3])
    marks = [time.monotonic()]
    models = Models(Rig.local())
    mix = decoded(episode)
    dialogue = separated(mix, models)
    marks.append(time.monotonic())
    cues = understood(mix, dialogue, models)
    marks.append(time.monotonic())
    dub = performed(cues, mix.shape[1], models)
    marks.append(time.monotonic())
    sound = out.with_suffix(".wav")
    soundfile.write(sound, np.clip(mix - dialogue + dub, -1, 1).T, RATE)
    _ffmpeg(
        *["-y", "-i", episode, "-i", sound, "-map", "0:v", "-map", "1:a", "-map", "0:a", "-map", "0:s?"],
        *["-c", "copy", "-c:a:0", "aac", "-b:a:0", "192k", "-filter:a:0", "loudnorm=I=-16:TP=-1", out],
    )
    marks.append(time.monotonic())
    for step, before, after in zip(("separate", "understand", "perform", "mux"), marks, marks[1:], strict=False):
        print(f"{step} {after - before:.2f}")


def _ffmpeg(*arguments: str | Path) -> bytes:
    return subprocess.run(["ffmpeg", "-v", "error", "-nostdin", *arguments], check=True, capture_output=True).stdout


if __name__ == "__main__":
    main()
